"""Which products a reader is shown.  Their names and sizes are public; each row says whether its bytes are hers.

The lock of a row is computed by the very rule that guards its download, in the query that lists it.
"""

from django.db.models import BooleanField, ExpressionWrapper, Q

from archive import access
from archive.errors import ArchiveError
from products.models import Product


class UnknownProductError(ArchiveError):
    status = 404
    code = "unknown-product"

    def __init__(self, product_id):
        super().__init__(f"There is no product {product_id} in this archive.", "List the products of its MOUS again.")


def kept(now):
    """Rows whose bytes are still handed out."""
    return Q(withdrawn_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


def current_delivered(mous):
    """The delivered files that are in force: what a restore may be made from."""
    return Product.objects.filter(mous=mous, origin=Product.Origin.DELIVERED, superseded_at=None, withdrawn_at=None)


def listed(user, now):
    """Current products with `readable`: whether `user` may have the bytes at `now`."""
    current = Product.objects.filter(kept(now), superseded_at=None)
    return _with_lock(current, user, now).order_by("origin", "directory", "name", "pk")


def of_mous(mous, user, now):
    return listed(user, now).filter(mous=mous)


def of_request(request_id, user, now):
    return listed(user, now).filter(request_id=request_id)


def find(product_id, user, now):
    """One product, also a superseded or withdrawn one, with `readable`."""
    rows = _with_lock(Product.objects.select_related("mous", "eb", "source"), user, now)
    found = rows.filter(pk=product_id).first()
    if found is None:
        raise UnknownProductError(product_id)
    return found


def _with_lock(rows, user, now):
    readable = ExpressionWrapper(access.readable_by(user, now, via="mous"), output_field=BooleanField())
    return rows.annotate(readable=readable)
