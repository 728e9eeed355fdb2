"""Pages of decisions: the history for the PI and for staff, and the forms of who may decide.

A form names the decision it asks for.  A project that becomes hidden from who hid it is not shown to her again: she
goes on by its exact code, on the server.
"""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from archive import access, access_table, decide, find, recall, refusals
from archive.errors import ArchiveError
from archive.models import Decision, MemberOUS, Project, QAState
from archive.staff import Role, has_role, require_role

METHODS = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 100  # of what was taken; the file has all
UTC_FORM = "%Y-%m-%dT%H:%M:%S"


@METHODS
def of_mous(request, uid):
    found = find.mous(uid, request.user, request.now)
    words = {
        "mous": found,
        "states": [(state, state.capitalize()) for state in QAState.values if state],
        "release": found.release_at.strftime(UTC_FORM),
        "history": _history().filter(mous=found),
        "taken": recall.taken(found) if has_role(request.user, Role.ARCHIVE_SCIENTIST) else [],
    }
    if words["taken"] and request.GET.get("taken") == "csv":
        headers = {"Content-Disposition": f'attachment; filename="{found.name}.taken.csv"'}
        return StreamingHttpResponse(access_table.taken(words["taken"]), content_type="text/csv", headers=headers)
    words |= {"taken": words["taken"][:SHOWN], "shown": SHOWN}
    return _page(request, found, found.project, words)


@METHODS
def of_project(request, code):
    found = find.project(code, request.user, request.now)
    assigned = found.assignments.filter(ended_at=None)
    words = {
        "assigned": assigned.select_related("person", "assigned_by"),
        "assignable": decide.assignable().exclude(assignments__in=assigned).exclude(pk=request.user.pk),
        "history": _history().filter(project=found),
    }
    return _page(request, found, found, words)


@METHODS
def people(request):
    """Roles, for administrators."""
    require_role(request.user, Role.ADMINISTRATOR)
    staff = get_user_model().objects.filter(is_staff=True).prefetch_related("groups").order_by("username")
    words = {"staff": staff, "roles": Role, "history": _history().filter(about=Decision.About.ROLE), "shows_by": True}
    error = None
    if request.method == "POST":
        try:
            messages.success(request, _change_role(request))
            return redirect("roles")
        except ArchiveError as refusal:
            error = refusal
    sent = {"error": error, "sent": request.POST}
    return render(request, "staff/people.html", words | sent, status=error.status if error else 200)


def may_see(user, project) -> bool:
    """The PI, who was told, and everybody of the staff."""
    return access.may_delegate(user, project) or has_role(user, *Role)


def _history():
    return Decision.objects.select_related("by", "person", "mous").order_by("-at", "-pk")


def _page(request, found, project, words):
    if not may_see(request.user, project):
        raise refusals.NoDecisionsForYouError(project)
    error = None
    if request.method == "POST":
        try:
            messages.success(request, _decide(request, found))
            return _next_page(request, found, project)
        except ArchiveError as refusal:
            error = refusal
    words |= {
        "project": project,
        "may_decide": has_role(request.user, Role.ARCHIVE_SCIENTIST),
        "shows_by": has_role(request.user, *Role),
        "error": error,
        "sent": request.POST,
    }
    return render(request, f"staff/{_kind(found)}.html", words, status=error.status if error else 200)


def _kind(found):
    return "mous" if isinstance(found, MemberOUS) else "project"


def _next_page(request, found, project):
    """Back to the forms, unless the project is hidden from her by now."""
    known = Project.objects.filter(access.visible_projects(request.user, request.now), pk=project.pk)
    name = found.name if isinstance(found, MemberOUS) else found.code
    return redirect(f"{_kind(found)}-decisions", name) if known.exists() else redirect("home")


def _decide(request, found):
    """The sentence that says what was decided."""
    verb = FORMS[_kind(found)].get(request.POST.get("decision"))
    if verb is None:
        raise refusals.UnknownDecisionError
    sent, why = _sent(request)
    return verb(found, sent, **why)


def _sent(request):
    sent = {name: value.replace("\0", "").strip() for name, value in request.POST.items()}
    return sent, {"by": request.user, "reason": sent.get("reason", ""), "now": request.now}


def _release(mous, sent, **why):
    at = decide.moment(f"{sent.get('release_at', '').removesuffix('Z')}Z")
    return f"The release time is {decide.change_release(mous, at, **why).after} now."


def _take_back(mous, sent, **why):
    return f"The release time is {decide.change_release(mous, None, **why).after} now."


def _qa2(mous, sent, **why):
    return f"The QA2 state is {decide.change_qa2(mous, sent.get('state', ''), **why).after} now."


def _recall(mous, sent, **why):
    return f"{recall.recall(mous, **why).mous.uid} is recalled. Whoever has some of its data is told."


def _undo_recall(mous, sent, **why):
    return f"The data of {recall.undo(mous, **why).mous.uid} are handed out again."


def _pi(project, sent, **why):
    return f"The PI is {decide.change_pi(project, sent.get('alma_name', ''), **why).after} now."


def _confidential(project, sent, **why):
    return f"{project.code} is {decide.set_confidential(project, not project.confidential, **why).after} now."


def _assign(project, sent, **why):
    return f"{decide.assign(project, _person(sent), **why).person} is assigned now."


def _end(project, sent, **why):
    person = _person(sent)
    decide.end_assignment(project, person, **why)
    return f"{person} is no longer assigned."


def _change_role(request):
    sent, why = _sent(request)
    verb = {"appoint": decide.appoint, "dismiss": decide.dismiss}.get(sent.get("decision"))
    if verb is None:
        raise refusals.UnknownDecisionError
    made = verb(_person(sent), sent.get("role", ""), **why)
    return f"{made.person} is {made.after or 'not of the archive staff'} now."


def _person(sent):
    found = get_user_model().objects.filter(username=sent.get("person", "")).first()
    if found is None:
        raise refusals.UnknownPersonError(sent.get("person", ""))
    return found


FORMS = {
    "mous": {"release": _release, "take-back": _take_back, "qa2": _qa2, "recall": _recall, "undo-recall": _undo_recall},
    "project": {"pi": _pi, "confidential": _confidential, "assign": _assign, "end": _end},
}
