"""The index and the store held against each other, key by key: what both have, what one lacks, what differs.

Both sides come sorted and are read side by side, so neither has to fit into memory.  Either may change meanwhile and a
store may sort in its own way: whatever looks wrong is asked for once more, by its key, before it is told.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from products import behind, keys, quarantine
from products.keys import Named
from products.losses import MissingObjectError
from products.models import Product
from products.store import OLD_SIDECAR, open_store


class Kind(StrEnum):
    FINE = "fine"
    MISSING = "missing-object"
    ORPHAN = "orphan-object"
    SIZE = "wrong-size"
    DIGEST = "wrong-digest"


CODES = {Kind.MISSING: quarantine.MISSING, Kind.SIZE: quarantine.SIZE, Kind.DIGEST: quarantine.DIGEST}
KINDS = {code: kind for kind, code in CODES.items()}


@dataclass(frozen=True)
class Listed:
    key: str
    changed: datetime
    size: int


@dataclass(frozen=True)
class Fault:
    """One key that is not fine; `model` and `row` are empty for an orphan."""

    kind: Kind
    key: str
    sentence: str
    model: str = ""
    row: str = ""
    repaired: bool = False

    def told(self) -> dict:
        return asdict(self)


@dataclass
class Found:
    """What an audit has seen so far; `young` objects without a row may belong to work that is not done yet."""

    began: datetime = field(default_factory=timezone.now)
    counts: Counter = field(default_factory=Counter)
    young: int = 0
    foreign: int = 0  # objects that others have put there, and that no row names: none of our business

    @property
    def sound(self) -> bool:
        return not any(self.counts[kind] for kind in Kind if kind is not Kind.FINE)


@dataclass(frozen=True)
class Audit:
    """How to look: `digests` reads every byte, `repair` quarantines what is wrong and deletes old orphans."""

    digests: bool = False
    repair: bool = False

    def faults(self, found: Found) -> Iterator[Fault]:
        """Raises `IndexBehindError` before anything is repaired, where orphans may be files that the index lost."""
        if self.repair:
            behind.require_whole()
        return self._faults(found)

    def _faults(self, found: Found) -> Iterator[Fault]:
        for row, listed in joined(keys.in_order(), _listing()):
            fault = self._of_row(row, listed) if row else self._orphan(listed, found)
            if fault:
                found.counts[fault.kind] += 1
                yield fault
            elif row and (listed or not row.may_lack):
                found.counts[Kind.FINE] += 1

    def _of_row(self, row: Named, listed: Listed | None) -> Fault | None:
        kind, sentence = self._wrong(row, listed)
        if kind is None or (listed is None and row.may_lack) or not _still(row):
            return None
        return Fault(kind, row.key, sentence, row.model, row.row, self.repair and _quarantined(row, kind, sentence))

    def _wrong(self, row: Named, listed: Listed | None) -> tuple[Kind | None, str]:
        size = listed.size if listed else _size(row.key)
        if size is None:
            return Kind.MISSING, "Its object is not in the store."
        if row.size is not None and size != row.size:
            return Kind.SIZE, f"Its object has {size} bytes in the store; {row.size} were put there."
        if self.digests and row.sha256:
            code, sentence = quarantine.damage(row.key, size, row.sha256)
            return KINDS.get(code), sentence
        return None, ""

    def _orphan(self, listed: Listed, found: Found) -> Fault | None:
        if row := keys.of([listed.key]).get(listed.key):
            return self._of_row(row, listed)  # written meanwhile, or the store has an order of its own
        if not keys.is_ours(listed.key):
            found.foreign += 1
            return None
        if listed.changed > found.began - timedelta(hours=settings.ORPHAN_GRACE_HOURS):
            found.young += 1
            return None
        if self.repair:
            open_store().delete(listed.key)
        sentence = f"No row names it; it has {listed.size} bytes and is of {listed.changed:%Y-%m-%d}."
        return Fault(Kind.ORPHAN, listed.key, sentence, repaired=self.repair)


def joined(
    rows: Iterator[Named], listing: Iterator[Listed]
) -> Iterator[tuple[Named, Listed | None] | tuple[None, Listed]]:
    """Pairs of equal keys, and each side alone where the other lacks; both sorted by the bytes of their keys."""
    row, listed = next(rows, None), next(listing, None)
    while row or listed:
        if row and (listed is None or row.key <= listed.key):
            same = listed is not None and listed.key == row.key
            yield row, listed if same else None
            row, listed = next(rows, None), next(listing, None) if same else listed
        elif listed:
            yield None, listed
            listed = next(listing, None)


def _listing() -> Iterator[Listed]:
    """A sidecar of earlier versions goes with its object."""
    for key, changed, size in open_store().listing():
        if not key.endswith(OLD_SIDECAR):
            yield Listed(key, changed, size)  # type: ignore[arg-type]


def _still(row: Named) -> bool:
    """Whether the row says so still: it may be gone, or its object lie elsewhere by now."""
    return keys.of([row.key]).get(row.key) == row


def _size(key: str) -> int | None:
    try:
        return open_store().size(key)
    except MissingObjectError:
        return None


def _quarantined(row: Named, kind: Kind, sentence: str) -> bool:
    """Only files are; a preview is made again, and a sidecar written again, by their own commands."""
    if row.model != "products.Product":
        return False
    product = Product.objects.select_related("mous").filter(pk=row.row).first()
    return product is not None and quarantine.quarantine(product, CODES[kind], sentence, now=timezone.now())
