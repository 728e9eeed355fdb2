"""Files as they were packed for the archive: gzip, and a tar around one file; unpacked while the bytes pass.

Never more than a piece is held, whatever the ratio of the compression.
"""

import tarfile
import zlib
from collections.abc import Iterator
from typing import Protocol

from products.fits.broken import BrokenError

PIECE_BYTES = 2**18
GZIP = b"\x1f\x8b"
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class Layer(Protocol):
    def unpack(self, piece: bytes | memoryview) -> Iterator[bytes | memoryview]: ...

    def end(self) -> None:
        """No more bytes; `BrokenError` where more were promised."""


class Plain:
    def unpack(self, piece: bytes | memoryview) -> Iterator[bytes | memoryview]:
        yield piece

    def end(self) -> None:
        pass


class Gzip:
    """RFC 1952: members one after the other; their checksums are verified by zlib."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._over = False

    def unpack(self, piece: bytes | memoryview) -> Iterator[bytes | memoryview]:
        rest = bytes(piece)
        while rest and not self._over:
            if self._member.eof:
                self._next(rest)
            else:
                yield from self._of_member(rest)
                rest = self._member.unused_data

    def _next(self, rest: bytes) -> None:
        """What follows a member and is no member, such as the filling of a tape, is not part of the file."""
        self._over = not GZIP.startswith(rest[:2])
        if not self._over:
            self._member = zlib.decompressobj(_GZIP_WINDOW)

    def _of_member(self, rest: bytes) -> Iterator[bytes]:
        full = True
        while (rest or full) and not self._member.eof:
            try:
                piece = self._member.decompress(rest, PIECE_BYTES)
            except zlib.error as error:
                raise BrokenError(f"is not whole gzip: {error}") from error
            yield piece
            rest, full = self._member.unconsumed_tail, len(piece) == PIECE_BYTES

    def end(self) -> None:
        if not self._member.eof and not self._over:
            raise BrokenError("is not whole gzip: it ends too early")


class Tar:
    """The first FITS file in a tar."""

    def __init__(self) -> None:
        self._block = bytearray()
        self._left = 0  # bytes of the member and of its filling
        self._size = 0  # bytes of the member alone
        self._inner: Layer | None = None
        self._found = False

    def unpack(self, piece: bytes | memoryview) -> Iterator[bytes | memoryview]:
        view = memoryview(piece)
        while view:
            if self._left:
                part = view[: self._left]
                yield from self._of_member(part)
                view = view[len(part) :]
            else:
                room = tarfile.BLOCKSIZE - len(self._block)
                self._block += view[:room]
                view = view[room:]
                if len(self._block) == tarfile.BLOCKSIZE:
                    self._begin(bytes(self._block))
                    self._block.clear()

    def end(self) -> None:
        if not self._found:
            raise BrokenError("is a tar without a FITS file in it")
        if self._inner:
            if self._size:
                raise BrokenError(f"ends too early: {self._size} bytes are missing in the tar")
            self._inner.end()

    def _begin(self, block: bytes) -> None:
        if not any(block):
            return
        try:
            member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise BrokenError(f"is not a tar: {error}") from error
        self._left = -(-member.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if not self._found and member.isreg() and is_fits(member.name):
            self._found, self._size, self._inner = True, member.size, layer(member.name)

    def _of_member(self, part: memoryview) -> Iterator[bytes | memoryview]:
        self._left -= len(part)
        inside = part[: self._size]
        self._size -= len(inside)
        if self._inner and inside:
            yield from self._inner.unpack(inside)


def is_fits(name: str) -> bool:
    """Whether a file of this name promises to be FITS, plain or packed: `.fits`, `.fits.gz`, each also in a `.tar`."""
    return name.lower().removesuffix(".tar").removesuffix(".gz").endswith(".fits")


def layer(name: str) -> Layer:
    if name.lower().endswith(".tar"):
        return Tar()
    return Gzip() if name.lower().endswith(".gz") else Plain()
