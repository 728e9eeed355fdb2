"""Which corrected images of a MOUS lack their primary beam: marked while it is not there, unmarked when it comes."""

from archive.models import MemberOUS
from products import marks
from products.models import Product


def mark_missing(mous: MemberOUS) -> None:
    """Parts of a package come in any order, so what counts is all that is held of the MOUS now."""
    images = Product.objects.filter(mous=mous, origin=Product.Origin.DELIVERED, superseded_at=None).exclude(intent="")
    held = list(images.only("name", "marks"))
    lacking = set(marks.without_pb(one.name for one in held))
    changed = [one for one in held if (one.name in lacking) != (marks.NO_PB in one.marks)]
    for one in changed:
        others = [mark for mark in one.marks if mark != marks.NO_PB]
        one.marks = [*others, marks.NO_PB] if one.name in lacking else others
    Product.objects.bulk_update(changed, ["marks"], batch_size=1000)
