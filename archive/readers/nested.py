"""Small files out of a `.tgz` within a delivery (auxproducts, flagversions), read into memory under limits."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from archive.readers.refusals import TooLargeError, UnreadableTarError
from archive.readers.tar_entries import DEFAULT_LIMITS, Limits, require_plain, safe_parts

_MAX_FILE = 64 * 1024 * 1024
_ALLOWANCE = 1024 * 1024  # a tar of nothing packs better than any ratio


class _Counted(io.RawIOBase):
    """A stream that gives up after `most` bytes: what was packed into so few was meant to fill us."""

    def __init__(self, stream: gzip.GzipFile, most: int, name: str) -> None:
        self._stream, self._left, self._name, self._most = stream, most, name, most

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLargeError(self._name, f"unpacks to more than {self._most} bytes")
        return chunk


def read_files(stream: BinaryIO, size: int, name: str, *, wanted: Callable[[str], bool],
               limits: Limits = DEFAULT_LIMITS) -> dict[str, bytes]:  # fmt: skip
    """Base name -> bytes of the wanted files of a .tgz of `size` packed bytes; the first of each name."""
    found: dict[str, bytes] = {}
    try:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            counted = _Counted(unpacked, size * limits.ratio + _ALLOWANCE, name)
            with tarfile.open(fileobj=counted, mode="r|") as tar:
                for base, info in _files(tar, name, limits):
                    if wanted(base):
                        found.setdefault(base, _content(tar, info, name))
    except (tarfile.TarError, ValueError, OSError, EOFError, zlib.error) as error:
        raise UnreadableTarError(name, error) from error
    return found


def _files(tar: tarfile.TarFile, name: str, limits: Limits) -> Iterator[tuple[str, tarfile.TarInfo]]:
    for number, info in enumerate(tar, 1):
        if number > limits.members:
            raise TooLargeError(name, f"has more than {limits.members} members")
        parts = safe_parts(info.name, name, limits)
        require_plain(info, name)
        if info.isreg():
            yield parts[-1], info


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo, name: str) -> bytes:
    if info.size > _MAX_FILE:
        raise TooLargeError(name, f"holds {info.name} of {info.size} bytes")
    stream = tar.extractfile(info)
    return stream.read() if stream else b""
