"""Where the bytes of a package lie: in files and directories here, or in what looks the same to whoever reads it.

Objects of a store are given in this form too (products/sources.py), so that tars from there are read, and refused, by
the very same reader.
"""

import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from archive.readers.refusals import UnsafeMemberError

AHEAD = 1 << 20


class File(Protocol):
    """One file; two of them are equal when they are the same one."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def identity(self) -> str:
        """What tells its bytes from any others without reading them, or nothing."""

    def open(self, start: int = 0, size: int | None = None) -> BinaryIO:
        """`size` bytes from `start`, to be read once and in order."""

    def browse(self) -> BinaryIO:
        """All of it, to be read a little here and there."""


@runtime_checkable
class Tree(Protocol):
    """Many files below one place."""

    @property
    def name(self) -> str: ...

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of all directories above its files."""

    def files(self) -> Iterator[tuple[str, File]]:
        """Each with its path below the tree."""


Origin = File | Tree


class _Slice(io.RawIOBase):
    """The bytes of one member within its tar."""

    def __init__(self, path: Path, offset: int, size: int) -> None:
        self._file, self._left = path.open("rb", buffering=0), size
        self._file.seek(offset)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        count = self._file.readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


@dataclass(frozen=True)
class LocalFile:
    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def _status(self) -> os.stat_result:
        """As it was when the package was looked through."""
        return self.path.stat()

    @property
    def size(self) -> int:
        return self._status.st_size

    @cached_property
    def identity(self) -> str:
        status = self._status
        return f"{os.path.abspath(self.path)}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"

    def open(self, start: int = 0, size: int | None = None) -> BinaryIO:
        if size is None:
            return os.fdopen(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW), "rb")
        return io.BufferedReader(_Slice(self.path, start, size), AHEAD)

    def browse(self) -> BinaryIO:
        return self.path.open("rb")

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class LocalTree:
    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def parts(self) -> tuple[str, ...]:
        return self.path.resolve().parts

    def files(self) -> Iterator[tuple[str, File]]:
        for directory, names, files in os.walk(self.path):
            names.sort()
            for name in (*names, *sorted(files)):
                path = Path(directory, name)
                mode = path.lstat().st_mode
                if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                    raise UnsafeMemberError(str(self.path), str(path.relative_to(self.path)), "is a link or a device")
                if stat.S_ISREG(mode):
                    yield path.relative_to(self.path).as_posix(), LocalFile(path)

    def __str__(self) -> str:
        return str(self.path)


def local(path: Path) -> LocalFile | LocalTree:
    return LocalTree(path) if path.is_dir() else LocalFile(path)
