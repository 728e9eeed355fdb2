"""The object that holds a delivered file: the one there is, while it is whole, else a new one.

Bytes go to the store before any row names them.  A held object that is lost or damaged is stored again under a new
key; the row it belongs to keeps its version and is pointed there, since its bytes are the same.
"""

import contextlib
import hashlib
import logging
from dataclasses import dataclass

from archive.errors import ArchiveError
from products.delivered import DeliveredFile
from products.models import Product
from products.store import CorruptObjectError, MissingObjectError, Store, Stored, open_store

log = logging.getLogger(__name__)
READ_BYTES = 2**20


class ChangedWhileReadError(ArchiveError):
    """An archived file that is shorter than the file delivered would never be found out."""

    status = 409
    code = "changed-while-read"

    def __init__(self, file: DeliveredFile, size: int) -> None:
        super().__init__(
            f"{file.place} had {file.size} bytes when its delivery was looked through, and {size} when it was stored.",
            "Nothing of this delivery was indexed. Wait until nobody writes to it, and ingest it again.",
        )


@dataclass(frozen=True)
class Kept:
    """Where a delivered file lies now, and what became of it."""

    stored: Stored
    fate: str  # "new", "changed", "unchanged", "mended"
    damage: str = ""  # what was wrong with the object that was mended


class _Nowhere:
    """What is only read to be checked goes here."""

    def write(self, piece: bytes) -> int:
        return len(piece)


def keep(mous: str, file: DeliveredFile, *, verify: bool = False) -> Kept:
    """Make sure that the store holds `file`; `verify` also reads back what it holds already."""
    held = current(mous, file)
    if held is None or held.size != file.size or _digest(file) != held.sha256:
        return Kept(_put(file), "changed" if held else "new")
    damage = "" if held.withdrawn_at else _damage(open_store(), held, verify)
    if not damage:
        return Kept(Stored(held.key, held.size, held.sha256), "unchanged")
    log.error("the stored object %s of %s %s; it is stored again", held.key, held.name, damage)
    stored = _put(file)
    return Kept(stored, "mended" if stored.sha256 == held.sha256 else "changed", damage)


def current(mous: str, file: DeliveredFile) -> Product | None:
    """The version of a delivered file that is in force."""
    rows = Product.objects.filter(mous__uid=mous, directory=file.directory, name=file.name, superseded_at=None)
    return rows.filter(origin=Product.Origin.DELIVERED).first()


def _put(file: DeliveredFile) -> Stored:
    store = open_store()
    with contextlib.closing(file.open()) as stream:
        stored = store.put(store.new_key(file.name), stream, size=file.size)
    if stored.size != file.size:
        raise ChangedWhileReadError(file, stored.size)
    return stored


def _damage(store: Store, held: Product, verify: bool) -> str:
    """What is wrong with the object of a row, as the rest of a sentence; its size costs one question."""
    try:
        size = store.size(held.key)
        if size != held.size:
            return f"had {size} bytes instead of {held.size}"
        if verify:
            store.fetch(held.key, _Nowhere(), held.sha256)
    except MissingObjectError:
        return "was missing"
    except CorruptObjectError:
        return "did not have its SHA-256"
    return ""


def _digest(file: DeliveredFile) -> str:
    digest = hashlib.sha256()
    with contextlib.closing(file.open()) as stream:
        while piece := stream.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
