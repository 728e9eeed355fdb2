"""Blocks of CSV lines as tables, read at once by polars: None where something does not fit."""

from collections.abc import Mapping

import polars as pl

from archive.obscore import columns

# The name of a column of marks (`csv_cutting`), and what stands in it
MARKED, _MARK = "\1", "\1"


def marked(block: bytes, names: list[str], used: Mapping[str, str], lines: int) -> pl.DataFrame | None:
    """The columns that are used of lines that end with a mark, if each is one record as long as the names.

    Numbers are texts if one of them is none.  `MARKED` among the names are marks, too.
    """
    names = [*names, MARKED]
    frame = _at_once(block, names, used, typed=True)
    if frame is None:
        frame = _at_once(block, names, used, typed=False)
    if frame is None or frame.height != lines:
        return None
    marks = [name for name in frame.columns if name not in used]
    if not all((frame[name] == _MARK).all() for name in marks):
        return None
    return frame.drop(marks)


def _at_once(block: bytes, names: list[str], used: Mapping[str, str], *, typed: bool) -> pl.DataFrame | None:
    schema = {f"column_{at}": _kind(used.get(name), typed) for at, name in enumerate(names)}
    wanted = [at for at, name in enumerate(names) if name in used or name == MARKED]
    try:
        read = pl.read_csv(
            block, has_header=False, schema=schema, columns=wanted, empty_string_is_null=False, glob=False
        )
    except pl.exceptions.PolarsError:
        return None
    return read.rename({f"column_{at}": names[at] for at in wanted if names[at] in used})


def _kind(name: str | None, typed: bool) -> type[pl.DataType]:
    return pl.Float64 if typed and name in columns.NUMBERS else pl.String
