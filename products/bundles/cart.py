"""What a visitor has put together on several pages: keys of products and of MOUSs in her session, and nothing else.

What they name is looked up anew each time, by the rule of that moment: what she may not know of any more is no entry
and is not counted (docs/decisions/0034-a-cart-of-keys.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, Sum

from archive import access, find
from archive.errors import ArchiveError
from archive.models import MemberOUS
from products import listing
from products.bundles.selections import Selection, found_by
from products.models import Product

MOST_ENTRIES = 500
_PLACE = "cart"  # in the session
_KINDS = ("products", "mous")
_NONE = Q(readable=False)


class FullCartError(ArchiveError):
    status = 409
    code = "cart-full"

    def __init__(self):
        super().__init__(
            f"A cart has {MOST_ENTRIES} entries at most.",
            "Take something out, or put in whole MOUSs: each is one entry.",
        )


@dataclass(frozen=True)
class Cart:
    """As its owner may see it: `files`, `size` and `locked` are of all entries together, each file counted once."""

    products: list[Product]
    mous: list[MemberOUS]
    files: int
    size: int
    locked: int

    @property
    def entries(self) -> int:
        return len(self.products) + len(self.mous)


def add(session, wanted: Selection, *, by, now) -> None:
    """Put in what `by` may know of; `UnknownProductError`, `UnknownMousError` for anything else."""
    known = _known_products(wanted.products, by, now)
    if lost := [key for key in wanted.products if key not in known]:
        raise listing.UnknownProductError(lost[0])
    uids = {find.mous(text, by, now).uid for text in wanted.mous}
    if wanted.search is not None:
        uids |= found_by(wanted.search, by, now)
    held = selection(session, by=by, now=now)
    products, mous = dict.fromkeys([*held.products, *wanted.products]), dict.fromkeys([*held.mous, *sorted(uids)])
    if len(products) + len(mous) > MOST_ENTRIES:
        raise FullCartError
    session[_PLACE] = {"products": [str(key) for key in products], "mous": list(mous)}


def remove(session, products: Iterable[UUID], mous: Iterable[str]) -> None:
    gone = {*map(str, products), *mous}
    held = {kind: [key for key in _held(session)[kind] if key not in gone] for kind in _KINDS}
    if any(held.values()):
        session[_PLACE] = held
    else:
        empty(session)


def empty(session) -> None:
    session.pop(_PLACE, None)


def selection(session, *, by, now) -> Selection:
    """What is in it that `by` may know of, to make a bundle of."""
    held = _held(session)
    keys = [UUID(key) for key in held["products"]]
    known, uids = _known_products(keys, by, now), _known_mous(held["mous"], by, now)
    return Selection(
        products=[key for key in keys if key in known], mous=[mous for mous in held["mous"] if mous in uids]
    )


def count(session, *, by, now) -> int:
    """Entries, for the head of every page; nothing is asked of who has no cart."""
    if _PLACE not in session:
        return 0
    known = selection(session, by=by, now=now)
    return len(known.products) + len(known.mous)


def shown(session, *, by, now) -> Cart:
    held = selection(session, by=by, now=now)
    rows = listing.known(by, now)
    products = rows.filter(pk__in=held.products).select_related("mous").order_by("mous__uid", "directory", "name", "pk")
    current = Q(mous__uid__in=held.mous, superseded_at=None)
    of_all = rows.filter(current | Q(pk__in=held.products)).filter(listing.kept(now))
    told = of_all.aggregate(files=Count("pk"), bytes=Sum("size", default=0), locked=Count("pk", filter=_NONE))
    return Cart(list(products), _mous(held.mous, by, now), told["files"], told["bytes"], told["locked"])


def _mous(uids, by, now):
    """With their current files: how many, of how many bytes, and how many of them are locked to `by`."""
    rows = listing.listed(by, now).filter(mous__uid__in=uids).order_by().values("mous")
    counts = rows.annotate(files=Count("pk"), bytes=Sum("size"), locked=Count("pk", filter=_NONE))
    told = {row["mous"]: row for row in counts}
    found = list(MemberOUS.objects.filter(uid__in=uids).select_related("gous__project").order_by("uid"))
    for mous in found:
        row = told.get(mous.pk, {})
        mous.files, mous.bytes, mous.locked = (row.get(name, 0) for name in ("files", "bytes", "locked"))
    return found


def _known_products(keys, by, now) -> set[UUID]:
    return set(listing.known(by, now).filter(pk__in=keys).order_by().values_list("pk", flat=True))


def _known_mous(uids, by, now) -> set[str]:
    rows = MemberOUS.objects.filter(access.visible_to(by, now), uid__in=uids)
    return set(rows.order_by().values_list("uid", flat=True))


def _held(session) -> dict[str, list[str]]:
    return session.get(_PLACE, {kind: [] for kind in _KINDS})
