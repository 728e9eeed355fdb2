"""CSV in blocks that end where a record ends, so that each bad line is refused and the rest goes on.

A block that is as it should be is read at once, and what its lines repeat but once.  polars fills up a line that is too
short without a word, and reads one that is too long as if it ended in time where not all columns are used; a block with
such lines is read record by record.  Files are UTF-8.
"""

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import csv_cutter, csv_cutting, csv_layout, csv_repeats, csv_tables
from archive.obscore.words import Runs

BLOCK_BYTES = 256 * 2**20
_AT_ONCE = 16 * 2**20  # that are read at once: larger pieces of memory are made anew each time
_SAMPLE = 2**20  # that are looked at for what lines repeat
_TRUST = 3  # by so many more blocks cutting may fail than succeed, before it is given up
_NO_TEXT = "it is no text of UTF-8"
_LONGEST_FIELD = 2**31 - 1  # bytes: what is too long for its column is refused with its line, not with the whole file


class NotCsvError(Exception):
    """The sentence says why."""


class Read(NamedTuple):
    rows: pl.DataFrame
    runs: list[Runs]  # of columns of texts that the rows do not have
    lines: NDArray[np.int64]
    refused: dict[int, str]


@dataclass
class Block:
    rows: pl.DataFrame | csv_repeats.Cut
    lines: NDArray[np.int64]
    refused: dict[int, str]
    size: int


class Blocks:
    def __init__(self, path: Path) -> None:
        self.path, self.size, self.line = path, BLOCK_BYTES, 1
        self.names: list[str] = []

    def __enter__(self) -> "Blocks":
        self.file = self.path.open("rb")
        self.trust = _TRUST if self.file.seekable() else 0
        self.rest = self._closed(self._next(_SAMPLE))
        self._head()
        return self

    def __exit__(self, *_: object) -> None:
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
        self.begin, self.rest = end, self.rest[end:]

    def _next(self, most: int) -> bytes:
        """The lines of the next block."""
        block = self.file.read(min(self.size, most))
        line = self.file.readline() if block else b""
        return b"".join([block, line] if not block or (line or block).endswith(b"\n") else [block, line, b"\n"])

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
        most = self.size // 4  # the sooner there is something to check
        for block in self._blocks(used):
            if found and (sum(each.size for each in found) >= most or block.rows.schema != found[0].rows.schema):
                yield _joined(found, used)
                most = self.size
            found.append(block)
        if found:
            yield _joined(found, used)

    def _blocks(self, used: Mapping[str, str]) -> Iterator[Block]:
        if self.trust:
            self.file.seek(self.begin)  # the rest may have a line end that the file has not
        elif self.rest:
            yield self._read(self.rest, used)
        while True:
            if self.trust:
                yield from self._cut(used)
            block = self._read(self._next(_AT_ONCE), used)
            if not block.size:
                return
            yield block

    def _cut(self, used: Mapping[str, str]) -> Iterator[Block]:
        """All blocks before one that is odd; none where lines share too little, or are few."""
        begin, sample = self.file.tell(), min(self.size, _SAMPLE)
        lines = self.file.readlines(sample)
        layout = csv_layout.find(self.names, lines) if self.file.tell() - begin >= sample else None
        self.file.seek(begin)
        if layout is not None:
            with csv_cutter.cutting(self.file, layout, used, min(self.size, _AT_ONCE)) as cuts:
                for cut in cuts:
                    self.file.seek(cut.size, os.SEEK_CUR)
                    self.trust = min(self.trust + 1, _TRUST)
                    yield self._block(cut, cut.lines, cut.size)
        self.trust -= 1

    def _block(self, rows: pl.DataFrame | csv_repeats.Cut, lines: int, size: int) -> Block:
        """Of rows that stand in a line each."""
        self.line += lines
        return Block(rows, np.arange(self.line - lines, self.line), {}, size)

    def _read(self, block: bytes, used: Mapping[str, str]) -> Block:
        ends = _count(b"\n", block)
        plain = block.replace(b"\r\n", b"\n") if b"\r" in block else block
        frame = csv_tables.marked(plain.replace(b"\n", csv_cutting.MARK), self.names, used, ends)
        if frame is not None:
            return self._block(frame.select(list(used)), ends, len(block))
        closed = self._closed(block)
        if len(closed) > len(block):
            return self._read(closed, used)
        line = self.line
        self.line += ends
        return _one_by_one(block, self.names, used, line)


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
    rows, runs = csv_repeats.joined(cuts, used) if cuts else (pl.concat(frames), [])
    return Read(rows, runs, lines, refused)


def _record_end(block: bytes) -> int:
    """Where the first record ends."""
    end = block.find(b"\n") + 1
    while end and block.count(b'"', 0, end) % 2:
        end = block.find(b"\n", end) + 1
    return end or len(block)


def _one_by_one(block: bytes, names: list[str], used: Mapping[str, str], line: int) -> Block:
    rows = csv.reader(io.StringIO(block.decode(errors="surrogateescape"), newline=""), strict=True)
    kept: list[list[str]] = []
    lines: list[int] = []
    refused: dict[int, str] = {}
    begin = 0
    most = csv.field_size_limit(_LONGEST_FIELD)  # of all there are in this process, deliveries too
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
    finally:
        csv.field_size_limit(most)
    wanted = [at for at, name in enumerate(names) if name in used]
    table = {names[at]: pl.Series([row[at] for row in kept], dtype=pl.String) for at in wanted}
    return Block(pl.DataFrame(table).select(list(used)), np.array(lines, np.int64), refused, len(block))


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
