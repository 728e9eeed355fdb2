"""What the PI sees of her project's data: who may have them, since when and why, who may come, and who could once."""

from dataclasses import dataclass
from datetime import datetime

from archive import access, delegations, invitations
from archive.errors import ArchiveError
from archive.models import Decision, Delegation, DelegationRole, Invitation, MemberOUS, StaffAssignment
from archive.on_behalf import may_act_for_pi

WHOLE = "whole project"
ROLES = {DelegationRole.DOWNLOAD: "download", DelegationRole.PROCESS: "download and process"}


class NotYoursToSeeError(ArchiveError):
    status = 403
    code = "not-yours-to-see"

    def __init__(self, project):
        super().__init__(
            f"Who has access to {project.code} is shown to its PI and to staff who work with it.", "Ask the PI."
        )


@dataclass(frozen=True)
class Line:
    """One person or address, in the words of the page; the row that can be ended comes along."""

    who: str
    why: str
    role: str
    scope: str
    since: datetime | None = None
    until: datetime | None = None
    ended: str = ""
    delegation: Delegation | None = None
    invitation: Invitation | None = None


def require_view(user, project) -> None:
    """The PI, archive scientists, and staff whose assignment lets them read."""
    assigned = access.reading_assignments().filter(person=user, project=project)
    if not (access.may_delegate(user, project) or may_act_for_pi(user) or (user.is_active and assigned.exists())):
        raise NotYoursToSeeError(project)


def may_view(user, project) -> bool:
    try:
        require_view(user, project)
    except NotYoursToSeeError:
        return False
    return True


def public_mous(project, now) -> int:
    """How many MOUSs of `project` everybody may have."""
    return MemberOUS.objects.filter(access.released(now), gous__project=project).count()


def with_access(project, now) -> list[Line]:
    """Who may have proprietary data of `project` now."""
    given = [_delegee(row) for row in _delegations(project) if not delegations.over(row, now)]
    return [*_pi(project), *given, *(_assigned(row) for row in _reading(project))]


def invited(project, now) -> list[Line]:
    return [_guest(row) for row in invitations.pending(project, now).select_related("mous", "invited_by")]


def past(project, now) -> list[Line]:
    """What gave access once, or offered it; the latest end first."""
    given = [_delegee(row) for row in _delegations(project) if delegations.over(row, now)]
    offered = project.invitations.filter(accepted_at=None).exclude(pk__in=invitations.pending(project, now))
    guests = [_guest(row) for row in offered.select_related("mous", "invited_by", "withdrawn_by")]
    staff = project.assignments.exclude(ended_at=None).select_related("person", "assigned_by", "ended_by")
    return sorted([*given, *guests, *map(_assigned, staff)], key=lambda line: line.until, reverse=True)


def given_to(user, now, *, project=None) -> list[Line]:
    """What `user` has been given and has now, of all projects or of one."""
    rows = delegations.of(user, now).filter(delegee=user).select_related("invitation")
    mine = rows if project is None else rows.filter(project=project)
    return [_delegee(row) for row in mine if not delegations.over(row, now)]


def taken_from(user, now) -> list[Line]:
    """What `user` had once, of projects she may still know of; the latest end first."""
    rows = delegations.of(user, now).filter(delegee=user).select_related("invitation")
    lines = [_delegee(row) for row in rows if delegations.over(row, now)]
    return sorted(lines, key=lambda line: line.until, reverse=True)


def assigned_to(user):
    rows = access.reading_assignments().filter(person=user).select_related("project", "assigned_by")
    return rows.distinct()


def _pi(project):
    if project.pi is None or project.pi.user is None or not project.pi.user.is_active:
        return []
    named = project.decisions.filter(about=Decision.About.PI).last()
    return [Line(project.pi.user.username, "PI", "all", WHOLE, since=named.at if named else None)]


def _delegations(project):
    return project.delegations.select_related("mous", "delegee", "granted_by", "revoked_by", "invitation")


def _delegee(row):
    closed = "" if row.delegee.is_active else " (account closed)"
    early = row.revoked_at and (row.expires_at is None or row.revoked_at < row.expires_at)
    via = f", who accepted the invitation to {row.invitation.address}" if row.invitation else ""
    return Line(
        who=f"{row.delegee.username}{closed}",
        why=_because(f"named by {row.granted_by.username}{via}", row.reason),
        role=ROLES[DelegationRole(row.role)],
        scope=row.mous.uid if row.mous else WHOLE,
        since=row.granted_at,
        until=min(filter(None, (row.expires_at, row.revoked_at)), default=None),
        ended=f"ended by {row.revoked_by.username}" if early else "its time was over",
        delegation=row,
    )


def _guest(row):
    end = f", to have access until {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else ""
    return Line(
        who=row.address,
        why=_because(f"invited by {row.invited_by.username}{end}", row.reason),
        role=ROLES[DelegationRole(row.role)],
        scope=row.mous.uid if row.mous else WHOLE,
        since=row.invited_at,
        until=row.withdrawn_at or row.valid_until,
        ended=f"withdrawn by {row.withdrawn_by.username}" if row.withdrawn_by else "not accepted in time",
        invitation=row,
    )


def _reading(project):
    rows = access.reading_assignments().filter(project=project, person__is_active=True)
    return rows.select_related("person", "assigned_by", "ended_by").distinct()


def _assigned(row: StaffAssignment):
    return Line(
        who=f"{row.person.username} (archive staff)",
        why=_because(f"assigned by {row.assigned_by.username}", row.reason),
        role=ROLES[DelegationRole.PROCESS],
        scope=WHOLE,
        since=row.assigned_at,
        until=row.ended_at,
        ended=f"ended by {row.ended_by.username}" if row.ended_by else "",
    )


def _because(how, reason):
    return f"{how}: {reason}" if reason else how
