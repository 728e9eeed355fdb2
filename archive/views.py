"""Pages of the archive: search, a project, and who the PI shares it with."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from archive import access, delegations, find, shown
from archive.errors import ArchiveError


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
    return _project_page(request, code)


@require_POST
def grant(request, code):
    name = request.POST.get("delegee", "").strip().replace("\0", "")
    try:
        wanted = find.project(code, request.user, request.now)
        made = delegations.grant(wanted, name, by=request.user, now=request.now)
    except ArchiveError as error:
        return _project_page(request, code, error=error, name=name)
    messages.success(request, f"{made.delegee} may have the data of {made.project} from now on.")
    return redirect(made.project)


@require_POST
def revoke(request, pk):
    ended = delegations.revoke(delegations.find(request.user, pk), by=request.user, now=request.now)
    messages.success(request, f"{ended.delegee} has no more access to proprietary data of {ended.project}.")
    return redirect(ended.project)


def _project_page(request, code, *, error=None, name=""):
    found = shown.project(code, request.user, request.now)
    words = {
        "project": found,
        "is_pi": access.may_delegate(request.user, found),
        "delegees": delegations.in_force(found),
        "error": error,
        "name": name,
    }
    return render(request, "project.html", words, status=error.status if error else 200)
