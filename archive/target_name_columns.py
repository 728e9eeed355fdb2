"""`target_names.fold` for many names at once.  Apart from it, for processes that search do not need polars."""

import polars as pl

from archive.target_names import LONGEST, PUNCTUATION, fold


def folded(names: pl.Series) -> pl.Series:
    """The keys of many names."""
    beginning = names.str.slice(0, LONGEST)
    written = beginning.str.to_lowercase().str.replace_all(PUNCTUATION.pattern, "")
    keys = written.str.replace_all(r"[+-]*([+-])", "${1}").str.replace_all("[+.-]{2,}", "")
    keys = keys.str.replace_all("(^|[^0-9])[+.-]", "${1}").str.replace_all("[+.-]([^0-9]|$)", "${1}")
    # No look around there
    slow = (beginning.str.len_bytes() > beginning.str.len_chars()) | written.str.contains("[0-9][pm][0-9]{3}")
    at = slow.arg_true()
    return keys.scatter(at, [fold(name) for name in names.gather(at)])
