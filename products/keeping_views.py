"""The page on which staff see how the bytes are kept: when they were last read, what is bad, what the store can do.

Numbers are of the files that the reader may know of.
"""

from datetime import timedelta

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive import access
from products import fixity, store_report
from products.models import Product


@require_safe
def keeping(request):
    hers = access.visible_to(request.user, request.now, via="mous")
    standing = fixity.standing(request.now, hers)
    words = {
        "standing": standing,
        "age": (request.now - standing.oldest).days if standing.oldest else None,
        "allowed": timedelta(days=settings.FIXITY_DAYS).days,
        "quarantined": Product.objects.filter(hers, quarantined_at__isnull=False).count(),
        "report": store_report.last(),
    }
    return render(request, "staff/keeping.html", words)
