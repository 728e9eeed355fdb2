"""The object that holds a delivered file: the one there is, while it is whole, else a new one.

Bytes go to the store before any row names them, and are read once: they are hashed, looked into and sent while they
pass.  Only a file that is held already is read to be compared first.  A held object that is lost or damaged is stored
again under a new key; the row it belongs to keeps its version and is pointed there, since its bytes are the same.
Nothing here asks the database: files are stored by several threads at once (products/crew.py).
"""

import contextlib
import logging
import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO

import orjson

from archive.errors import ArchiveError
from archive.readers.checksums import Promise
from products import in_place
from products.delivered import DeliveredFile
from products.digests import Digesting, Digests
from products.fits import Inspected, Inspection
from products.journal import Staged
from products.models import Product
from products.parts import UPLOAD_BYTES
from products.store import CorruptObjectError, MissingObjectError, Store, Stored, open_store

log = logging.getLogger(__name__)
READ_BYTES = 2**20
SMALL_BYTES = 2**20  # a file that is read before it is its turn


class ChangedWhileReadError(ArchiveError):
    """An archived file that is not the file delivered would never be found out."""

    status = 409
    code = "changed-while-read"

    def __init__(self, file: DeliveredFile, size: int) -> None:
        super().__init__(
            f"{file.place} had {file.size} bytes when its delivery was looked through, and {size} when it was stored.",
            "Nothing of this delivery was indexed. Wait until nobody writes to it, and ingest it again.",
        )


class StoppedError(Exception):
    """Another file of the delivery could not be stored, so this one is not needed any more."""


@dataclass(frozen=True)
class Kept:
    """Where a delivered file lies now, what became of it, and what was found in its bytes."""

    stored: Stored
    fate: str  # "new", "changed", "unchanged", "mended"
    damage: str = ""  # what was wrong with the object that was mended
    packed: bytes = b""  # what was found in its bytes, as JSON: a package may have very many files
    is_journaled: bool = False
    is_read: bool = True  # else it is what was promised of its bytes
    is_checked: bool = True  # whether we have seen the bytes that lie there
    quarantined_at: datetime | None = None  # of a held object whose bytes were read now, and are right

    @property
    def is_stored_now(self) -> bool:
        return self.fate != "unchanged"

    @property
    def found(self) -> Inspected:
        return Inspected(**orjson.loads(self.packed)) if self.packed else Inspected()


@dataclass(frozen=True)
class Options:
    """How files are stored: `verify` also reads back what is held; MD5 is computed where it is asked for."""

    verify: bool = False
    md5: bool = False
    in_place: bool = False  # objects by themselves stay where they lie (products/in_place.py)
    memory: int = UPLOAD_BYTES  # bytes that one upload may hold


class _Watched:
    """A delivered file that is looked into while it is read, and that ends early when the others have."""

    def __init__(self, file: DeliveredFile, stream: BinaryIO, storing: "Storing"):
        self._stream, self._storing = stream, storing
        self._inspection = Inspection(file.name, file.size)

    def read(self, amount: int = -1) -> bytes:
        if self._storing.stop.is_set():
            raise StoppedError
        piece = self._stream.read(amount)
        self._inspection.update(piece)
        self._storing.tell(len(piece))
        return piece

    def found(self) -> Inspected:
        return self._inspection.result()


@dataclass
class Storing:
    """What storing the files of one MOUS needs to know; `tell` hears of bytes as they are read, from any thread."""

    mous: str
    held: dict[tuple[str, str], Product]  # current versions by directory and name
    staged: dict[tuple[str, str], Staged]
    options: Options = Options()
    tell: Callable[[int], None] = lambda count: None
    turn: AbstractContextManager = field(default_factory=contextlib.nullcontext)  # as many at once as are to be sent
    promises: dict[str, list[Promise]] = field(default_factory=dict)  # by path: what the delivery itself says
    batch: str = field(default_factory=lambda: str(uuid.uuid4()))
    stop: threading.Event = field(default_factory=threading.Event)
    store: Store = field(default_factory=open_store)

    def keep(self, file: DeliveredFile) -> Kept:
        """Make sure that the store holds `file`."""
        with contextlib.nullcontext() if _is_small(file) else self.turn:
            held, staged = self.held.get(_place(file)), self.staged.get(_place(file))
            fate = "changed" if held else "new"
            if staged and file.identity and staged.identity == file.identity and (staged.md5 or not self._md5(file)):
                self.tell(file.size)
                return self._from_journal(staged, held)
            if held is None or held.size != file.size:
                return self._put(file, fate)
            compared = self._compared(file, held)
            return self._put(file, fate) if compared is None else self._unchanged(file, held, compared)

    def _from_journal(self, staged: Staged, held: Product | None) -> Kept:
        stored = Stored(staged.key, staged.size, staged.sha256, staged.crc32, bytes(staged.blocks), staged.md5)
        is_mended = held is not None and held.sha256 == staged.sha256
        fate = "mended" if is_mended else "changed" if held else "new"
        damage = "was lost or damaged" if is_mended else ""
        return Kept(stored, fate, damage, packed(Inspected(**staged.found)), is_journaled=True)

    def _compared(self, file: DeliveredFile, held: Product) -> Kept | None:
        """What was found in the bytes of `file` if they are those that are held."""
        watched, found = self._read(file)
        if found.sha256 != held.sha256:
            self.tell(-found.size)
            return None
        stored = Stored(held.key, held.size, held.sha256, found.crc32, found.blocks, found.md5)
        return Kept(stored, "unchanged", packed=self._found(file, stored, watched))

    def _read(self, file: DeliveredFile) -> tuple[_Watched, Digests]:
        """All of it, without sending it anywhere."""
        with contextlib.closing(file.open()) as stream:
            watched = _Watched(file, stream, self)
            reader = Digesting(watched, md5=self._md5(file))
            while reader.read(READ_BYTES):
                pass
        return watched, reader.digests

    def _unchanged(self, file: DeliveredFile, held: Product, compared: Kept) -> Kept:
        verify = self.options.verify or held.quarantined_at is not None
        damage = "" if held.withdrawn_at else _damage(self.store, held, verify)
        if not damage:
            return replace(compared, quarantined_at=None if held.withdrawn_at else held.quarantined_at)
        log.error("the stored object %s of %s %s; it is stored again", held.key, held.name, damage)
        self.tell(-file.size)
        again = self._put(file, "mended")
        return replace(again, fate="mended" if again.stored.sha256 == held.sha256 else "changed", damage=damage)

    def _put(self, file: DeliveredFile, fate: str) -> Kept:
        key = self.store.batch_key(self.batch, file.directory, file.name)
        if self.options.in_place and file.source is not None:
            return self._left(file, key, fate)
        with contextlib.closing(file.open()) as stream:
            watched = _Watched(file, stream, self)
            options = {"size": file.size, "md5": self._md5(file), "memory": self.options.memory}
            turn = self.turn if _is_small(file) else contextlib.nullcontext()
            stored = self.store.put(key, watched, turn=turn, **options)
        if stored.size != file.size:
            raise ChangedWhileReadError(file, stored.size)
        return Kept(stored, fate, packed=self._found(file, stored, watched))

    def _left(self, file: DeliveredFile, key: str, fate: str) -> Kept:
        """The object it lies in is its own from now on, or a copy of it that the server makes under `key`."""
        watched, found = self._read(file)
        if found.size != file.size:
            raise ChangedWhileReadError(file, found.size)
        lies, is_checked = in_place.lay(file, self.held.get(_place(file)), key)
        stored = Stored(lies, found.size, found.sha256, found.crc32, found.blocks, found.md5)
        return Kept(stored, fate, packed=self._found(file, stored, watched), is_checked=is_checked)

    def _promised(self, file: DeliveredFile) -> list[Promise]:
        return self.promises.get(file.path, [])

    def _md5(self, file: DeliveredFile) -> bool:
        """Whether it is asked for: by whoever ingests, or by a listing that came with the file."""
        return self.options.md5 or any(one.kind == "md5" for one in self._promised(file))

    def _found(self, file: DeliveredFile, stored: Stored, watched: _Watched) -> bytes:
        found = watched.found()
        broken = [one.broken_by(getattr(stored, one.kind)) for one in self._promised(file)]
        return packed(replace(found, problem=" ".join(filter(None, [found.problem, *broken]))))


def packed(found: Inspected) -> bytes:
    return bytes(memoryview(orjson.dumps(vars(found))))  # what orjson gives holds several times its length


def _is_small(file: DeliveredFile) -> bool:
    return file.size <= SMALL_BYTES


def _place(file: DeliveredFile) -> tuple[str, str]:
    return file.directory, file.name


def held_of(mous_uid: str) -> dict[tuple[str, str], Product]:
    """The versions in force of the delivered files of a MOUS."""
    rows = Product.objects.filter(mous__uid=mous_uid, superseded_at=None, origin=Product.Origin.DELIVERED)
    return {(row.directory, row.name): row for row in rows}


def _damage(store: Store, held: Product, verify: bool) -> str:
    """What is wrong with the object of a row, as the rest of a sentence; its size costs one question."""
    try:
        size = store.size(held.key)
        if size != held.size:
            return f"had {size} bytes instead of {held.size}"
        if verify:
            store.fetch(held.key, None, held.sha256)
    except MissingObjectError:
        return "was missing"
    except CorruptObjectError:
        return "did not have its SHA-256"
    return ""
