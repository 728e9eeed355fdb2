"""Pages of the archive: search, a project, and a group."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from archive import find, publications, sharing, shown, staff_views


@require_safe
def home(request):
    """Search; what names one thing leads straight to it."""
    text = request.GET.get("q", "").strip().replace("\0", "")
    found = find.search(text, request.user, request.now)
    if found.exact:
        return redirect(found.exact)
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
