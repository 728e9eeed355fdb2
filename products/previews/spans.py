"""The bytes of an image in the order in which they are wanted, from a disk, from the store, plain or packed.

A reader is told beforehand which runs of bytes will be asked for: a run in the store is one request, and a gzip file,
which can be read from its beginning only, is unpacked once.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archive.errors import ArchiveError
from products.store import Store

PACKED_BYTES = 2**20
Runs = list[tuple[int, int]]  # start, and stop behind the last byte, each run behind the one before


class CutShortError(ArchiveError):
    """There are fewer bytes than the header promises."""

    status = 422
    code = "image-cut-short"

    def __init__(self, missing: int) -> None:
        super().__init__(f"At least {missing} bytes that the header promises are not in the file.", "Deliver it again.")


class Reader(Protocol):
    def fill(self, view: memoryview) -> None:
        """The next bytes; `view` never reaches beyond the end of a run."""


@dataclass(frozen=True)
class OnDisk:
    path: Path

    def reader(self, runs: Runs) -> Reader:
        return _DiskReader(self.path, runs)


@dataclass(frozen=True)
class InStore:
    store: Store
    key: str

    def reader(self, runs: Runs) -> Reader:
        return _PieceReader(piece for start, stop in runs for piece in self.store.stream(self.key, start, stop))


@dataclass(frozen=True)
class Packed:
    """A gzip file; `pieces` gives its bytes from the beginning each time it is called."""

    pieces: Callable[[], Iterator[bytes]]

    def reader(self, runs: Runs) -> Reader:
        return _PieceReader(_cut(_unpacked(self.pieces()), runs))


Source = OnDisk | InStore | Packed


class _DiskReader:
    def __init__(self, path: Path, runs: Runs) -> None:
        self._file = os.open(path, os.O_RDONLY)
        self._runs = iter(runs)
        self._at = self._stop = 0

    def fill(self, view: memoryview) -> None:
        while view:
            if self._at == self._stop:
                self._at, self._stop = next(self._runs)
            got = os.preadv(self._file, [view[: self._stop - self._at]], self._at)
            if not got:
                raise CutShortError(len(view))
            self._at += got
            view = view[got:]

    def __del__(self) -> None:
        os.close(self._file)


class _PieceReader:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")

    def fill(self, view: memoryview) -> None:
        while view:
            if not self._left:
                self._left = memoryview(next(self._pieces, b""))
            if not self._left:
                raise CutShortError(len(view))
            amount = min(len(view), len(self._left))
            view[:amount], self._left = self._left[:amount], self._left[amount:]
            view = view[amount:]


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """A bomb is unpacked a megabyte at a time, and no further than anybody asks."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for piece in pieces:
        left = piece
        while left:
            yield unpacker.decompress(left, PACKED_BYTES)
            left = unpacker.unconsumed_tail
            if unpacker.eof:  # gzip files may stand one behind the other in a file
                left, unpacker = unpacker.unused_data, zlib.decompressobj(zlib.MAX_WBITS | 16)


def _cut(pieces: Iterator[bytes], runs: Runs) -> Iterator[bytes]:
    """Of all the bytes, those of the runs."""
    at, wanted = 0, iter(runs)
    start, stop = next(wanted, (0, 0))
    for piece in pieces:
        end = at + len(piece)
        while start < end and start < stop:
            yield piece[max(0, start - at) : min(stop, end) - at]
            if stop > end:
                break
            start, stop = next(wanted, (0, 0))
            if not stop:
                return
        at = end
