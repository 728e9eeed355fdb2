"""An archive as zip, its files stored as they are: with zip64 where a size, an offset or the number of files needs it.

After PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3.  The CRC-32 is known beforehand, so no data descriptors follow
the files, which old readers of stored files do not understand.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime

from products.bundles.layout import Layout, Member, Segment, Text, body

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
    segments: list[Segment] = []
    offsets, offset = [], 0
    for number, member in enumerate(members):
        head = _local(member)
        segments += (head, body(number, member))
        offsets.append(offset)
        offset += head.size + member.size
    entries = [_entry(member, at) for member, at in zip(members, offsets, strict=True)]
    length = sum(entry.size for entry in entries)
    return Layout([*segments, *entries, _end(len(entries), length, offset)])


def _local(member: Member) -> Text:
    name = member.path.encode()
    large = member.size >= _MOST_32
    extra = 20 if large else 0
    return Text(_LOCAL.size + len(name) + extra, lambda: _local_header(member, name, large=large))


def _local_header(member: Member, name: bytes, *, large: bool) -> bytes:
    said = _MOST_32 if large else member.size
    extra = struct.pack("<2H2Q", 1, 16, member.size, member.size) if large else b""
    needs = _ZIP64 if large else _PLAIN
    fixed = (b"PK\3\4", needs, _flags(name), 0, *_moment(member), member.crc32, said, said, len(name), len(extra))
    return _LOCAL.pack(*fixed) + name + extra


def _entry(member: Member, offset: int) -> Text:
    name = member.path.encode()
    wide = [value for value in (member.size, member.size, offset) if value >= _MOST_32]
    extra = 4 + 8 * len(wide) if wide else 0
    return Text(_ENTRY.size + len(name) + extra, lambda: _entry_of(member, name, offset, wide))


def _entry_of(member: Member, name: bytes, offset: int, wide: list[int]) -> bytes:
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    version = _ZIP64 if wide else _PLAIN
    size = min(member.size, _MOST_32)
    made = (b"PK\1\2", _UNIX | version, version, _flags(name), 0, *_moment(member), member.crc32, size, size)
    place = (len(name), len(extra), 0, 0, 0, _REGULAR_FILE, min(offset, _MOST_32))
    return _ENTRY.pack(*made, *place) + name + extra


def _end(count: int, length: int, offset: int) -> Text:
    """The end of the directory of `count` entries and `length` bytes that begins at `offset`."""
    wide = count >= _MOST_16 or length >= _MOST_32 or offset >= _MOST_32
    size = _END.size + (_END_64.size + _LOCATOR.size if wide else 0)
    return Text(size, lambda: _end_64(count, length, offset, wide=wide) + _plain_end(count, length, offset))


def _plain_end(count: int, length: int, offset: int) -> bytes:
    entries = min(count, _MOST_16)
    return _END.pack(b"PK\5\6", 0, 0, entries, entries, min(length, _MOST_32), min(offset, _MOST_32), 0)


def _end_64(count: int, length: int, offset: int, *, wide: bool) -> bytes:
    if not wide:
        return b""
    rest = _END_64.size - 12  # of the record behind the field that tells it
    record = _END_64.pack(b"PK\6\6", rest, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, length, offset)
    return record + _LOCATOR.pack(b"PK\6\7", 0, offset + length, 1)


def _flags(name: bytes) -> int:
    return 0 if name.isascii() else _UTF_8


def _moment(member: Member) -> tuple[int, int]:
    """Time and day as MS-DOS writes them, in UTC: two seconds are its finest, 1980 its beginning."""
    at = max(datetime.fromtimestamp(member.changed, UTC), datetime(1980, 1, 1, tzinfo=UTC))
    return at.hour << 11 | at.minute << 5 | at.second // 2, at.year - 1980 << 9 | at.month << 5 | at.day
