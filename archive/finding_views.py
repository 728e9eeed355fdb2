"""Pages on which staff see what is wrong: open findings, the oldest first, and what readers have reported.

Of a confidential project they show nothing to whom it is hidden from, and filters look among the rest alone.
"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from archive import access, problems
from archive.errors import ArchiveError
from archive.models import Finding

PAGE = 50
ASKED = ("code", "project", "settled", "page")


@require_safe
def findings(request):
    """What is of no MOUS is of the whole index, and for all who see findings."""
    asked = {name: request.GET.get(name, "").replace("\0", "").strip() for name in ASKED}
    known = Q(mous=None) | access.visible_to(request.user, request.now, via="mous")
    rows = Finding.objects.filter(known).select_related("mous__gous__project")
    reports = problems.known(request.user, request.now)
    if not asked["settled"]:
        rows, reports = rows.filter(settled_at=None), reports.filter(settled_at=None)
    codes = sorted(set(rows.order_by().values_list("code", flat=True)))
    if asked["project"]:
        of_project = Q(mous__gous__project__code__iexact=asked["project"])
        rows, reports = rows.filter(of_project), reports.filter(of_project)
    if asked["code"]:
        rows = rows.filter(code=asked["code"])
    page = Paginator(rows.order_by("found_at", "pk"), PAGE).get_page(asked["page"] or 1)
    words = {"page": page, "reports": reports.order_by("reported_at"), "codes": codes, "asked": asked}
    return render(request, "staff/findings.html", words)


@require_http_methods(["GET", "HEAD", "POST"])
def problem(request, pk):
    """One report, with what was known when it came, and the form for the answer."""
    found, error = problems.find(pk, request.user, request.now), None
    if request.method == "POST":
        try:
            problems.answer(found, request.POST.get("answer", ""), by=request.user, now=request.now)
            messages.success(request, f"Report {found.pk} is answered.")
            return redirect("findings")
        except ArchiveError as refusal:
            error = refusal
    words = {"report": found, "error": error, "sent": request.POST}
    return render(request, "staff/problem.html", words, status=error.status if error else 200)
