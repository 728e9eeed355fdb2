"""Which products a reader is shown.  Their names and sizes are public; each row says whether its bytes are hers.

The lock of a row is computed by the very rule that guards its download, in the query that lists it.  What is hidden
from the reader is no row at all.
"""

import functools

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import BigIntegerField, Case, F, Q, UUIDField, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import Exact

from archive import access, repeated
from archive.errors import ArchiveError
from products.models import Product


class UnknownProductError(ArchiveError):
    status = 404
    code = "unknown-product"

    def __init__(self, product_id):
        super().__init__(f"There is no product {product_id} in this archive.", "List the products of its MOUS again.")


class UnknownVersionsError(ArchiveError):
    code = "unknown-versions"

    def __init__(self, word):
        super().__init__(f"{word!r} names no versions.", "Write versions=current or versions=all.")


def kept(now):
    """Rows whose bytes are still handed out."""
    return Q(withdrawn_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


def images():
    """FITS images of the source that the row names, by what was read in the file itself: a name proves nothing."""
    return Q(Exact(KeyTextTransform("object_key", "header"), F("source__key")))


def readable(user, now):
    """Products whose bytes `user` may have at `now`: those of the MOUSs that are hers, and open calibrator images."""
    return access.readable_by(user, now, via="mous") | access.open_calibrators(images())


def current_delivered(mous):
    """The delivered files that are in force: what a restore may be made from."""
    return Product.objects.filter(mous=mous, origin=Product.Origin.DELIVERED, superseded_at=None, withdrawn_at=None)


def known(user, now):
    """Every product that `user` may know of, also a superseded or withdrawn one, with its lock: `readable`."""
    is_open = Case(When(readable(user, now), then=True), default=False)  # a plain Q would be null where it is unknown
    return Product.objects.filter(access.visible_to(user, now, via="mous")).annotate(readable=is_open)


def permitted_rows(user, now):
    """Products whose bytes `user` may have at `now`."""
    return Product.objects.filter(readable(user, now))


def handed_out(user, now):
    """Products whose bytes `user` may have at `now`, and which are still kept."""
    return permitted_rows(user, now).filter(kept(now), quarantined_at=None)


def listed(user, now, *, every=False):
    """Current products; `every` also gives the versions that were superseded."""
    rows = known(user, now).filter(kept(now))
    in_force = rows if every else rows.filter(superseded_at=None)
    return in_force.order_by("origin", "directory", "name", "pk")


def every(versions: str | None) -> bool:
    """Whether the versions that are asked for are all: a word of the API."""
    if versions not in (None, "", "current", "all"):
        raise UnknownVersionsError(versions)
    return versions == "all"


def of_mous(mous, user, now, *, every=False):
    return listed(user, now, every=every).filter(mous=mous)


class OfMous:
    """The same as dicts of `columns`, for a paginator."""

    def __init__(self, mous, user, now, columns, *, every=False):
        self._mous, self._user, self._now, self._every = mous, user, now, every
        self._rows = _rows(access.has_account(user), settings.PUBLIC_CALIBRATOR_IMAGES, columns, every)

    def count(self):
        return of_mous(self._mous, self._user, self._now, every=self._every).count()

    def __getitem__(self, part):
        filled = {"mous": self._mous.pk, "reader": self._user.pk, "now": self._now}
        return self._rows.part(part.start, part.stop, **filled)


def of_request(request_id, user, now):
    """What a request has made, also where another took its place since."""
    return listed(user, now, every=True).filter(request_id=request_id)


def find(product_id, user, now):
    """One product, also a superseded or withdrawn one, with `readable`."""
    found = (
        known(user, now)
        .select_related("mous__gous__project", "eb", "source", "superseded_by")
        .filter(pk=product_id)
        .first()
    )
    if found is None:
        raise UnknownProductError(product_id)
    return found


def require(product_id):
    """One product, for who works on the server."""
    found = Product.objects.select_related("mous").filter(pk=product_id).first()
    if found is None:
        raise UnknownProductError(product_id)
    return found


def require_permitted(product_id, user, now):
    """The product, if `user` may have its bytes, kept or not; to whom it is hidden, it does not exist."""
    open_to_her = lock(product_id, user, now)
    if open_to_her is None:
        raise UnknownProductError(product_id)
    found = Product.objects.select_related("mous__gous__project").get(pk=product_id)
    if not open_to_her:
        raise access.refusal(found.mous)
    return found


def lock(product_id, user, now) -> bool | None:
    """Whether `user` may have the bytes, asked before every file; None: it is no row."""
    asked = _locks(access.has_account(user), settings.PUBLIC_CALIBRATOR_IMAGES)
    row = asked.first(product=product_id, reader=user.pk, now=now)
    return row and row[0]


@functools.cache
def _locks(account, calibrators):
    """For readers with an `account` and for others, under the setting as it is, which the rule reads as well."""
    rows = known(_some_reader(account), repeated.now()).filter(pk=repeated.Blank("product", UUIDField()))
    return repeated.Repeated(rows.order_by().values_list("readable"))


@functools.cache
def _rows(account, calibrators, columns, every):
    rows = listed(_some_reader(account), repeated.now(), every=every).filter(
        mous=repeated.Blank("mous", BigIntegerField())
    )
    return repeated.Repeated(rows.values(*columns))


def _some_reader(account):
    return repeated.Reader() if account else AnonymousUser()


def ground(user, product, now) -> access.Ground | None:
    """Why `user` may have the bytes of `product` at `now`, for the log; None where she may not."""
    if found := access.ground(user, product.mous, now):
        return found
    opened = Product.objects.filter(access.open_calibrators(images()), pk=product.pk).exists()
    return access.Ground(access.Rule.CALIBRATOR) if opened else None
