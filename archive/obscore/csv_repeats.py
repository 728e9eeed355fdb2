"""What lines of CSV repeat of the line before is read once: rows of one MOUS follow each other and share most of it.

Their beginning, their end and long pieces in between that mostly are as before have been cut out (`csv_cutting`);
polars gets what remains, with a mark for each piece.
"""

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import polars as pl
import polars.selectors as cs

from archive.obscore import csv_cutting, csv_tables
from archive.obscore.columns import LONGEST
from archive.obscore.csv_layout import Layout
from archive.obscore.words import Runs


class Cut:
    """A block of lines that were cut in one way."""

    def __init__(self, layout: Layout, said: csv_cutting.Said) -> None:
        self.layout = layout
        self.lines, self.size, self.pieces, self._rest = said

    @property
    def schema(self) -> tuple[Layout, pl.Schema]:
        return self.layout, self.rest.schema

    def read(self, used: Mapping[str, str]) -> bool:
        """What remains of the lines, unless they are odd."""
        frame = csv_tables.marked(self._rest, self.layout.rest, used, self.lines)
        if frame is None or not all(_is_text(texts) for texts, _ in self.pieces):
            return False
        self.rest = frame
        self._rest = b""
        return True


def _is_text(texts: list[bytes]) -> bool:
    try:
        b"\n".join(texts).decode()
    except UnicodeDecodeError:
        return False
    return True


def joined(cuts: Sequence[Cut], used: Mapping[str, str]) -> tuple[pl.DataFrame, list[Runs]]:
    """The columns of blocks that were cut in the same way, and read; texts that repeat are apart."""
    layout = cuts[0].layout
    pieces = zip(*(cut.pieces for cut in cuts), strict=True)
    names = [layout.begin, *layout.pieces, layout.end]
    found = [
        _runs(cuts, *each, used) for each in zip(pieces, names, strict=True) if not used.keys().isdisjoint(each[1])
    ]
    texts = [name for name, to in used.items() if to in LONGEST]
    parts = [pl.concat([cut.rest for cut in cuts]), *(_expanded(runs, without=texts) for runs in found)]
    parts = [part for part in parts if part.width]
    frame = pl.concat(parts, how="horizontal") if parts else pl.DataFrame()
    return frame, [Runs(runs.texts.select(cs.by_name(texts, require_all=False)), runs.rows) for runs in found]


def _runs(cuts: Sequence[Cut], pieces: Sequence[csv_cutting.Texts], names: list[str], used: Mapping[str, str]) -> Runs:
    texts = list(chain.from_iterable(texts for texts, _ in pieces))
    frame = csv_tables.marked(csv_cutting.MARK.join([*texts, b""]), names, used, len(texts))
    if frame is None:
        raise AssertionError("fields that had been counted are others now")
    rows = [np.diff(first, append=cut.lines) for cut, (_, first) in zip(cuts, pieces, strict=True)]
    return Runs(frame, np.concatenate(rows))


def _expanded(runs: Runs, *, without: Sequence[str]) -> pl.DataFrame:
    row = np.repeat(np.arange(len(runs.rows), dtype=np.uint32), runs.rows)
    # Of one piece of memory: texts of several are copied
    return runs.texts.drop(without, strict=False).rechunk().select(pl.all().gather(pl.Series(row)))
