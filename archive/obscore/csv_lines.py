"""CSV in blocks that end where a record ends, so that each bad line is refused and the rest goes on.

A block that is as it should be is read at once, and what its lines repeat but once.  polars fills up a line that is too
short without a word, and reads one that is too long as if it ended in time where not all columns are used; a block with
such lines is read record by record.  Files are UTF-8.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import csv_layout, csv_repeats, csv_tables

BLOCK_BYTES = 256 * 2**20
_AT_ONCE = 16 * 2**20  # that are read at once: larger pieces of memory are made anew each time
_IN_CACHE = 2**20  # that are cut at once
_AHEAD = 2  # blocks
_TRUST = 3  # by so many more blocks cutting may fail than succeed, before it is given up
_NO_TEXT = "it is no text of UTF-8"
Read = tuple[pl.DataFrame, NDArray[np.int64], dict[int, str]]


class NotCsvError(Exception):
    """The sentence says why."""


Coming = tuple[int, csv_repeats.Cut, Future[bool]]  # where it begins in the file, and whether it was read


@dataclass
class Block:
    rows: pl.DataFrame | csv_repeats.Cut
    lines: NDArray[np.int64]
    refused: dict[int, str]
    size: int = 0


class Blocks:
    def __init__(self, path: Path) -> None:
        self.path, self.size, self.line = path, BLOCK_BYTES, 1
        self.names: list[str] = []
        self.layout: csv_layout.Layout | None = None
        self.whole = -1  # where a block begins that cannot be cut

    def __enter__(self) -> "Blocks":
        self.file = self.path.open("rb", buffering=_IN_CACHE)
        self.trust = _TRUST if self.file.seekable() else 0
        self.rest = self._closed(self._next())
        self._head()
        self.thread = ThreadPoolExecutor(1)
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.shutdown(cancel_futures=True)
        self.file.close()

    def _head(self) -> None:
        """Take the names off the first block."""
        end = _record_end(self.rest)
        head = self.rest[:end].removeprefix(b"\xef\xbb\xbf")
        try:
            self.names, *more = list(csv.reader(io.StringIO(head.decode(), newline=""), strict=True)) or [[]]
        except (UnicodeDecodeError, csv.Error) as error:
            raise NotCsvError(f"its first line has no names of columns: {error}") from error
        if more:
            raise NotCsvError("its lines end in a carriage return alone; save it with line feeds")
        self.line += head.count(b"\n")
        self.rest = self.rest[end:]

    def _next(self) -> bytes:
        """The lines of the next block."""
        block = self.file.read(min(self.size, _AT_ONCE))
        line = self.file.readline() if block else b""
        return b"".join([block, line] if not block or (line or block).endswith(b"\n") else [block, line, b"\n"])

    def _few(self) -> Iterator[list[bytes]]:
        """The same lines, a few at a time."""
        left = min(self.size, _AT_ONCE)
        while left >= 0 and (lines := self.file.readlines(max(1, min(left, _IN_CACHE)))):
            left -= sum(map(len, lines))
            if not lines[-1].endswith(b"\n"):
                lines[-1] += b"\n"
            yield lines

    def _closed(self, block: bytes) -> bytes:
        """With more lines, if it ends within quotes: where a line ends there, a record does not."""
        lines = [block]
        open_ = _count(b'"', block) % 2
        while open_:
            lines.append(self.file.readline())
            open_ ^= _count(b'"', lines[-1]) % 2
            if not lines[-1]:
                raise NotCsvError("the quotes of its last record are not closed")
        return b"".join(lines if lines[-1].endswith(b"\n") else [*lines, b"\n"]) if len(lines) > 1 else block

    def read(self, used: Mapping[str, str]) -> Iterator[Read]:
        """Tables of the columns that are used, the lines of their rows, and the lines that are refused."""
        found: list[Block] = []
        for block in self._blocks(used):
            if found and (sum(each.size for each in found) >= self.size or block.rows.schema != found[0].rows.schema):
                yield _joined(found, used)
            found.append(block)
        if found:
            yield _joined(found, used)

    def _blocks(self, used: Mapping[str, str]) -> Iterator[Block]:
        coming: deque[Coming] = deque()
        if self.rest:
            cut = self._cut([io.BytesIO(self.rest).readlines()])
            yield self._block(cut, cut.lines, cut.size) if cut and cut.read(used) else self._read(self.rest, used)
        while True:
            self._cut_ahead(coming, used)
            block = self._cut_before(coming) or self._read(self._next(), used)
            if not block.size:
                return
            yield block

    def _cut_ahead(self, coming: deque[Coming], used: Mapping[str, str]) -> None:
        """Lines are cut while others are read: Python's lock is held for the one, and not for the other."""
        while self.trust and len(coming) < _AHEAD and (begin := self.file.tell()) != self.whole:
            cut = self._cut(self._few())
            if cut is None or not cut.lines:
                self.whole = begin
                self.file.seek(begin)
            else:
                coming.append((begin, cut, self.thread.submit(cut.read, used)))

    def _cut_before(self, coming: deque[Coming]) -> Block | None:
        """The next block that was cut; none is left after one that turned out to be odd."""
        if not coming:
            return None
        begin, cut, read = coming.popleft()
        if read.result():
            self.trust = min(self.trust + 1, _TRUST)
            return self._block(cut, cut.lines, cut.size)
        coming.clear()
        self.trust, self.layout = self.trust - 1, None
        self.file.seek(begin)
        return None

    def _cut(self, parts: Iterable[list[bytes]]) -> csv_repeats.Cut | None:
        """None where lines share too little, or are odd."""
        if not self.trust:
            return None
        cut = csv_repeats.cut(parts, self.names, self.layout)
        self.layout = cut.layout if cut else None
        self.trust -= cut is None
        return cut

    def _block(self, rows: pl.DataFrame | csv_repeats.Cut, lines: int, size: int) -> Block:
        """Of rows that stand in a line each."""
        self.line += lines
        return Block(rows, np.arange(self.line - lines, self.line), {}, size)

    def _read(self, block: bytes, used: Mapping[str, str]) -> Block:
        ends = _count(b"\n", block)
        plain = block.replace(b"\r\n", b"\n") if b"\r" in block else block
        frame = csv_tables.marked(plain.replace(b"\n", csv_tables.MARK), self.names, used, ends)
        if frame is not None:
            return self._block(frame.select(list(used)), ends, len(block))
        closed = self._closed(block)
        if len(closed) > len(block):
            return self._read(closed, used)
        line = self.line
        self.line += ends
        return Block(*_one_by_one(block, self.names, used, line), size=len(block))


def _count(sign: bytes, block: bytes) -> int:
    """As `block.count` does, which is slow where there are many."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord(sign)))


def _joined(found: list[Block], used: Mapping[str, str]) -> Read:
    """Of blocks that are not held any longer: memory that is made anew while they are costs."""
    cuts = [block.rows for block in found if isinstance(block.rows, csv_repeats.Cut)]
    frames = [block.rows for block in found if isinstance(block.rows, pl.DataFrame)]
    lines = np.concatenate([block.lines for block in found])
    refused = {line: why for block in found for line, why in block.refused.items()}
    found.clear()
    return csv_repeats.joined(cuts, used) if cuts else pl.concat(frames), lines, refused


def _record_end(block: bytes) -> int:
    """Where the first record ends."""
    end = block.find(b"\n") + 1
    while end and block.count(b'"', 0, end) % 2:
        end = block.find(b"\n", end) + 1
    return end or len(block)


def _one_by_one(block: bytes, names: list[str], used: Mapping[str, str], line: int) -> Read:
    rows = csv.reader(io.StringIO(block.decode(errors="surrogateescape"), newline=""), strict=True)
    kept: list[list[str]] = []
    lines: list[int] = []
    refused: dict[int, str] = {}
    begin = 0
    try:
        for row in rows:
            why = _why_not(row, len(names))
            if why:
                refused[line + begin] = why
            elif row:
                kept.append(row)
                lines.append(line + begin)
            begin = rows.line_num
    except csv.Error as error:
        raise NotCsvError(f"line {line + begin} is not CSV: {error}") from error
    wanted = [at for at, name in enumerate(names) if name in used]
    table = {names[at]: pl.Series([row[at] for row in kept], dtype=pl.String) for at in wanted}
    return pl.DataFrame(table).select(list(used)), np.array(lines, np.int64), refused


def _why_not(row: list[str], count: int) -> str:
    if row and len(row) != count:
        return "it does not have as many fields as there are columns"
    return "" if "".join(row).isascii() or _encodes(row) else _NO_TEXT


def _encodes(row: list[str]) -> bool:
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return False
    return True
