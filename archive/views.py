"""The first page, with the box for anything, and the pages of a project and of a group."""

import re

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from archive import find, publications, search_links, sharing, shown, staff_views, uids

# What can only be a code or its beginning; names and positions go to the search.
CODE = re.compile(r"20\d\d(\.[0-9A-Z](\.[0-9A-Z.]*)?)?", re.ASCII | re.IGNORECASE)


@require_safe
def home(request):
    """What names one thing leads straight to it, a part of a code to those that have it, all else to the search."""
    text = request.GET.get("q", "").strip().replace("\0", "")
    found = find.search(text, request.user, request.now)
    if found.exact:
        return redirect(found.exact)
    if text and not found.projects and not uids.names_mous(text) and not CODE.fullmatch(text):
        return redirect(search_links.address("search", {}, q=text))
    return render(request, "home.html", {"text": text, "projects": found.projects})


@require_safe
def project(request, code):
    found = shown.project(code, request.user, request.now)
    known = request.user.is_authenticated
    words = {
        "project": found,
        "publications": publications.named(found.publications),
        "shows_decisions": staff_views.may_see(request.user, found),
        "shows_access": known and sharing.may_view(request.user, found),
        "given": sharing.given_to(request.user, request.now, project=found) if known else [],
    }
    return render(request, "project.html", words)


@require_safe
def gous(request, uid):
    return render(request, "gous.html", {"gous": shown.gous(uid, request.user, request.now)})
