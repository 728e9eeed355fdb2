"""`target_names.fold` for many names at once.  Apart from it, for processes that search do not need polars."""

import polars as pl

from archive.target_names import LONGEST, PUNCTUATION, fold

# Punctuation that is not alone between digits
_LOOSE = "[+.-]{2}|(^|[^0-9])[+.-]|[+.-]([^0-9]|$)"


def folded(names: pl.Series) -> pl.Series:
    """The keys of many names."""
    beginning = names.str.slice(0, LONGEST)
    written = beginning.str.to_lowercase().str.replace_all(PUNCTUATION.pattern, "")
    # No look around there
    slow = (beginning.str.len_bytes() > beginning.str.len_chars()) | written.str.contains("[0-9][pm][0-9]{3}")
    loose = written.str.contains(_LOOSE)
    keys = written.scatter(loose.arg_true(), _without_loose(written.filter(loose)))
    at = slow.arg_true()
    return keys.scatter(at, [fold(name) for name in names.gather(at)])


def _without_loose(written: pl.Series) -> pl.Series:
    keys = written.str.replace_all(r"[+-]*([+-])", "${1}").str.replace_all("[+.-]{2,}", "")
    return keys.str.replace_all("(^|[^0-9])[+.-]", "${1}").str.replace_all("[+.-]([^0-9]|$)", "${1}")
