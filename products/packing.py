"""Trees as deterministic tars, made while they are read: no temporary file, the length known beforehand.

Members come sorted by name, with no owner and the time zero, so that the same tree always gives the same bytes and the
same SHA-256.  Plain POSIX ustar headers, with a pax record only where a name is too long for them (POSIX.1-2001 pax).
"""

import tarfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

READ_BYTES = 2**20


@dataclass(frozen=True)
class Entry:
    """One file of a tar: its name there, its size, and how to read it."""

    name: str
    size: int
    open: Callable[[], BinaryIO]
    identity: str = ""  # what tells its bytes from any others, where that is known


class ShortFileError(OSError):
    """A file ended before the size it was packed with: it changed while it was read."""


class PackedTree:
    """A readable stream of the tar of `entries`; `size` is its length in bytes."""

    def __init__(self, entries: Iterable[Entry]):
        self._entries = sorted(entries, key=lambda entry: entry.name)
        self.size = _length(self._entries)
        self._pieces = _pieces(self._entries)  # a generator
        self._rest = b""

    def read(self, amount: int = -1) -> bytes:
        parts, have = [self._rest], len(self._rest)
        while amount < 0 or have < amount:
            piece = next(self._pieces, b"")
            if not piece:
                break
            parts.append(piece)
            have += len(piece)
        data = b"".join(parts)
        cut = len(data) if amount < 0 else amount
        self._rest = data[cut:]
        return data[:cut]

    def close(self) -> None:
        """Let go of the file that is being read."""
        self._pieces.close()


def tree_entries(root: Path, *, prefix: str) -> list[Entry]:
    """The regular files below `root`, named `prefix/...`; links and devices are not followed and not packed."""
    files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [Entry(f"{prefix}/{path.relative_to(root)}", path.stat().st_size, _opener(path)) for path in files]


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _header(entry: Entry) -> bytes:
    member = tarfile.TarInfo(entry.name)
    member.size = entry.size
    member.mode = 0o644
    return member.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> int:
    return -size % tarfile.BLOCKSIZE


def _length(entries: list[Entry]) -> int:
    content = sum(len(_header(entry)) + entry.size + _padding(entry.size) for entry in entries)
    end = content + 2 * tarfile.BLOCKSIZE
    return end + -end % tarfile.RECORDSIZE


def _pieces(entries: list[Entry]) -> Generator[bytes]:
    written = 0
    for entry in entries:
        yield _header(entry)
        yield from _content(entry)
        written += len(_header(entry)) + entry.size + _padding(entry.size)
    yield bytes(_length(entries) - written)


def _content(entry: Entry) -> Iterator[bytes]:
    left = entry.size
    with entry.open() as stream:
        while left:
            piece = stream.read(min(left, READ_BYTES))
            if not piece:
                raise ShortFileError(f"{entry.name} ended {left} bytes before the {entry.size} it was listed with.")
            left -= len(piece)
            yield piece
    if _padding(entry.size):
        yield bytes(_padding(entry.size))
