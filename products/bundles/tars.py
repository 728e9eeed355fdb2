"""An archive as POSIX tar: ustar headers, with a pax record where a name or a size is too large for them.

Names up to 100 bytes and sizes up to 8 GiB fit into one block of 512 bytes (POSIX.1-2001, pax interchange format).
"""

import tarfile
from collections.abc import Sequence

from products.bundles.layout import Layout, Member, Segment, Text, body

_LONGEST_NAME = 100
_LARGEST_SIZE = 8**11 - 1  # eleven octal digits


def layout(members: Sequence[Member]) -> Layout:
    segments: list[Segment] = []
    length = 0
    for number, member in enumerate(members):
        head, padding = _head(member), -member.size % tarfile.BLOCKSIZE
        segments += (head, body(number, member), _zeros(padding))
        length += head.size + member.size + padding
    return Layout([*segments, _zeros(_end(length))])


def _end(length: int) -> int:
    """Two empty blocks, and more until the record is full."""
    return 2 * tarfile.BLOCKSIZE + -(length + 2 * tarfile.BLOCKSIZE) % tarfile.RECORDSIZE


def _head(member: Member) -> Text:
    short = len(member.path) <= _LONGEST_NAME and member.path.isascii() and member.size <= _LARGEST_SIZE
    return Text(tarfile.BLOCKSIZE if short else len(_header(member)), lambda: _header(member))


def _header(member: Member) -> bytes:
    told = tarfile.TarInfo(member.path)
    told.size, told.mtime, told.mode = member.size, member.changed, 0o644
    return told.tobuf(tarfile.PAX_FORMAT)


def _zeros(size: int) -> Text:
    return Text(size, lambda: bytes(size))
