"""What lines of CSV repeat of the line before is read once: rows of one MOUS follow each other and share most of it.

A line is cut between columns: a beginning and an end that mostly are as before, and a middle that is not.  polars gets
the middles, and each beginning and end once.  Only what is CSV beyond doubt is read so: a quote opens or closes a field
or is doubled, and no line ends within quotes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import csv_tables

_SHARE = 0.9  # of lines that repeat a piece
_SAMPLE = 500
_WORTH = 0.25  # of a line: where less is repeated, cutting takes longer than reading
_NEVER = b"\n\n"  # no line begins or ends so
_WITHIN = rb'"[^"]*+(?:""[^"]*+)*+"'  # quotes
_FIELD = b"(?>" + _WITHIN + b"|[^,]*+)"  # to look for one sign is three times as fast as for one of several
_LAST = b"(?>" + _WITHIN + rb"|[^,\r\n]*+)"
_FIELDS = re.compile(b"(?:" + _WITHIN + rb'|[^",\r\n]*+)(?:,|\r?\n)')
# Where each quote opens or closes a field, or is doubled
_QUOTED = re.compile(rb'[^"]*+(?:(?<![^,])' + _WITHIN + rb'(?![^,])[^"]*+)*+')


class OddError(Exception):
    """A line that is no CSV beyond doubt, or no text."""


class Layout:
    """Where the lines of a file are cut."""

    def __init__(self, names: list[str], begin: int, end: int) -> None:
        """`begin` and `end` are how many columns mostly are as before."""
        self.begin, self.middle, self.end = names[:begin], names[begin : len(names) - end], names[len(names) - end :]
        self.of_begin = _fields(begin, after=b",") if begin else re.compile(b"()")
        self.of_middle = _fields(len(self.middle))
        self.of_end = _fields(end, before=b",", after=rb"\r?\n") if end else re.compile(rb"()\r?\n")


def _fields(count: int, *, before: bytes = b"", after: bytes = b"") -> re.Pattern[bytes]:
    return re.compile(before + b"(" + b",".join([*[_FIELD] * (count - 1), _LAST]) + b")" + after)


def find(names: list[str], lines: Sequence[bytes]) -> Layout | None:
    """By what is repeated in these lines; None where that is not worth it, or they are odd."""
    rows = [_FIELDS.findall(line) for line in lines[:_SAMPLE]]
    if len(rows) < 2 or any(
        len(row) != len(names) or b"".join(row) != line for row, line in zip(rows, lines, strict=False)
    ):
        return None
    table = np.array(rows, dtype=object)
    same = table[1:] == table[:-1]
    begin = min(_columns(same), len(names) - 1)
    end = min(_columns(same[:, ::-1]), len(names) - 1 - begin)
    sizes = [len(value) for value in rows[0]]
    repeated = sum(sizes[:begin]) + sum(sizes[len(names) - end :])
    return Layout(names, begin, end) if repeated >= _WORTH * sum(sizes) else None


def _columns(same: NDArray[np.bool_]) -> int:
    """How many columns together mostly are as in the line before."""
    return int((np.logical_and.accumulate(same, axis=1).mean(axis=0) >= _SHARE).sum())


class Piece:
    """The different texts of a piece, in the order of the lines."""

    def __init__(self) -> None:
        self.text = _NEVER  # with the comma and the end of the line that belong to it
        self.texts: list[bytes] = []
        self.lines: list[int] = []  # the first with each of them

    def take(self, found: re.Match[bytes] | None, line: int) -> bytes:
        if found is None:
            raise OddError
        _require_plain(found[1])
        self.text = found[0]
        self.texts.append(found[1])
        self.lines.append(line)
        return self.text

    def codes(self, lines: int) -> NDArray[np.uint32]:
        return np.repeat(np.arange(len(self.texts), dtype=np.uint32), np.diff(self.lines, append=lines))


def cut(
    parts: Iterable[Sequence[bytes]], names: list[str], used: Mapping[str, str], layout: Layout | None
) -> "Cut | None":
    """The lines of a block, a few at a time; None where they are odd or repeat too little."""
    parts = iter(parts)
    first = next(parts, ())
    layout = layout or find(names, first)
    if layout is None:
        return None
    found = Cut(layout)
    try:
        for lines in chain([first], parts):
            found.take(lines)
        found.read(used)
    except OddError:
        return None
    return found


class Cut:
    """A block of lines that were cut in one way."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.begin, self.end = Piece(), Piece()
        self.middles: list[bytes] = []
        self.lines = self.size = 0

    @property
    def schema(self) -> tuple[Layout, pl.Schema]:
        return self.layout, self.middle.schema

    def take(self, lines: Sequence[bytes]) -> None:
        """More lines, or `OddError`."""
        begin, end, middles = self.begin.text, self.end.text, self.middles
        first, last = len(begin), -len(end)
        for line in lines:
            if not line.startswith(begin):
                begin = self.begin.take(self.layout.of_begin.match(line), len(middles))
                first = len(begin)
            if not line.endswith(end, first):
                end = self.end.take(self._ended(line, first), len(middles))
                last = -len(end)
            middles.append(line[first:last])
        self.size += sum(map(len, lines))

    def _ended(self, line: bytes, first: int) -> re.Match[bytes] | None:
        middle = self.layout.of_middle.match(line, first)
        return middle and self.layout.of_end.fullmatch(line, middle.end())

    def read(self, used: Mapping[str, str]) -> None:
        """What was cut out, or `OddError`."""
        block = csv_tables.MARK.join([*self.middles, b""])
        for piece in (self.begin, self.end):
            _require_text(b"\n".join(piece.texts))
        frame = csv_tables.marked(block, self.layout.middle, used, len(self.middles))
        if frame is None:
            raise OddError
        self.middle, self.lines = frame, len(self.middles)
        self.middles.clear()


def _require_plain(text: bytes) -> None:
    if b'"' in text and not _QUOTED.fullmatch(text):
        raise OddError


def _require_text(block: bytes) -> None:
    try:
        block.decode()
    except UnicodeDecodeError as error:
        raise OddError from error


def joined(cuts: Sequence[Cut], used: Mapping[str, str]) -> pl.DataFrame:
    """The columns of blocks that were cut in the same way, and read."""
    layout = cuts[0].layout
    begin = _expanded(cuts, layout.begin, used, [cut.begin for cut in cuts])
    end = _expanded(cuts, layout.end, used, [cut.end for cut in cuts])
    parts = [begin, pl.concat([cut.middle for cut in cuts]), end]
    return pl.concat([part for part in parts if part.width], how="horizontal").select(list(used))


def _expanded(cuts: Sequence[Cut], names: list[str], used: Mapping[str, str], pieces: Sequence[Piece]) -> pl.DataFrame:
    if used.keys().isdisjoint(names):
        return pl.DataFrame()
    texts = list(chain.from_iterable(piece.texts for piece in pieces))
    frame = csv_tables.marked(csv_tables.MARK.join([*texts, b""]), names, used, len(texts))
    if frame is None:
        raise AssertionError("fields that had been counted are others now")
    before = np.cumsum([0, *(len(piece.texts) for piece in pieces)], dtype=np.uint32)
    codes = [piece.codes(cut.lines) + begin for cut, piece, begin in zip(cuts, pieces, before, strict=False)]
    # Of one piece of memory: texts of several are copied
    return frame.rechunk().select(pl.all().gather(pl.Series(np.concatenate(codes))))
