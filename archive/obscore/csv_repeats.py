"""What lines of CSV repeat of the line before is read once: rows of one MOUS follow each other and share most of it.

Lines are cut between columns.  Their beginning, their end and long pieces in between that mostly are as before are read
once; polars gets what remains, with a mark for each piece.  Only what is CSV beyond doubt is read so: a quote opens or
closes a field or is doubled, and no line ends within quotes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import csv_layout, csv_tables
from archive.obscore.csv_layout import Layout

_NEVER = b"\n\n"  # in no line
_KEY = 32  # bytes of a piece that are looked for before the rest is compared
# Where each quote opens or closes a field, or is doubled
_QUOTED = re.compile(rb'[^"]*+(?:(?<![^,])"[^"]*+(?:""[^"]*+)*+"(?![^,])[^"]*+)*+')


class OddError(Exception):
    """A line that is no CSV beyond doubt."""


class Piece:
    """The different texts of a piece, in the order of the lines."""

    def __init__(self) -> None:
        self.text = self.key = _NEVER  # with the comma and the end of the line that belong to it
        self.texts: list[bytes] = []
        self.lines: list[int] = []  # the first with each of them

    def take(self, found: re.Match[bytes] | None, line: int) -> bytes:
        if found is None or (b'"' in found[1] and not _QUOTED.fullmatch(found[1])):
            raise OddError
        self.text = found[0]
        self.key = self.text[:_KEY]
        self.texts.append(found[1])
        self.lines.append(line)
        return self.text

    def codes(self, lines: int) -> NDArray[np.uint32]:
        return np.repeat(np.arange(len(self.texts), dtype=np.uint32), np.diff(self.lines, append=lines))


def cut(parts: Iterable[Sequence[bytes]], names: list[str], layout: Layout | None) -> "Cut | None":
    """The lines of a block, a few at a time; None where they are odd or repeat too little."""
    parts = iter(parts)
    first = next(parts, ())
    layout = layout or csv_layout.find(names, first)
    if layout is None:
        return None
    found = Cut(layout)
    try:
        for lines in chain([first], parts):
            found.take(lines)
    except OddError:
        return None
    return found


class Cut:
    """A block of lines that were cut in one way."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.begin, self.pieces, self.end = Piece(), [Piece() for _ in layout.pieces], Piece()
        self.rests: list[bytes] = []
        self.lines = self.size = 0

    @property
    def schema(self) -> tuple[Layout, pl.Schema]:
        return self.layout, self.rest.schema

    def take(self, lines: Sequence[bytes]) -> None:
        """More lines, or `OddError`."""
        begin, end, rests = self.begin.text, self.end.text, self.rests
        first, last = len(begin), -len(end)
        within = self._without_pieces if self.pieces else None
        for line in lines:
            if not line.startswith(begin):
                begin = self.begin.take(self.layout.of_begin.match(line), len(rests))
                first = len(begin)
            if not line.endswith(end, first):
                end = self.end.take(self._ended(line, first), len(rests))
                last = -len(end)
            rests.append(within(line[first:last]) if within else line[first:last])
        self.lines = len(rests)
        self.size += sum(map(len, lines))

    def _ended(self, line: bytes, first: int) -> re.Match[bytes] | None:
        middle = self.layout.of_middle.match(line, first)
        return middle and self.layout.of_end.fullmatch(line, middle.end())

    def _without_pieces(self, middle: bytes) -> bytes:
        rest, at = b"", 0
        for piece in self.pieces:
            found = middle.find(piece.key, at)
            if found < 0 or not middle.startswith(piece.text, found):
                found = self._piece(piece, middle, at)
            rest += middle[at:found] + csv_tables.PIECE
            at = found + len(piece.text)
        return rest + middle[at:]

    def _piece(self, piece: Piece, middle: bytes, at: int) -> int:
        """Where it stands now."""
        number = self.pieces.index(piece)
        before = self.layout.before_pieces[number].match(middle, at)
        piece.take(before and self.layout.of_pieces[number].match(middle, before.end()), len(self.rests))
        return before.end() if before else at

    def read(self, used: Mapping[str, str]) -> bool:
        """What remains of the lines, unless they are odd."""
        frame = csv_tables.marked(_block(self.rests), self.layout.rest, used, len(self.rests))
        if frame is None or not all(_is_text(piece.texts) for piece in (self.begin, *self.pieces, self.end)):
            return False
        self.rest = frame
        self.rests.clear()
        return True


def _block(texts: list[bytes]) -> bytes:
    return csv_tables.MARK.join([*texts, b""])


def _is_text(texts: list[bytes]) -> bool:
    try:
        b"\n".join(texts).decode()
    except UnicodeDecodeError:
        return False
    return True


def joined(cuts: Sequence[Cut], used: Mapping[str, str]) -> pl.DataFrame:
    """The columns of blocks that were cut in the same way, and read."""
    layout = cuts[0].layout
    pieces = zip(*([cut.begin, *cut.pieces, cut.end] for cut in cuts), strict=True)
    names = [layout.begin, *layout.pieces, layout.end]
    parts = [_expanded(cuts, *each, used) for each in zip(pieces, names, strict=True)]
    parts = [part for part in (*parts, pl.concat([cut.rest for cut in cuts])) if part.width]
    return pl.concat(parts, how="horizontal").select(list(used))


def _expanded(cuts: Sequence[Cut], pieces: Sequence[Piece], names: list[str], used: Mapping[str, str]) -> pl.DataFrame:
    if used.keys().isdisjoint(names):
        return pl.DataFrame()
    texts = list(chain.from_iterable(piece.texts for piece in pieces))
    frame = csv_tables.marked(_block(texts), names, used, len(texts))
    if frame is None:
        raise AssertionError("fields that had been counted are others now")
    before = np.cumsum([0, *(len(piece.texts) for piece in pieces)], dtype=np.uint32)
    codes = [piece.codes(cut.lines) + begin for cut, piece, begin in zip(cuts, pieces, before, strict=False)]
    # Of one piece of memory: texts of several are copied
    return frame.rechunk().select(pl.all().gather(pl.Series(np.concatenate(codes))))
