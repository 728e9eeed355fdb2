"""Files of ObsCore rows, read in portions of some hundred thousand rows: parquet, VOTable, or CSV.

A portion is a table in ALMA's column names with the number of the line (CSV) or row that each of its rows stands in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive import votable
from archive.errors import ArchiveError
from archive.obscore import columns, csv_lines
from archive.obscore.words import Runs

ROWS = 125_000


class FileError(ArchiveError):
    """Nothing of such a file is used."""

    code = "bad-obscore"

    def __init__(self, path: object, why: str) -> None:
        super().__init__(
            f"{path} was not loaded, and nothing has changed: {why}.",
            "Give ObsCore rows with ALMA's column names as .csv, .parquet or VOTable (.xml, .vot); needed are "
            f"{', '.join(columns.NEEDED)}.",
        )


@dataclass
class Portion:
    rows: pl.DataFrame
    lines: NDArray[np.int64]
    refused: dict[int, str] = field(default_factory=dict)  # lines that are no rows, and why
    runs: Sequence[Runs] = ()  # columns of texts that the table does not have


def read(path: Path, *, rows: int = ROWS) -> Iterator[Portion]:
    """Portions to the end of the file, or `FileError`."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise FileError(path, f"files that end in {path.suffix or 'nothing'} are not read")
    try:
        yield from reader(path, rows)
    except (OSError, pl.exceptions.PolarsError, csv_lines.NotCsvError, votable.VOTableError) as error:
        raise FileError(path, _sentence(error)) from error


def _sentence(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"it cannot be read ({str(error).strip().partition(chr(10))[0].rstrip('.')})"


def _require_whole(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise FileError(path, "it is no file, but a directory or a pipe; of this kind only files are read")
    if not path.is_file():
        raise FileNotFoundError(path)


def picked(names: list[str], path: object) -> dict[str, str]:
    """The columns that are used, by the names they have in the file."""
    known = {name: columns.known(name) for name in names}
    missing = [name for name in columns.NEEDED if name not in known.values()]
    if missing:
        raise FileError(path, f"it has no column {' and no column '.join(missing)}")
    used = {name: to for name, to in known.items() if to in columns.USED}
    twice = sorted({name for name in used.values() if list(used.values()).count(name) > 1})
    if twice:
        raise FileError(path, f"it has the column {twice[0]} twice")
    return used


def _parquet(path: Path, rows: int) -> Iterator[Portion]:
    _require_whole(path)
    lazy = pl.scan_parquet(path, glob=False)
    schema = lazy.collect_schema()
    used = picked(schema.names(), path)
    for name, to in used.items():
        if not _fits(schema[name], to):
            raise FileError(path, f"its column {to} is of the kind {schema[name]}")
    total = lazy.select(pl.len()).collect().item()
    chosen = lazy.select(_read_as_text(name, schema[name]).alias(to) for name, to in used.items())
    for begin in range(0, total, rows):
        yield numbered(chosen.slice(begin, rows).collect(), begin)


def _read_as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """Bytes are, so that what is no UTF-8 is found while the file is read."""
    return pl.col(name).cast(pl.String) if kind == pl.Binary else pl.col(name)


def _fits(kind: pl.DataType, name: str) -> bool:
    """What else polars would make numbers of, as times, would be no numbers of ObsCore."""
    if name in columns.NUMBERS:
        return kind.is_numeric() or kind in (pl.String, pl.Null)
    return not kind.is_nested() and kind != pl.Duration


def numbered(frame: pl.DataFrame, before: int) -> Portion:
    return Portion(frame, np.arange(before + 1, before + 1 + frame.height))


def _csv(path: Path, rows: int) -> Iterator[Portion]:
    blocks = csv_lines.Blocks(path)
    with blocks:
        used = picked(blocks.names, path)
        # Nothing here holds a portion while the next one is read: memory that is touched anew costs
        yield from map(partial(_named, used), blocks.read(used))


def _named(used: dict[str, str], found: csv_lines.Read) -> Portion:
    names = {name: to for name, to in used.items() if name != to}
    runs = [Runs(each.texts.rename(names, strict=False), each.rows) for each in found.runs]
    return Portion(found.rows.rename(names, strict=False), found.lines, found.refused, runs)


def _votable(path: Path, rows: int) -> Iterator[Portion]:
    _require_whole(path)
    with path.open("rb") as file:
        frame = votable.read(file).rows
    yield from of_frame(frame, path, rows)


def of_frame(frame: pl.DataFrame, name: object, rows: int = ROWS) -> Iterator[Portion]:
    used = picked(frame.columns, name)
    chosen = frame.select(pl.col(column).alias(to) for column, to in used.items())
    for begin in range(0, frame.height, rows):
        yield numbered(chosen.slice(begin, rows), begin)


_READERS = {".parquet": _parquet, ".csv": _csv, ".xml": _votable, ".vot": _votable, ".votable": _votable}
