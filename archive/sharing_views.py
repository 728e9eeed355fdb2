"""Pages of sharing: who has access to a project and what was done with it, an invitation, and what I was given."""

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from archive import access as rule
from archive import access_log, access_table, delegations, find, invitations, share, sharing, shown
from archive.errors import ArchiveError
from archive.invited import OtherAddressError
from archive.models import Delegation
from archive.on_behalf import may_act_for_pi

NO_FORM = dict.fromkeys(("guest", "mous", "role", "expires_at", "reason"), "")


@require_safe
def access(request, code):
    return _access_page(request, code)


@require_safe
def log(request, code):
    """The whole log as a file, or that of one person."""
    found = _project(request, code)
    lines = access_table.rows(found, person=_person(request))
    headers = {"Content-Disposition": f'attachment; filename="{found.code}.access.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def grant(request, code):
    """An e-mail address gets a letter, an account access at once; an account name with an @ takes the API."""
    form = {name: request.POST.get(name, "").strip().replace("\0", "") for name in NO_FORM}
    word = "address" if "@" in form["guest"] else "delegee"
    try:
        made = share.share(code, form | {word: form["guest"]}, by=request.user, now=request.now)
    except ArchiveError as error:
        return _access_page(request, code, error=error, form=form)
    if isinstance(made, Delegation):
        messages.success(request, f"{made.delegee} may have the data of {made.mous or made.project} from now on.")
    else:
        messages.success(request, f"A letter with an invitation was sent to {made.address}.")
    return redirect("access", made.project.code)


@require_POST
def revoke(request, pk):
    found = delegations.find(request.user, pk, request.now)
    ended = delegations.revoke(found, by=request.user, now=request.now, reason=request.POST.get("reason", ""))
    messages.success(request, f"{ended.delegee} has no more access by this delegation, effective now.")
    return redirect("access", ended.project.code)


@require_POST
def withdraw(request, pk):
    found = invitations.find(request.user, pk, request.now)
    invitations.withdraw(found, by=request.user, now=request.now, reason=request.POST.get("reason", ""))
    messages.success(request, f"The invitation to {found.address} was withdrawn.")
    return redirect("access", found.project.code)


@sensitive_variables("secret")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, secret):
    """GET shows what is offered, to whom it is offered; POST accepts it."""
    try:
        if request.method == "POST":
            return _accept(request, secret)
        offer = invitations.offered(secret, to=request.user, now=request.now)
    except OtherAddressError as error:
        status = error.status if request.user.is_authenticated else 200
        return render(request, "invitation.html", {"error": error}, status=status)
    return render(request, "invitation.html", {"offer": offer})


@require_safe
def shared(request):
    words = {
        "given": sharing.given_to(request.user, request.now),
        "past": sharing.taken_from(request.user, request.now),
        "assignments": sharing.assigned_to(request.user),
    }
    return render(request, "shared.html", words)


def _accept(request, secret):
    made = invitations.accept(secret, by=request.user, now=request.now)
    messages.success(request, f"You may have the data of {made.mous or made.project} from now on.")
    return redirect(made.mous or made.project)


def _project(request, code):
    found = find.project(code, request.user, request.now)
    sharing.require_view(request.user, found)
    return found


def _person(request):
    return request.GET.get("person", "").strip().replace("\0", "")


def _access_page(request, code, *, error=None, form=NO_FORM):
    found = _project(request, code)
    is_pi = rule.may_delegate(request.user, found)
    words = {
        "project": found,
        "rows": shown.all_mous(request.user, request.now).filter(gous__project=found),
        "public": sharing.public_mous(found, request.now),
        "is_pi": is_pi,
        "may_share": is_pi or may_act_for_pi(request.user),
        "with_access": sharing.with_access(found, request.now),
        "invited": sharing.invited(found, request.now),
        "past": sharing.past(found, request.now),
        "error": error,
        "form": form,
    }
    return render(request, "access.html", words | _log(request, found), status=error.status if error else 200)


def _log(request, found):
    """A page of the log; one that is not full is the last."""
    before, person = request.GET.get("before", ""), _person(request)
    number = int(before) if before.isdecimal() and len(before) < 19 else None
    events = access_log.of_project(found, before=number, person=person)
    older = events[-1].id if len(events) == access_log.PAGE else None
    return {"events": events, "older": older, "newer": number is not None, "person": person}
