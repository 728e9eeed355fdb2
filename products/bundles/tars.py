"""An archive as POSIX tar: ustar headers, with a pax record where a name or a size is too large for them.

Names up to 100 bytes and sizes up to 8 GiB fit into one block of 512 bytes (POSIX.1-2001, pax interchange format).
"""

import tarfile
from collections.abc import Sequence

from products.bundles.layout import Layout, Member, Segment, body

_BLOCK = tarfile.BLOCKSIZE
_LONGEST_NAME = 100
_LARGEST_SIZE = 8**11 - 1  # eleven octal digits
_EACH = 3  # segments of a member: its header, itself, padding


def layout(members: Sequence[Member]) -> Layout:
    sizes = [size for one in members for size in (_head(one.path, one.size), one.size, -one.size % _BLOCK)]
    end = _end(sum(sizes))

    def segment(at: int) -> Segment:
        number, which = divmod(at, _EACH)
        if number == len(members):
            return bytes(end)
        member = members[number]
        return (_header(member), body(number, member), bytes(-member.size % _BLOCK))[which]

    return Layout([*sizes, end], segment)


def _end(length: int) -> int:
    """Two empty blocks, and more until the record is full."""
    return 2 * _BLOCK + -(length + 2 * _BLOCK) % tarfile.RECORDSIZE


def _head(path: str, size: int) -> int:
    """The length of a header, which is not made for this: there may be very many."""
    is_plain = len(path) <= _LONGEST_NAME and path.isascii()
    if is_plain and size <= _LARGEST_SIZE:
        return _BLOCK
    records = 0 if is_plain else _record("path", len(path.encode()))
    if size > _LARGEST_SIZE:
        records += _record("size", len(str(size)))
    return _BLOCK * (2 + -(-records // _BLOCK))


def _record(word: str, length: int) -> int:
    """The length of a pax record, which begins with this very length: `25 path=<value>` and a line feed."""
    rest = len(word) + length + 3
    total = rest + len(str(rest))
    return rest + len(str(total))


def _header(member: Member) -> bytes:
    told = tarfile.TarInfo(member.path)
    told.size, told.mtime, told.mode = member.size, member.changed, 0o644
    return told.tobuf(tarfile.PAX_FORMAT)
