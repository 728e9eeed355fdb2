"""CSV in blocks that end where a record ends, so that each bad line is refused and the rest goes on.

A block that is as it should be is read at once.  polars refuses a whole block for one line that is too long, and fills
up a line that is too short without a word; a block with such lines is read record by record.  Files are UTF-8.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive.obscore import columns

BLOCK_BYTES = 256 * 2**20
_AT_ONCE = 16 * 2**20  # that are read at once: larger pieces of memory are made anew each time
# A field of ours at the end of each line: it is missing where a line is too short, and elsewhere where it is too long
_MARKED, _END = "\1end", "\1"
_MARK = b",\1\n"
_NO_TEXT = "it is no text of UTF-8"
Read = tuple[pl.DataFrame, NDArray[np.int64], dict[int, str]]


class NotCsvError(Exception):
    """The sentence says why."""


class Blocks:
    def __init__(self, path: Path) -> None:
        self.path, self.size, self.line = path, BLOCK_BYTES, 1
        self.marking = False  # whether the last column may be empty, and lines get a mark
        self.names: list[str] = []

    def __enter__(self) -> "Blocks":
        self.file = self.path.open("rb")
        self.cut = self._cut()
        self.rest = self._closed(next(self.cut, b""))
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
        self.rest = self.rest[end:]

    def _cut(self) -> Iterator[bytes]:
        """Blocks that end where a line does."""
        while block := self.file.read(min(self.size, _AT_ONCE)):
            line = self.file.readline()
            yield b"".join([block, line] if (line or block).endswith(b"\n") else [block, line, b"\n"])

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
        found: list[Read] = []
        size = 0
        for block in filter(None, chain([self.rest], self.cut)):
            here = self._read(block, used)
            if found and (size >= self.size or here[0].schema != found[0][0].schema):
                yield _joined(found)
                found, size = [], 0
            found.append(here)
            size += len(block)
        if found:
            yield _joined(found)

    def _read(self, block: bytes, used: Mapping[str, str]) -> Read:
        frame = None if self.marking else self._typed_or_not(block, self.names, used)
        full = frame is not None and self.names[-1] in frame.columns and _filled(frame[self.names[-1]])
        ends = _count(b"\n", block)
        # As many rows as lines, all of them full: no line ends within quotes, the last one neither
        whole = frame is not None and full and frame.height == ends
        if not whole:
            closed = self._closed(block)
            if len(closed) > len(block):
                return self._read(closed, used)
            if not full:
                frame, whole = self._marked(block, used, ends)
        line = self.line
        self.line += ends
        if frame is None or not whole:
            return _one_by_one(block, self.names, used, line)
        return frame.select(list(used)), np.arange(line, line + ends), {}

    def _marked(self, block: bytes, used: Mapping[str, str], ends: int) -> tuple[pl.DataFrame | None, bool]:
        """Read with a mark at the end of each line, and whether all of them are whole."""
        self.marking = True
        plain = block.replace(b"\r\n", b"\n") if b"\r" in block else block
        frame = self._typed_or_not(plain.replace(b"\n", _MARK), [*self.names, _MARKED], used)
        return frame, frame is not None and frame.height == ends and bool((frame[_MARKED] == _END).all())

    def _typed_or_not(self, block: bytes, names: list[str], used: Mapping[str, str]) -> pl.DataFrame | None:
        """None where something does not fit."""
        frame = _at_once(block, names, used, typed=True)
        return _at_once(block, names, used, typed=False) if frame is None else frame


def _count(sign: bytes, block: bytes) -> int:
    """As `block.count` does, which is slow where there are many."""
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord(sign)))


def _joined(found: list[Read]) -> Read:
    frames, lines, refused = zip(*found, strict=True)
    return pl.concat(frames), np.concatenate(lines), {line: why for each in refused for line, why in each.items()}


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


def _filled(last: pl.Series) -> bool:
    """A line that is too short has nothing in the last column."""
    return bool((last != "").all()) and not last.has_nulls()


def _kind(name: str | None, typed: bool) -> type[pl.DataType]:
    return pl.Float64 if typed and name in columns.NUMBERS else pl.String


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
