"""The bytes of a file that is not whole yet, in `<name>.<checksum>.part`: appended, mended, put into its place.

One process at a time writes it.  A bundle has no checksum beforehand; its part is named after the strong ETag that the
first answer gave.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from altiplano_client.errors import ClientError, NoRoomError

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

PIECE = 2**20


class Part:
    """Open for reading and writing, at no particular place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        self._file: BinaryIO = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
        try:
            self._lock()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Part:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None and self.size == 0:  # refused: nothing came that could be gone on with
            with contextlib.suppress(OSError):
                self.path.unlink()
        self._file.close()

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ClientError(f"{self.path} is being downloaded by another process.") from None

    @property
    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def cut(self, size: int) -> None:
        self._file.truncate(size)

    def write(self, at: int, piece: bytes) -> None:
        try:
            self._file.seek(at)
            view = memoryview(piece)
            while view:
                view = view[self._file.write(view) :]
        except OSError as failed:
            raise room_or(failed, self.path) from failed

    def pieces(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def sha256(self) -> str:
        return digest(self.pieces())

    def crcs(self, block_bytes: int) -> list[int]:
        """CRC-32 of each block; the last may be shorter."""
        self._file.seek(0)
        told = []
        while block := self._block(block_bytes):
            told.append(zlib.crc32(block))
        return told

    def _block(self, size: int) -> bytes:
        block = b""
        while len(block) < size and (piece := self._file.read(size - len(block))):
            block += piece
        return block

    def become(self, target: Path) -> None:
        """Under its own name from now on, and on the disk."""
        try:
            os.fsync(self._file.fileno())
            os.replace(self.path, target)
        except OSError as failed:
            raise room_or(failed, target) from failed


def digest(pieces: Iterator[bytes]) -> str:
    sha256 = hashlib.sha256()
    for piece in pieces:
        sha256.update(piece)
    return sha256.hexdigest()


def sha256_of(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return digest(iter(lambda: file.read(PIECE), b""))


def room_or(failed: OSError, path: Path) -> ClientError:
    if failed.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}:
        return NoRoomError(f"The disk of {path.parent} is full.", "Make room and run the same command again.")
    return ClientError(f"{path} cannot be written: {failed.strerror}.")
