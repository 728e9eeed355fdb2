"""Pages on which staff follow ingestions: which run, how far they are, what came of them, and why one failed.

A run is of no project before its package is read, and its words may name one: so a run is shown to nobody whom a
project that it is of, or that it names, is hidden from.
"""

from django.core.paginator import Paginator
from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat, Replace, StrIndex
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive import access, access_table
from archive.errors import ArchiveError
from archive.models import MemberOUS, Project
from archive.staff import Role, has_role
from products import marks, renewal, runs
from products.models import IngestRun, Product

PAGE = 50
SHOWN = 200  # files of a kind


class UnknownRunError(ArchiveError):
    status = 404
    code = "unknown-run"

    def __init__(self, key):
        super().__init__(f"There is no ingest run {key}.", "The list of runs shows them all.")


@require_safe
def ingests(request):
    """The newest first, and the files that somebody should look at."""
    rows = known(request.user, request.now).select_related("mous__gous__project").order_by("-started_at")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page", "1").replace("\0", ""))
    for run in page:
        run.state = runs.state(run, request.now)
    of_hers = Product.objects.filter(access.visible_to(request.user, request.now, via="mous"), superseded_at=None)
    files = of_hers.select_related("mous").order_by("-stored_at")
    words = {
        "page": page,
        "quarantined": files.filter(quarantined_at__isnull=False)[:SHOWN],
        "unrecognised": files.filter(marks__contains=[marks.UNRECOGNISED])[:SHOWN],
    }
    return render(request, "staff/ingests.html", words)


@require_safe
def ingest(request, pk):
    run = find(pk, request.user, request.now)
    state = runs.state(run, request.now)
    taken = renewal.of_run(run) if run.mous and has_role(request.user, Role.ARCHIVE_SCIENTIST) else []
    if taken and request.GET.get("taken") == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{run.mous.name}.taken.csv"'}
        return StreamingHttpResponse(access_table.taken(taken), content_type="text/csv", headers=headers)
    words = {"run": run, "state": state, "may_go_on": state in runs.ENDED_BADLY, "taken": taken[:SHOWN], "shown": SHOWN}
    return render(request, "staff/ingest.html", words)


def find(key, user, now) -> IngestRun:
    """The run, or `UnknownRunError`, also for whom it is hidden from."""
    found = known(user, now).filter(pk=key).select_related("mous__gous__project").first()
    if found is None:
        raise UnknownRunError(key)
    return found


def known(user, now):
    hidden = MemberOUS.objects.exclude(access.visible_to(user, now))
    named = Replace(Replace("uid", Value("uid://"), Value("")), Value("/"), Value("_"))
    of_hidden = hidden.filter(Q(uid=OuterRef("mous_uid")) | Q(pk=OuterRef("mous")))
    names_mous = hidden.annotate(named=named, a=_where("named"), b=_where("uid")).filter(Q(a__gt=0) | Q(b__gt=0))
    projects = Project.objects.exclude(access.visible_projects(user, now))
    names_project = projects.annotate(a=_where("code")).filter(a__gt=0)
    words = Concat(Cast("sources", TextField()), Cast("options", TextField()), "reason", output_field=TextField())
    return IngestRun.objects.annotate(said=words).filter(
        ~Exists(of_hidden), ~Exists(names_mous), ~Exists(names_project)
    )


def _where(name):
    """The place of a name in the words of the run outside; 0 where it is not there."""
    return StrIndex(OuterRef("said"), F(name))
