"""How an upload is cut into parts: few enough for S3, and no more of them in memory than it may take.

Each part that waits or is under way is held, and so is the one that is being read.  S3 allows 10 000 parts of an
object, so those of the largest ones are too large to be held in memory: they go by way of the disk, two at a time
(docs/decisions/0033).  Parts are whole numbers of the blocks whose checksums are kept, which make up their own.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from products.digests import BLOCK_BYTES

PART_BYTES = 8 * 2**20
SMALL_PART_BYTES = 5 * 2**20  # the least that S3 takes, where many uploads share the memory
MOST_PARTS = 9000  # S3 allows 10 000 parts of one object
UPLOAD_BYTES = 64 * 2**20  # memory that one upload may take
UPLOADS_AT_ONCE = 4
READ_BYTES = 2**20

Read = Callable[[int], bytes]


@dataclass(frozen=True)
class Plan:
    part_bytes: int
    at_once: int  # parts under way
    held: int  # parts that wait or are under way, beside the one that is being read
    on_disk: bool = False
    is_whole: bool = False  # one request; one byte more than promised is read, to tell that there are more


def plan(size: int, memory: int = UPLOAD_BYTES) -> Plan:
    """For `size` bytes in `memory`."""
    least = PART_BYTES if memory >= 2 * PART_BYTES else SMALL_PART_BYTES
    if 0 < size < least:
        return Plan(size + 1, 0, 0, is_whole=True)
    part = max(least, -(-size // MOST_PARTS))
    part = -(-part // BLOCK_BYTES) * BLOCK_BYTES
    held = min(UPLOADS_AT_ONCE + 1, memory // part - 1)
    if held < 1 and part > least:
        return Plan(part, 1, 1, on_disk=True)
    held = max(1, held)
    return Plan(part, min(UPLOADS_AT_ONCE, held), held)


def needed(size: int, memory: int = UPLOAD_BYTES) -> int:
    """Bytes of memory that an upload of `size` bytes takes, given `memory`."""
    planned = plan(size, memory)
    if planned.on_disk:
        return 0
    return min(size, (planned.held + 1) * planned.part_bytes) or planned.part_bytes


class Held:
    """A part in memory, which is used again for later parts."""

    def __init__(self, most: int):
        self._bytes, self._most = bytearray(), most
        self.size = 0

    def fill(self, read: Read) -> int:
        """Read as much as it takes, and return how much there was."""
        if not self._bytes:
            self._bytes = bytearray(self._most)
        self.size = 0
        while self.size < self._most and (piece := read(min(READ_BYTES, self._most - self.size))):
            self._bytes[self.size : self.size + len(piece)] = piece
            self.size += len(piece)
        return self.size

    @property
    def body(self) -> bytearray:
        """What was read; after a part that was not full there is no other."""
        del self._bytes[self.size :]
        return self._bytes


class Spooled:
    """A part on the disk, in a file without a name that is gone with its process."""

    def __init__(self, most: int):
        self._file, self._most = tempfile.TemporaryFile(), most  # noqa: SIM115 (closed when it is forgotten)
        self.size = 0

    def fill(self, read: Read) -> int:
        self._file.seek(0)
        self._file.truncate()
        self.size = 0
        while self.size < self._most and (piece := read(min(READ_BYTES, self._most - self.size))):
            self.size += self._file.write(piece)
        return self.size

    @property
    def body(self) -> BinaryIO:
        self._file.seek(0)
        return self._file


def buffers(planned: Plan) -> list[Held | Spooled]:
    """For the parts of one upload, the one that is being read among them."""
    kind = Spooled if planned.on_disk else Held
    return [kind(planned.part_bytes) for _ in range(planned.held + 1)]
