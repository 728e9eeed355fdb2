"""What a PI gave away ends with her being PI: delegations in force, and invitations that nobody has accepted.

Whoever ends them holds the project until it is done, so that nothing is given meanwhile.
"""

from django.db.models import Q

from archive.models import Delegation, Invitation, Project


def end_of_project(project, *, by, now) -> int:
    """How many were ended: all of the project, for they were the former PI's to give."""
    return _end(Delegation.objects.filter(project=project), Invitation.objects.filter(project=project), by, now)


def end_of_person(account, person, *, by, now) -> int:
    """How many were ended: those that `person` gave on the projects of the ALMA account."""
    held = list(Project.objects.filter(pi=account).order_by("pk").select_for_update(no_key=True))
    given = Delegation.objects.filter(project__in=held, granted_by=person)
    return _end(given, Invitation.objects.filter(project__in=held, invited_by=person), by, now)


def _end(given, offered, by, now):
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    ended = given.filter(lasting, revoked_at=None).update(revoked_at=now, revoked_by=by)
    return ended + offered.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by)
