"""Lines of CSV without what they repeat of the line before: a program of its own, for it holds Python's lock, and rows
are checked meanwhile.

Its standard input is the file; it says block after block what it has cut, until the end of the file or a block that is
odd.  Only what is CSV beyond doubt is cut: a quote opens or closes a field or is doubled, and no line ends within
quotes.  It starts in hundredths of a second, and so has nothing from elsewhere.
"""

import io
import os
import pickle
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise

# Fields of ours that are elsewhere where a line has too few columns or too many: at its end, and in between
MARK, PIECE = b",\1\n", b"\1,"
_IN_CACHE = 2**20  # bytes that are cut at once
_NEVER = b"\n\n"  # in no line
_KEY = 32  # bytes of a piece that are looked for before the rest is compared
_WITHIN = rb'"[^"]*+(?:""[^"]*+)*+"'  # quotes
_FIELD = b"(?>" + _WITHIN + b"|[^,]*+)"  # to look for one sign is three times as fast as for one of several
_LAST = b"(?>" + _WITHIN + rb"|[^,\r\n]*+)"
FIELDS = re.compile(b"(?:" + _WITHIN + rb'|[^",\r\n]*+)(?:,|\r?\n)')
# Where each quote opens or closes a field, or is doubled
_QUOTED = re.compile(rb'[^"]*+(?:(?<![^,])"[^"]*+(?:""[^"]*+)*+"(?![^,])[^"]*+)*+')
Texts = tuple[list[bytes], list[int]]  # the different ones of a piece in the order of the lines, and the first of each
Said = tuple[int, int, list[Texts], bytes]  # lines and bytes, the pieces, and what remains


class OddError(Exception):
    """A line that is no CSV beyond doubt."""


class Places:
    """How the columns are found that mostly are as before: at the beginning, at the end, and others from one to
    the next.
    """

    def __init__(self, columns: int, begin: int, end: int, *pieces: int) -> None:
        at = [begin, *pieces, columns - end]
        counts = [stop - first for first, stop in pairwise(at)]
        self.begin = _fields(begin, after=b",")
        self.before_pieces = [_fields(count, after=b",") for count in counts[:-1:2]]
        self.pieces = [_fields(count, after=b",") for count in counts[1::2]]
        self.middle = _fields(columns - begin - end)
        self.end = _fields(end, before=b",", after=rb"\r?\n") if end else re.compile(rb"()\r?\n")


def _fields(count: int, *, before: bytes = b"", after: bytes = b"") -> re.Pattern[bytes]:
    fields = b",".join([*[_FIELD] * (count - 1), _LAST])
    return re.compile(before + b"(" + fields + b")" + after if count else b"()")


class _Piece:
    def __init__(self) -> None:
        self.text = self.key = _NEVER  # with the comma and the end of the line that belong to it
        self.texts: list[bytes] = []
        self.lines: list[int] = []

    def take(self, found: re.Match[bytes] | None, line: int) -> bytes:
        if found is None or (b'"' in found[1] and not _QUOTED.fullmatch(found[1])):
            raise OddError
        self.text = found[0]
        self.key = self.text[:_KEY]
        self.texts.append(found[1])
        self.lines.append(line)
        return self.text


class Cutting:
    """A block of lines."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.begin, self.pieces, self.end = _Piece(), [_Piece() for _ in places.pieces], _Piece()
        self.rests: list[bytes] = []
        self.size = 0

    def take(self, lines: Sequence[bytes]) -> None:
        """More lines, or `OddError`."""
        begin, end, rests = self.begin.text, self.end.text, self.rests
        first, last = len(begin), -len(end)
        within = self._without_pieces if self.pieces else None
        for line in lines:
            if not line.startswith(begin):
                begin = self.begin.take(self.places.begin.match(line), len(rests))
                first = len(begin)
            if not line.endswith(end, first):
                end = self.end.take(self._ended(line, first), len(rests))
                last = -len(end)
            rests.append(within(line[first:last]) if within else line[first:last])
        self.size += sum(map(len, lines))

    def _ended(self, line: bytes, first: int) -> re.Match[bytes] | None:
        middle = self.places.middle.match(line, first)
        return middle and self.places.end.fullmatch(line, middle.end())

    def _without_pieces(self, middle: bytes) -> bytes:
        rest, at = b"", 0
        for piece in self.pieces:
            found = middle.find(piece.key, at)
            if found < 0 or not middle.startswith(piece.text, found):
                found = self._piece(piece, middle, at)
            rest += middle[at:found] + PIECE
            at = found + len(piece.text)
        return rest + middle[at:]

    def _piece(self, piece: _Piece, middle: bytes, at: int) -> int:
        """Where it stands now."""
        number = self.pieces.index(piece)
        before = self.places.before_pieces[number].match(middle, at)
        piece.take(before and self.places.pieces[number].match(middle, before.end()), len(self.rests))
        return before.end() if before else at

    def said(self) -> Said:
        texts = [(piece.texts, piece.lines) for piece in (self.begin, *self.pieces, self.end)]
        return len(self.rests), self.size, texts, MARK.join([*self.rests, b""])


class From(io.RawIOBase):
    """A file from one place on, while others read elsewhere in it."""

    def __init__(self, number: int, place: int) -> None:
        self.number, self.place = number, place

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = os.preadv(self.number, [buffer], self.place)
        self.place += count
        return count


def blocks(file: io.BufferedIOBase, places: Places, size: int) -> Iterator[Said]:
    """Of some `size` bytes each; `OddError` at one that is odd."""
    block = Cutting(places)
    while lines := file.readlines(min(size, _IN_CACHE)):
        if not lines[-1].endswith(b"\n"):
            lines[-1] += b"\n"
        block.take(lines)
        if block.size >= size:
            yield block.said()
            block = Cutting(places)
    if block.size:
        yield block.said()


def main(place: int, size: int, *places: int) -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody reads any longer
    file = io.BufferedReader(From(sys.stdin.fileno(), place), _IN_CACHE)
    try:
        for said in blocks(file, Places(*places), size):
            pickle.dump(said, sys.stdout.buffer, protocol=5)
            sys.stdout.flush()
    except OddError:
        pass


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
