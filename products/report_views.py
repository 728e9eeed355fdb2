"""The page on which a reader reports a problem with a MOUS, and finds the answers to what she reported before."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from archive import find, problems
from archive.errors import ArchiveError
from products.problems import report as keep


@require_http_methods(["GET", "HEAD", "POST"])
def report(request, uid):
    found, error = find.mous(uid, request.user, request.now), None
    if request.method == "POST":
        try:
            made = keep(found, request.POST.get("text", ""), by=request.user, now=request.now)
            messages.success(request, f"Your report {made.pk} is with the archive's staff; they answer by e-mail.")
            return redirect("report", found.name)
        except ArchiveError as refusal:
            error = refusal
    words = {"mous": found, "reports": problems.own(request.user, found), "error": error, "sent": request.POST}
    return render(request, "report.html", words, status=error.status if error else 200)
