"""The PI gives her project's data to people by name, and takes them back.  Both take effect at once."""

from django.contrib.auth import get_user_model
from django.db.models import Q

from archive import access
from archive.errors import ArchiveError
from archive.models import Delegation


class NotPIError(ArchiveError):
    status = 403
    code = "not-the-pi"

    def __init__(self, project):
        super().__init__(
            f"Only the PI of {project.code} can give or take away access to its data.", "Ask the PI to do it."
        )


class UnknownAccountError(ArchiveError):
    code = "unknown-account"

    def __init__(self, name):
        super().__init__(
            f"There is no account {name} here.", "Ask the person for the exact name they log in with; case counts."
        )


class OwnDelegationError(ArchiveError):
    code = "own-delegation"

    def __init__(self, project):
        super().__init__(
            f"You are the PI of {project.code} and have its data already.", "Name somebody else as delegee."
        )


class UnknownDelegationError(ArchiveError):
    status = 404
    code = "unknown-delegation"

    def __init__(self, number):
        super().__init__(f"You have no delegation {number}.", "List yours to see their numbers.")


def grant(project, delegee, *, by, now):
    """Let the account named `delegee` have the data of `project`; granting what is granted changes nothing."""
    _require_pi(project, by)
    person = get_user_model().objects.filter(username=delegee, is_active=True).first()
    if person is None:
        raise UnknownAccountError(delegee)
    if person == by:
        raise OwnDelegationError(project)
    facts = {"granted_by": by, "granted_at": now}
    return Delegation.objects.get_or_create(project=project, delegee=person, revoked_at=None, defaults=facts)[0]


def revoke(delegation, *, by, now):
    """End `delegation`; the row stays as the record of who had access from when to when."""
    _require_pi(delegation.project, by)
    Delegation.objects.filter(pk=delegation.pk, revoked_at=None).update(revoked_at=now, revoked_by=by)
    delegation.refresh_from_db()
    return delegation


def of(user):
    """Every delegation that `user` gave as PI or received, ended ones too."""
    return Delegation.objects.filter(Q(project__pi__user=user) | Q(granted_by=user) | Q(delegee=user)).distinct()


def in_force(project):
    return project.delegations.filter(revoked_at=None).select_related("delegee")


def find(user, number):
    """The delegation `number` among those `user` may see."""
    found = of(user).select_related("project__pi", "delegee").filter(pk=number).first()
    if found is None:
        raise UnknownDelegationError(number)
    return found


def _require_pi(project, by):
    if not access.may_delegate(by, project):
        raise NotPIError(project)
