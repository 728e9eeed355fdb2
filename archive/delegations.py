"""The PI gives her project's data to people by name, and takes them back.  Both take effect at once.

Staff with the role archive scientist may do it for her, with a reason, and she is told.  Nobody gives anything to
herself.  There is one row in force for a person and a scope; who gets other terms gets another row, and the one
before it ends.
"""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from archive import access
from archive.errors import ArchiveError
from archive.models import Delegation, DelegationRole, Project
from archive.on_behalf import may_act_for_pi, require_entitled, tell
from archive.terms import Terms


class UnknownAccountError(ArchiveError):
    code = "unknown-account"

    def __init__(self, name):
        super().__init__(
            f"There is no account {name} here.",
            "Ask the person for the exact name they log in with, in which case counts, or invite them by e-mail.",
        )


class OwnDelegationError(ArchiveError):
    code = "own-delegation"

    def __init__(self, project):
        super().__init__(f"The PI of {project.code} has its data already.", "Name somebody else as delegee.")


class SelfDelegationError(ArchiveError):
    """Staff read proprietary data by an assignment, and never by their own leave."""

    status = 403
    code = "self-delegation"

    def __init__(self, project):
        super().__init__(
            f"You cannot give yourself the data of {project.code}.", "Ask another archive scientist for an assignment."
        )


class UnknownDelegationError(ArchiveError):
    status = 404
    code = "unknown-delegation"

    def __init__(self, number):
        super().__init__(f"You have no delegation {number}.", "List yours to see their numbers.")


def soonest_end(delegee, now):
    """When the first of those to `delegee` that end by themselves after `now` does, as a subquery."""
    lasting = Delegation.objects.filter(delegee=delegee, revoked_at=None, expires_at__gt=now)
    return lasting.order_by("expires_at").values("expires_at")[:1]


def grant(project, delegee, *, by, now, mous=None, role=DelegationRole.PROCESS, expires_at=None, reason=""):
    """Let the account named `delegee` have the data of `project`; granting what is granted changes nothing."""
    with transaction.atomic():
        project = locked(project)
        require_entitled(project, by, reason)
        terms = Terms(project, mous, role, expires_at, reason.strip())
        terms.require_possible(now)
        made, new = give(terms, _person(delegee), by=by, now=now)
        if new:
            sentence = f"{by} gave {made.delegee} access for you: {terms}."
            facts = {"person": made.delegee, "mous": mous, "after": str(terms)}
            tell(project, sentence, by=by, now=now, reason=reason, **facts)
    return made


def give(terms, person, *, by, now, invitation=None):
    """The row that gives `terms` to `person`, and whether it is new.  The caller holds the project `locked`."""
    require_other(terms.project, person, by)
    scope = {"project": terms.project, "mous": terms.mous, "delegee": person}
    standing = Delegation.objects.filter(**scope, revoked_at=None).first()
    if standing and standing.role == terms.role and standing.expires_at == terms.expires_at:
        return standing, False  # an end that was asked for now has not passed, so this one is in force
    if standing:
        _end(standing, by, now)
    facts = {"delegee": person, "granted_by": by, "granted_at": now, "invitation": invitation}
    return Delegation.objects.create(**terms.as_columns(), **facts), True


def revoke(delegation, *, by, now, reason=""):
    """End `delegation`; the row stays as the record of who had access from when to when."""
    with transaction.atomic():
        project = locked(delegation.project)
        require_entitled(project, by, reason)
        if not over(delegation, now) and _end(delegation, by, now):
            terms = Terms.of(delegation)
            sentence = f"{by} ended for you the access of {delegation.delegee}: {terms}."
            facts = {"person": delegation.delegee, "mous": delegation.mous, "before": str(terms)}
            tell(project, sentence, by=by, now=now, reason=reason, **facts)
    delegation.refresh_from_db()
    return delegation


def of(user, now):
    """Every delegation that `user` gave as PI or received, ended ones too, of projects she may (still) know of."""
    mine = Q(project__pi__user=user) | Q(granted_by=user) | Q(delegee=user)
    return _known(user, now).filter(mine)


def find(user, number, now):
    """The delegation `number` among those `user` may see; archive scientists act on all, for the PI."""
    seen = _known(user, now) if may_act_for_pi(user) else of(user, now)
    found = seen.filter(pk=number).first()
    if found is None:
        raise UnknownDelegationError(number)
    return found


def over(delegation, now):
    """Whether `delegation` gives nothing any more, for it was ended or has expired."""
    return delegation.revoked_at is not None or bool(delegation.expires_at and delegation.expires_at <= now)


def locked(project):
    """The row of `project` as it is now, held to the end of the transaction: its grants are made one by one.

    A change of PI waits for them too, so nobody gives away what she has just lost.  The PI is not read with the row:
    what came with it would be as it was before the waiting.
    """
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _person(name):
    person = get_user_model().objects.filter(username=name, is_active=True).first()
    if person is None:
        raise UnknownAccountError(name)
    return person


def _known(user, now):
    """Rows of projects that `user` may know of."""
    rows = Delegation.objects.filter(access.visible_projects(user, now, via="project"))
    return rows.select_related("project__pi", "mous", "delegee", "granted_by", "revoked_by")


def require_other(project, person, by):
    if project.pi is not None and project.pi.user_id == person.pk:
        raise OwnDelegationError(project)
    if person == by:
        raise SelfDelegationError(project)


def _end(delegation, by, now):
    rows = Delegation.objects.filter(pk=delegation.pk, revoked_at=None)
    return rows.update(revoked_at=now, revoked_by=by)
