"""What is told of a product that is replaced, withdrawn or brought back: to who took some of it, its holder and the PI.

One letter each for one change, and none to who did it.  As with new deliveries (products/renewal.py), who may
not have the data by now is told of the change alone, and who may no longer know of the MOUS is told nothing.
"""

from collections import defaultdict

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.urls import reverse

from archive import arrivals, notices, recall
from archive.models import MemberOUS
from products import listing
from products.models import Product, ProductChange

What = ProductChange.What
WORDS = {
    What.WITHDRAWN: "was withdrawn: nobody can download it any more. Please do not use your copies.",
    What.BROUGHT_BACK: "was withdrawn, and is handed out again as it was.",
}


def still(mous_id) -> None:
    """Nothing of this MOUS is taken until the transaction ends: it is taken before, and told, or after the change.

    Before any place and any row of a product is locked or written, or two who do so wait for each other.
    """
    MemberOUS.objects.select_for_update(of=("self",)).get(pk=mous_id)


def tell(change: ProductChange) -> None:
    """In the transaction of the change, after all of its rows are written."""
    mous, took = change.product.mous, _taken(change)
    pi = mous.project.pi and mous.project.pi.user_id
    told = get_user_model().objects.filter(pk__in={pi, change.holder_id, *took} - {None}, is_active=True)
    for person in told.exclude(pk=change.by_id).order_by("pk"):
        words = _words(change, person, took[person.pk])
        subject = arrivals.TAKEN if took[person.pk] else arrivals.RENEWED
        if words:
            notices.write(person, subject, words, project=mous.project, arrived=mous, written_at=change.at)


def _taken(change) -> dict:
    """Account -> keys of what it took of the product and of what goes with it."""
    gone = Product.objects.filter(Q(pk=change.product_id) | Q(companion_of=change.product_id)).values("pk")
    took = defaultdict(set)
    records = recall.taken(change.product.mous).filter(subject__in=gone, person__isnull=False).order_by()
    for person, subject in records.values_list("person", "subject").distinct():
        took[person].add(subject)
    return took


def _words(change, person, keys) -> str:
    """Nothing to whom it is hidden by now."""
    known = listing.known(person, change.at).select_related("superseded_by", "mous__gous__project")
    product = known.filter(pk=change.product_id).first()
    if product is None:
        return ""
    whose = "that you took from the archive" if keys else f"of your project {product.mous.project.code}"
    if not keys and change.holder_id == person.pk:
        whose = "that was made for you"
    took = "".join(f"* {name}\n" for name in known.filter(pk__in=keys).order_by("name").values_list("name", flat=True))
    paragraphs = [
        f"The file {product.name} of the MOUS {product.mous.uid} {whose} {_became(change, product)}",
        f"You took:\n{took}".strip() if keys else "",
        f"The reason: {change.reason}" if change.reason and product.readable else "",
        f"{settings.SITE_URL}{reverse('product-page', args=[product.pk])}",
    ]
    return "\n\n".join(part for part in paragraphs if part) + "\n"


def _became(change, product) -> str:
    if change.what != What.SUPERSEDED:
        return WORDS[change.what]
    return (
        f"was replaced: it is version {product.version}, and version {product.superseded_by.version} is in force now."
    )
