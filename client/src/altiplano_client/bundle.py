"""A bundle: one tar or zip of many files, made by the archive while it is sent, the same bytes each time.

It is checked by the SHA256SUMS inside it; members that differ are fetched again, alone.
"""

from __future__ import annotations

import hashlib
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from altiplano_client import names
from altiplano_client.errors import CutError, NoAnswerError, WrongBytesError
from altiplano_client.fetch import Fetch, Span
from altiplano_client.part import PIECE, Part, digest
from altiplano_client.sums import SUMS, read_sums
from altiplano_client.wanted import Item
from altiplano_client.wire import LOST, Wire, reason

LATER = 0xFFFFFFFF
_FILE_NAME = re.compile(r'filename="?([^";]+)"?')
if TYPE_CHECKING:
    Members = Iterator[tuple[str, Span, str]]  # name, where it lies, SHA-256


def described(wire: Wire, item: Item) -> Item:
    """The bundle with its name, size and ETag, which the archive tells without making it."""
    for attempt in range(wire.retries + 1):
        try:
            with wire.open(item.address, {}, "HEAD") as answer:
                return _described(answer.headers, item)
        except LOST as lost:
            if attempt == wire.retries:
                raise CutError(f"{item.address}: {reason(lost)}.") from lost
        wire.pause(attempt)
    raise AssertionError


def _described(headers, item: Item) -> Item:
    length, etag = headers.get("Content-Length", ""), headers.get("ETag", "")
    if not length.isdecimal() or not etag.startswith('"'):
        raise NoAnswerError(f"{names.shown(item.address)} is no file of an archive: it has no length or ETag.")
    name = _FILE_NAME.search(headers.get("Content-Disposition", ""))
    path = PurePosixPath(names.safe(name[1])) if name else item.path
    return replace(item, path=path, size=int(length), etag=etag)


class BundleFetch(Fetch):
    """`differing` members are those that the last look has found."""

    _differing: list[Span] | None = None

    def _key(self) -> str:
        return hashlib.sha256(self._item.etag.encode()).hexdigest()

    def _is_right(self) -> bool:
        if self.target.stat().st_size != self._item.size:
            return False
        with self.target.open("rb") as file:
            return damaged_members(file) == []

    def _fits(self, part: Part) -> bool:
        with part.path.open("rb") as file:
            self._differing = damaged_members(file)
        return self._differing == []

    def _mend(self, part: Part) -> bool:
        for span in self._differing or ():
            self.fill(part, span)
        return bool(self._differing)


def damaged_members(file: BinaryIO) -> list[Span] | None:
    """Where members lie that differ from the sums; None where the frame around them is broken, or has no sums."""
    try:
        members = list(_members(file))
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, ValueError, EOFError):
        return None
    found = {name: (span, sha256) for name, span, sha256 in members}
    sums = [name for name in found if PurePosixPath(name).name == SUMS]
    if not sums:
        return None
    first = min(sums, key=len)
    told = _told(file, found[first][0], str(PurePosixPath(first).parent))
    if told is None or not set(told) <= set(found):
        return None
    return [found[name][0] for name, sha256 in told.items() if found[name][1] != sha256]


def _told(file: BinaryIO, span: Span, directory: str) -> dict[str, str] | None:
    file.seek(span.start)
    try:
        listed = read_sums(file.read(span.stop - span.start).decode())
    except (ValueError, WrongBytesError):
        return None
    return {str(PurePosixPath(directory) / path): sha256 for path, sha256 in listed.items()}


def _members(file: BinaryIO) -> Members:
    file.seek(0)
    if file.read(4) == b"PK\x03\x04":
        yield from _zip_members(file)
    else:
        file.seek(0)
        yield from _tar_members(file)


def _tar_members(file: BinaryIO) -> Members:
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for member in tar:
            if member.isreg():
                span = Span(member.offset_data, member.offset_data + member.size)
                yield str(PurePosixPath(member.name)), span, digest(_bytes_of(file, span))


def _zip_members(file: BinaryIO) -> Members:
    """Stored, not compressed, as the archive makes them: the bytes of a member end where the next header is due."""
    with zipfile.ZipFile(file) as bundle:
        for member in bundle.infolist():
            if member.is_dir():
                continue
            if member.compress_type != zipfile.ZIP_STORED:
                raise zipfile.BadZipFile("compressed")
            start = _start_of(file, member)
            span = Span(start, start + member.file_size)
            yield str(PurePosixPath(member.filename)), span, digest(_bytes_of(file, span))


def _start_of(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Behind the local header, which must say what the directory at the end says (APPNOTE 4.3.7).

    Checksum and sizes are left out there in favour of a descriptor (bit 3) or of 64-bit fields.
    """
    file.seek(member.header_offset)
    local = file.read(30)
    if len(local) < 30:
        raise zipfile.BadZipFile("cut")
    mark, _, flags, method, _, _, crc, packed, size, name, extra = struct.unpack("<4s5H3L2H", local)
    later = {0, LATER} if flags & 8 else {LATER}
    told = (mark, flags, method) == (b"PK\x03\x04", member.flag_bits, zipfile.ZIP_STORED)
    if not (told and crc in {member.CRC, *later} and {packed, size} <= {member.file_size, *later}):
        raise zipfile.BadZipFile("the local header differs")
    return member.header_offset + 30 + name + extra


def _bytes_of(file: BinaryIO, span: Span) -> Iterator[bytes]:
    at = span.start
    while at < span.stop:
        file.seek(at)
        piece = file.read(min(PIECE, span.stop - at))
        if not piece:
            raise EOFError
        at += len(piece)
        yield piece
