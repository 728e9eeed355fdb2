"""Blocks of CSV lines as tables, read at once by polars: None where something does not fit."""

from collections.abc import Mapping

import polars as pl

from archive.obscore import columns

# A field of ours at the end of each line: it is missing where a line is too short, and elsewhere where it is too long
MARK = b",\1\n"
_MARKED, _END = "\1end", "\1"


def read(block: bytes, names: list[str], used: Mapping[str, str]) -> pl.DataFrame | None:
    """The columns that are used and the last one; numbers as texts if one of them is none."""
    frame = _at_once(block, names, used, typed=True)
    return _at_once(block, names, used, typed=False) if frame is None else frame


def marked(block: bytes, names: list[str], used: Mapping[str, str], lines: int) -> pl.DataFrame | None:
    """The same of lines that end with a mark, if each of them is one record as long as the names."""
    frame = read(block, [*names, _MARKED], used)
    if frame is None or frame.height != lines or not (frame[_MARKED] == _END).all():
        return None
    return frame.drop(_MARKED)


def _at_once(block: bytes, names: list[str], used: Mapping[str, str], *, typed: bool) -> pl.DataFrame | None:
    last = len(names) - 1
    schema = {f"column_{at}": _kind(used.get(name), typed and at < last) for at, name in enumerate(names)}
    wanted = [at for at, name in enumerate(names) if name in used or at == last]
    try:
        read = pl.read_csv(
            block, has_header=False, schema=schema, columns=wanted, empty_string_is_null=False, glob=False
        )
    except pl.exceptions.PolarsError:
        return None
    return read.rename({f"column_{at}": names[at] for at in wanted})


def _kind(name: str | None, typed: bool) -> type[pl.DataType]:
    return pl.Float64 if typed and name in columns.NUMBERS else pl.String
