"""Files whose bytes are known to be wrong: nobody gets them until staff have seen to it, or good bytes have come again.

The reason stays with the file after it is released, for whoever asks what happened.
"""

import hashlib
from datetime import datetime

from django.db import transaction

from archive import findings
from archive.errors import ArchiveError
from archive.models import Finding
from products.losses import CorruptObjectError, MissingObjectError
from products.models import Product
from products.store import Store, open_store

MISSING, SIZE, DIGEST = "object-missing", "size-differs", "digest-differs"  # codes of findings
DAMAGED = "damaged-file"  # its bytes are those that came, and no good
AT_ONCE_BYTES = 2**20  # read in one go: to fetch in parallel costs more than it saves


class StillDamagedError(ArchiveError):
    status = 409
    code = "still-damaged"

    def __init__(self, product, sentence):
        super().__init__(
            f"{product.name} stays quarantined: {sentence}",
            "Ingest its delivery again, which stores a good copy and releases it, or withdraw the file.",
        )


class NotQuarantinedError(ArchiveError):
    status = 409
    code = "not-quarantined"

    def __init__(self, product):
        super().__init__(f"{product.name} is not quarantined.", "Nothing was changed.")


def damage(key: str, size: int, sha256: str) -> tuple[str, str]:
    """Read all bytes under `key`: the code and the sentence of what is wrong, or two empty ones."""
    store = open_store()
    try:
        found = store.size(key)
        if found != size:
            return SIZE, f"Its object has {found} bytes in the store; {size} were put there."
        _read(store, key, size, sha256)
    except MissingObjectError:
        return MISSING, "Its object is not in the store."
    except CorruptObjectError:
        return DIGEST, "Its object does not have the SHA-256 it was stored with."
    return "", ""


def quarantine(product: Product, code: str, sentence: str, *, now: datetime) -> bool:
    """Hand its bytes to nobody, and tell staff; false when it was so already, or lies elsewhere by now."""
    with transaction.atomic():
        rows = Product.objects.filter(pk=product.pk, key=product.key, quarantined_at=None)
        if not rows.update(quarantined_at=now, quarantine_reason=sentence):
            return False
        findings.report(product.mous, code, f"{product.name} is quarantined. {sentence}", subject=str(product.pk))
        return True


def release(product: Product, *, reason: str, now: datetime) -> None:
    """Hand it out again.  All its bytes are read first: what is wrong still is released by nobody."""
    if not product.quarantined_at:
        raise NotQuarantinedError(product)
    _, sentence = damage(product.key, product.size, product.sha256)
    if sentence:
        raise StillDamagedError(product, sentence)
    if not lift(product, why=reason, now=now):
        raise NotQuarantinedError(product)


def lift(product: Product, *, why: str, now: datetime) -> bool:
    """Of one all of whose bytes the caller has read; false when it is not quarantined as it was any more."""
    kept = f"{product.quarantine_reason} Released {now:%Y-%m-%d}: {why}"
    read = now if product.checked_at else None  # its first reading fills in more (products/unread.py)
    with transaction.atomic():
        rows = Product.objects.filter(pk=product.pk, key=product.key, quarantined_at=product.quarantined_at)
        if not rows.update(quarantined_at=None, quarantine_reason=kept, checked_at=read):
            return False
        for code in (MISSING, SIZE, DIGEST, DAMAGED):
            findings.settle(product.mous, code, subject=str(product.pk))
        return True


def is_of_object(product: Product) -> bool:
    """Whether it is for what became of its object, and not for what was wrong with the file that came."""
    found = Finding.objects.filter(mous=product.mous_id, code__in=(MISSING, SIZE, DIGEST), subject=str(product.pk))
    return found.filter(sentence__endswith=product.quarantine_reason).exists()


def _read(store: Store, key: str, size: int, sha256: str) -> None:
    if size > AT_ONCE_BYTES:
        store.fetch(key, None, sha256)
    elif hashlib.sha256(b"".join(store.stream(key))).hexdigest() != sha256:
        raise CorruptObjectError(key)
