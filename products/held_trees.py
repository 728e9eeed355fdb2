"""Directories that arrive in pieces: the parts of a Cycle 0 package share the files of its MeasurementSets among them.

What the archive holds of such a directory is read out of its tar in the store, and stays in the next one.
"""

import io
import tarfile
from collections.abc import Iterable

from products.models import Product
from products.packing import Entry
from products.store import open_store

_AHEAD = 1 << 16  # several headers of small files at once


def completed(entries: Iterable[Entry], *, mous: str, directory: str, name: str) -> list[Entry]:
    """`entries`, and those of the directory held so far that are not among them."""
    rows = Product.objects.filter(mous__uid=mous, directory=directory, name=name, superseded_at=None)
    held = rows.filter(origin=Product.Origin.DELIVERED, withdrawn_at=None).first()
    found = {entry.name: entry for entry in _entries(held)} if held else {}
    return list((found | {entry.name: entry for entry in entries}).values())


def _entries(held: Product) -> list[Entry]:
    with tarfile.open(fileobj=_opened(held, 0, held.size), mode="r:") as packed:
        return [_entry(held, each) for each in packed]


def _entry(held: Product, each: tarfile.TarInfo) -> Entry:
    return Entry(each.name, each.size, _opener(held, each.offset_data, each.size), f"{held.key}:{each.offset_data}")


def _opener(held: Product, start: int, size: int):
    return lambda: _opened(held, start, size)


def _opened(held: Product, start: int, size: int) -> io.BufferedReader:
    return io.BufferedReader(_Stored(held.key, start, size), _AHEAD)


class _Stored(io.RawIOBase):
    """A range of a stored object as a file."""

    def __init__(self, key: str, start: int, size: int) -> None:
        self._key, self._start, self._size, self._at = key, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer) -> int:
        stop = min(self._at + len(buffer), self._size)
        content = b"".join(open_store().stream(self._key, self._start + self._at, self._start + stop))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)
