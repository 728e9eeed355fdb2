"""Pages of bundles: buttons of other pages make one, and its own page leads to its archives, lists and script."""

from django.conf import settings
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from products.bundles import contents, making, selections
from products.bundles.api import addresses, product_key


@require_POST
def make(request):
    """Of what a form names: products one by one, MOUSs, or all that a search finds."""
    sent = request.POST
    selection = selections.Selection(
        products=[product_key(word) for word in sent.getlist("products")],
        mous=sent.getlist("mous"),
        search=sent.get("search"),
    )
    ids = selections.ids(selection, by=request.user, now=request.now)
    made = making.make(ids, by=request.user, now=request.now)
    return redirect("bundle-page", made.bundle.pk)


@require_safe
def page(request, pk):
    """What is in a bundle and what was left out, for whoever may have all of it."""
    found = making.find(pk)
    opened = contents.opened(found, by=request.user, now=request.now)
    words = {
        "bundle": found,
        "files": len(opened.files),
        "superseded": making.superseded(opened.files),
        "left_out": making.left_out(found, by=request.user, now=request.now),
        "addresses": addresses(found),
        "site": settings.SITE_URL,
    }
    return render(request, "bundle.html", words)
