"""What is in a tar from outside, without believing it.

Only plain files with safe names are taken; anything else refuses the whole tar.  Python's own reader takes a tar that
ends too early, or has a hole in it, for a shorter one, so the sizes of the members, the mark at the end and what stands
behind that are checked here.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from archive.readers.origins import File
from archive.readers.refusals import TooLargeError, TruncatedTarError, UnreadableTarError, UnsafeMemberError

_LONGEST_NAME = 255  # bytes, of a file or directory: what file systems take
_BEHIND_END = 1024 * 1024  # bytes looked at; a record ends within the first 10 240
_MAX_HEADER = 1024 * 1024  # extended headers hold names; a longer one is meant to fill the memory
_EXTENDED = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME,
             tarfile.GNUTYPE_LONGLINK)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    members: int = 100_000
    size: int = 10 * 10**12  # bytes
    depth: int = 12  # directories
    ratio: int = 200  # of unpacked to packed bytes in a nested .tgz


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Entry:
    parts: tuple[str, ...]
    size: int
    offset: int


class _Header(tarfile.TarInfo):
    @classmethod
    def frombuf(cls, buf, encoding, errors):
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0 or (header.type in _EXTENDED and header.size > _MAX_HEADER):
            raise tarfile.ReadError(f"the header of {header.name[:80]!r} gives an impossible size")
        return header


def entries(file: File, limits: Limits) -> Iterator[Entry]:
    """The plain files of an uncompressed tar, in order, each checked; raises before the end if anything is wrong."""
    try:
        with file.browse() as stream, tarfile.open(fileobj=stream, mode="r:", tarinfo=_Header) as tar:
            yield from _entries(tar, file, limits)
            _require_end(stream, tar.offset, file.name)
    except (tarfile.TarError, ValueError) as error:  # Python reads the words of sparse files unguarded
        if "unexpected end" in str(error):
            raise TruncatedTarError(file.name, str(error)) from error
        raise UnreadableTarError(file.name, error) from error
    except OSError as error:
        raise UnreadableTarError(file.name, error.strerror or error) from error


def _entries(tar: tarfile.TarFile, file: File, limits: Limits) -> Iterator[Entry]:
    available, seen = file.size, set()
    for number, info in enumerate(tar, 1):
        if number > limits.members:
            raise TooLargeError(file.name, f"has more than {limits.members} members")
        parts = safe_parts(info.name, file.name, limits)
        require_plain(info, file.name)
        if info.size < 0:  # an extended header has the last word
            raise UnreadableTarError(file.name, f"{info.name} has the impossible size {info.size}")
        if info.offset_data + info.size > available:
            raise TruncatedTarError(file.name, f"it ends within {info.name}")
        if not info.isreg():
            continue
        if parts in seen:
            raise UnsafeMemberError(file.name, info.name, "is in it twice")
        seen.add(parts)
        yield Entry(parts, info.size, info.offset_data)


def _require_end(stream: BinaryIO, offset: int, name: str) -> None:
    stream.seek(offset)
    block = stream.read(tarfile.BLOCKSIZE)
    if len(block) < tarfile.BLOCKSIZE:
        raise TruncatedTarError(name, "the mark at its end is missing")
    if block.strip(b"\0"):
        raise UnreadableTarError(name, f"it is damaged at byte {offset}")
    if stream.read(_BEHIND_END).strip(b"\0"):
        raise UnreadableTarError(name, f"more follows behind its end at byte {offset}")


def require_plain(info: tarfile.TarInfo, name: str) -> None:
    if info.issym() or info.islnk():
        raise UnsafeMemberError(name, info.name, "is a link")
    if info.issparse() or not (info.isreg() or info.isdir()):
        raise UnsafeMemberError(name, info.name, "is neither a plain file nor a directory")


def safe_parts(member: str, name: str, limits: Limits) -> tuple[str, ...]:
    """The parts of a member's path, when it stays below where it is unpacked and can be written down."""
    if member.startswith("/"):
        raise UnsafeMemberError(name, member, "has an absolute path")
    if "\\" in member or not member.isprintable():
        raise UnsafeMemberError(name, member, "has a name with unprintable characters")
    parts = tuple(part for part in member.split("/") if part not in ("", "."))
    if ".." in parts:
        raise UnsafeMemberError(name, member, "leaves its directory")
    if any(len(part.encode()) > _LONGEST_NAME for part in parts):
        raise UnsafeMemberError(name, member[:200], f"has a name of more than {_LONGEST_NAME} bytes")
    if len(parts) > limits.depth:
        raise TooLargeError(name, f"holds {member[:200]!r}, deeper than {limits.depth} directories")
    return parts
