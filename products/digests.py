"""What is computed of a file's bytes while they pass once: SHA-256, CRC-32, that of each block, MD5 on request.

The CRC-32 is that of zip (polynomial 0xEDB88320, ISO 3309), so bundles need no second look at the bytes.  It is
computed of the blocks; that of the whole is made of theirs.
"""

import hashlib
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from products import crcs

BLOCK_BYTES = 2**20


class Digests:
    """Told the bytes piece by piece."""

    def __init__(self, *, md5: bool = False):
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False) if md5 else None
        self._ended: list[int] = []
        self._whole = 0  # CRC-32 of the blocks that ended
        self._block = 0  # and of the one that is not full yet

    def update(self, piece: bytes) -> None:
        self._sha256.update(piece)
        if self._md5:
            self._md5.update(piece)
        self._into_blocks(memoryview(piece))

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    @property
    def crc32(self) -> int:
        return crcs.joined(self._whole, self._block, self.size % BLOCK_BYTES)

    def crc32_from(self, start: int) -> int:
        """Of the bytes from `start` on, where a block begins."""
        found = 0
        for block in self._ended[start // BLOCK_BYTES :]:
            found = crcs.joined(found, block, BLOCK_BYTES)
        return crcs.joined(found, self._block, self.size % BLOCK_BYTES)

    @property
    def md5(self) -> str:
        return self._md5.hexdigest() if self._md5 else ""

    @property
    def blocks(self) -> bytes:
        """Four bytes for each block of `BLOCK_BYTES`, most significant first; the last block may be shorter."""
        last = [self._block] if self.size % BLOCK_BYTES else []
        return b"".join(crc.to_bytes(4, "big") for crc in (*self._ended, *last))

    def _into_blocks(self, piece: memoryview) -> None:
        while piece:
            part = piece[: BLOCK_BYTES - self.size % BLOCK_BYTES]
            self._block = zlib.crc32(part, self._block)
            self.size += len(part)
            if self.size % BLOCK_BYTES == 0:
                self._ended.append(self._block)
                self._whole = crcs.joined(self._whole, self._block, BLOCK_BYTES)
                self._block = 0
            piece = piece[len(part) :]


class Digesting:
    """Reads through to `stream`, so that the bytes looked at are the bytes that go on."""

    def __init__(self, stream: BinaryIO, *, md5: bool = False):
        self._stream = stream
        self.digests = Digests(md5=md5)

    def read(self, amount: int = -1) -> bytes:
        piece = self._stream.read(amount)
        self.digests.update(piece)
        return piece


@dataclass(frozen=True)
class Stored:
    """An object as it now lies in the store, told by the bytes that went there."""

    key: str
    size: int
    sha256: str
    crc32: int | None = None
    blocks: bytes = b""
    md5: str = ""

    @classmethod
    def of(cls, key: str, found: Digests) -> "Stored":
        return cls(key, found.size, found.sha256, found.crc32, found.blocks, found.md5)
