"""An archive as zip, its files stored as they are: with zip64 where a size, an offset or the number of files needs it.

After PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3.  The CRC-32 is known beforehand, so no data descriptors follow
the files, which old readers of stored files do not understand.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import NamedTuple

from products.bundles.layout import Layout, Member, Segment, body

_MOST_32 = 0xFFFFFFFF
_MOST_16 = 0xFFFF
_PLAIN, _ZIP64 = 20, 45  # version needed
_UNIX = 3 << 8
_UTF_8 = 0x800
_REGULAR_FILE = 0o100644 << 16
_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")


def layout(members: Sequence[Member]) -> Layout:
    """Every member needs its CRC-32."""
    heads = [size for member in members for size in (_local_size(member), member.size)]
    starts = list(accumulate(heads, initial=0))
    offsets, directory = starts[:-1:2], starts[-1]
    entries = [_entry_size(member, at) for member, at in zip(members, offsets, strict=True)]
    end = _End(len(members), sum(entries), directory)

    def segment(at: int) -> Segment:
        if at < len(heads):
            number, is_body = divmod(at, 2)
            return body(number, members[number]) if is_body else _local_header(members[number])
        number = at - len(heads)
        return _entry(members[number], offsets[number]) if number < len(members) else end.made()

    return Layout([*heads, *entries, end.size], segment)


def _local_size(member: Member) -> int:
    return _LOCAL.size + _length(member.path) + (20 if member.size >= _MOST_32 else 0)


def _length(path: str) -> int:
    return len(path) if path.isascii() else len(path.encode())


def _local_header(member: Member) -> bytes:
    name, large = member.path.encode(), member.size >= _MOST_32
    said = _MOST_32 if large else member.size
    extra = struct.pack("<2H2Q", 1, 16, member.size, member.size) if large else b""
    needs = _ZIP64 if large else _PLAIN
    fixed = (b"PK\3\4", needs, _flags(name), 0, *_moment(member), member.crc32, said, said, len(name), len(extra))
    return _LOCAL.pack(*fixed) + name + extra


def _wide(member: Member, offset: int) -> list[int]:
    """What does not fit into the fixed fields of its entry."""
    return [value for value in (member.size, member.size, offset) if value >= _MOST_32]


def _entry_size(member: Member, offset: int) -> int:
    wide = 0 if member.size < _MOST_32 and offset < _MOST_32 else len(_wide(member, offset))
    return _ENTRY.size + _length(member.path) + (4 + 8 * wide if wide else 0)


def _entry(member: Member, offset: int) -> bytes:
    name, wide = member.path.encode(), _wide(member, offset)
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = _ZIP64 if wide else _PLAIN
    size = min(member.size, _MOST_32)
    made = (b"PK\1\2", _UNIX | version, version, _flags(name), 0, *_moment(member), member.crc32, size, size)
    place = (len(name), len(extra), 0, 0, 0, _REGULAR_FILE, min(offset, _MOST_32))
    return _ENTRY.pack(*made, *place) + name + extra


class _End(NamedTuple):
    """The end of the directory of `count` entries and `length` bytes that begins at `offset`."""

    count: int
    length: int
    offset: int

    @property
    def size(self) -> int:
        return _END.size + (_END_64.size + _LOCATOR.size if self._is_wide() else 0)

    def made(self) -> bytes:
        entries = min(self.count, _MOST_16)
        length, offset = min(self.length, _MOST_32), min(self.offset, _MOST_32)
        plain = _END.pack(b"PK\5\6", 0, 0, entries, entries, length, offset, 0)
        return self._made_64() + plain if self._is_wide() else plain

    def _is_wide(self) -> bool:
        return self.count >= _MOST_16 or max(self.length, self.offset) >= _MOST_32

    def _made_64(self) -> bytes:
        rest = _END_64.size - 12  # of the record behind the field that tells it
        counts = (self.count, self.count, self.length, self.offset)
        record = _END_64.pack(b"PK\6\6", rest, _UNIX | _ZIP64, _ZIP64, 0, 0, *counts)
        return record + _LOCATOR.pack(b"PK\6\7", 0, self.offset + self.length, 1)


def _flags(name: bytes) -> int:
    return 0 if name.isascii() else _UTF_8


def _moment(member: Member) -> tuple[int, int]:
    """Time and day as MS-DOS writes them, in UTC: two seconds are its finest, 1980 its beginning."""
    at = max(datetime.fromtimestamp(member.changed, UTC), datetime(1980, 1, 1, tzinfo=UTC))
    return at.hour << 11 | at.minute << 5 | at.second // 2, at.year - 1980 << 9 | at.month << 5 | at.day
