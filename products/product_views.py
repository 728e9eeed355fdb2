"""The page of one product: what it is, which version of its file, what became of it, and previews for whom they are."""

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive.errors import ArchiveError
from products import download, listing, marks, slots, versions, withdraw
from products.previews import shown


@require_safe
def page(request, pk):
    product = listing.find(pk, request.user, request.now)
    refusal = _refusal(product, request)
    words = {
        "product": product,
        "mous": product.mous,
        "refusal": refusal,
        "odd": marks.sentences(product) if product.readable else [],
        "seen": None if refusal else shown.of_product(pk, by=request.user, now=request.now),
        "replaceable": slots.replaceable(product, request.user),
        "days_kept": settings.WITHDRAWN_DAYS if withdraw.is_offered(product, request.user) else None,
        "back_until": withdraw.kept_until(product) if withdraw.may_bring_back(product, request.user) else None,
        "address": settings.SITE_URL + download.address(product.pk, product.name),
    }
    return render(request, "product.html", words | _versions(product, request))


def _refusal(product, request) -> ArchiveError | None:
    """Why its bytes are not handed out to the reader, in the words of the file's own answer; None if they are."""
    try:
        download.permitted(product.pk, by=request.user, now=request.now)
    except ArchiveError as error:
        return error
    return None


def _versions(product, request):
    """All versions of the file that are kept, newest first, and the one in force if this is not it."""
    rows = versions.of_file(product, request.user, request.now)
    for row in rows:
        row.words = versions.sentence(row)
    in_force = next((row for row in rows if row.superseded_at is None), None)
    return {
        "versions": rows if len(rows) > 1 or product.superseded_at else [],
        "became": versions.sentence(product),
        "in_force": in_force if product.superseded_at else None,
    }
