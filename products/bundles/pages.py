"""Pages of bundles: buttons of other pages make one, and its own page leads to its archives, lists and script."""

from django.conf import settings
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from archive.models import MemberOUS
from products.bundles import cart, contents, making, selections
from products.bundles.api import addresses, product_key

MOST_NAMED = 20  # MOUSs of one bundle


@require_POST
def make(request):
    """Of what a form names (products one by one, MOUSs, all that a search finds), or of what is in the cart."""
    reader = {"by": request.user, "now": request.now}
    chosen = cart.selection(request.session, **reader) if "cart" in request.POST else named(request.POST)
    ids = selections.ids(chosen, **reader)
    made = making.make(ids, by=request.user, now=request.now)
    return redirect("bundle-page", made.bundle.pk)


def named(sent) -> selections.Selection:
    """What the fields of a form name."""
    products = [product_key(word) for word in sent.getlist("products")]
    return selections.Selection(products=products, mous=sent.getlist("mous"), search=sent.get("search"))


@require_safe
def page(request, pk):
    """What is in a bundle and what was left out, for whoever may have all of it."""
    found = making.find(pk)
    opened = contents.opened(found, by=request.user, now=request.now)
    rows = MemberOUS.objects.filter(uid__in={file.mous for file in opened.files})
    mous = list(rows.select_related("gous__project").order_by("uid"))
    words = {
        "bundle": found,
        "files": len(opened.files),
        "mous": mous[:MOST_NAMED],
        "mous_more": len(mous[MOST_NAMED:]),
        "superseded": making.superseded(opened.files),
        "left_out": making.left_out(found, by=request.user, now=request.now),
        "addresses": addresses(found),
        "site": settings.SITE_URL,
    }
    return render(request, "bundle.html", words)
