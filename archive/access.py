"""Who may have which data.  This module is the only one that knows the rule.

The description of an observation is public from the day it is indexed.  Its data, raw or restored or imaged, belong
to the principal investigator until the release time: until then only the PI, the people the PI has named as delegees,
and archive staff assigned to the project may have them (FACTS 7).  Who has no account may have what is released.
"""

from django.db.models import Q

from archive.errors import ArchiveError
from archive.models import NEVER, MemberOUS, Project


class ProprietaryError(ArchiveError):
    """The caller may not have these data (yet).  A face answers 401 to whom it does not know."""

    status = 403
    code = "proprietary"

    def __init__(self, mous):
        until = "and no release date is known" if mous.release_at >= NEVER else f"until {mous.release_at:%Y-%m-%d}"
        super().__init__(
            f"The data of {mous.uid} (project {mous.project.code}) are proprietary {until}.",
            "Ask the PI of the project to name you as delegee, or wait until the data are released.",
        )


def _path(via):
    return f"{via}__" if via else ""


def _projects_of(user):
    """Projects whose data `user` may have before release, as a subquery."""
    return Project.objects.filter(
        Q(pi__user=user)
        | Q(delegations__delegee=user, delegations__revoked_at=None)
        | Q(
            assignments__person=user,
            assignments__ended_at=None,
            assignments__person__is_staff=True,
        )
    ).values("pk")


def released(now, *, via=""):
    """Rows whose data are public at `now` (UTC), as a `Q`; `via` is the lookup path to the `MemberOUS`."""
    return Q(**{f"{_path(via)}release_at__lte": now})


def granted(user, *, via=""):
    """Rows whose data `user` may have before release: as PI, active delegee, or staff with an assignment."""
    if not (user.is_authenticated and user.is_active):
        return Q(pk__in=[])
    return Q(**{f"{_path(via)}gous__project__in": _projects_of(user)})


def readable_by(user, now, *, via=""):
    """The union. Search takes the two branches apart (one UNION ALL), everyone else takes this."""
    return released(now, via=via) | granted(user, via=via)


def may_read(user, mous, now):
    return MemberOUS.objects.filter(readable_by(user, now), pk=mous.pk).exists()


def require_access(user, mous, now):
    """Pass, or raise `ProprietaryError`."""
    if not may_read(user, mous, now):
        raise ProprietaryError(mous)


def may_delegate(user, project):
    """The PI alone gives access away; a delegee cannot."""
    return user.is_authenticated and project.pi is not None and project.pi.user_id == user.pk


def knows_holder(user, mous, holder):
    """Whether `user` may be told who holds a cube of `mous`: the PI, staff and the holder herself."""
    return user == holder or user.is_staff or may_delegate(user, mous.project)
