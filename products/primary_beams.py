"""Which corrected images of a MOUS lack their primary beam: marked while it is not there, unmarked when it comes."""

from django.db import connection

from archive.models import MemberOUS
from products import marks
from products.models import Product


def mark_missing(mous: MemberOUS) -> None:
    """Parts of a package come in any order, so what counts is all that is held of the MOUS now."""
    images = Product.objects.filter(mous=mous, origin=Product.Origin.DELIVERED, superseded_at=None).exclude(intent="")
    held = list(images.values_list("pk", "name", "marks"))
    lacking = set(marks.without_pb(name for _, name, _ in held))
    marked = {key for key, _, found in held if marks.NO_PB in found}
    wanted = {key for key, name, _ in held if name in lacking}
    _change("array_append", wanted - marked)
    _change("array_remove", marked - wanted)


def _change(how: str, keys: set) -> None:
    with connection.cursor() as cursor:
        statement = f"UPDATE products_product SET marks = {how}(marks, %s) WHERE id = ANY(%s)"  # noqa: S608 (ours)
        if keys:
            cursor.execute(statement, [marks.NO_PB, list(keys)])
