"""Files of which the archive knows only what was promised: how they are registered, and what their first reading tells.

Until then such a file has no header, no checksums of blocks and no time of a check, so that the fixity check reads it
before any other, and it says so by a mark.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from products import marks, quarantine
from products.delivered import DeliveredFile
from products.digests import BLOCK_BYTES, Digests
from products.fits import Inspected, Inspection
from products.in_place import OverwrittenError
from products.losses import MissingObjectError
from products.models import Blocks, Product
from products.promised import Promised
from products.sources import StoredFile
from products.store import Stored, open_store
from products.storing import Kept, packed

_UNREAD = packed(Inspected(marks=[marks.UNREAD]))


def as_promised(files: Iterable[DeliveredFile], held: dict, promised: dict[StoredFile, Promised]) -> dict[str, Kept]:
    """Each file by its place, as its listing says; nothing of it is read."""
    return {file.place: _promised(file, held.get((file.directory, file.name)), promised[file.source]) for file in files}


def _promised(file: DeliveredFile, held: Product | None, said: Promised) -> Kept:
    if held is not None and held.sha256 == said.sha256:
        return Kept(Stored(held.key, held.size, held.sha256), "unchanged", is_read=False, is_checked=False)
    if held is not None and held.key == file.source.key:
        raise OverwrittenError(held.key)
    stored = Stored(file.source.key, file.size, said.sha256, said.crc32, md5=said.md5)
    return Kept(stored, "changed" if held else "new", packed=_UNREAD, is_read=False, is_checked=False)


def read_first(product: Product, now: datetime) -> tuple[str, str]:
    """Read all of it and keep what is found: the code and the sentence of what is wrong, or two empty ones."""
    inspection, digests = Inspection(product.name, product.size), Digests(md5=bool(product.md5))
    try:
        if (size := open_store().size(product.key)) != product.size:
            return quarantine.SIZE, f"Its object has {size} bytes in the store; {product.size} were there."
        for piece in open_store().stream(product.key, 0, product.size):
            digests.update(piece)
            inspection.update(piece)
    except MissingObjectError:
        return quarantine.MISSING, "Its object is not in the store."
    if broken := _broken_promises(product, digests):
        return quarantine.DIGEST, f"Its bytes are not those that were promised: another {broken}."
    found = inspection.result()
    _keep(product, digests, found, now)
    return (quarantine.DAMAGED, found.problem) if found.problem else ("", "")


def _broken_promises(product: Product, found: Digests) -> str:
    """Which of the promised checksums its bytes do not have."""
    said = {"SHA-256": product.sha256, "CRC-32": product.crc32, "MD5": product.md5 or None}
    seen = {"SHA-256": found.sha256, "CRC-32": found.crc32, "MD5": found.md5}
    return " and ".join(kind for kind, promised in said.items() if promised not in (None, seen[kind]))


def _keep(product: Product, digests: Digests, found: Inspected, now: datetime) -> None:
    seen = [mark for mark in product.marks if mark != marks.UNREAD]
    news = {"header": found.header, "crc32": digests.crc32, "marks": [*seen, *found.marks], "checked_at": now}
    with transaction.atomic():
        if Product.objects.filter(pk=product.pk, key=product.key, checked_at=None).update(**news):
            blocks = {"block_bytes": BLOCK_BYTES, "crcs": digests.blocks}
            Blocks.objects.get_or_create(product=product, defaults=blocks)
