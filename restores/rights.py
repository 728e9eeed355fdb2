"""The right to have work done, for as long as the work lasts: asked before it starts, while it runs, at delivery.

A delegation may end during the sixty hours between.  What is asked for, and by which right, stands in the access log.
"""

from django.utils import timezone

from archive import access, access_log
from archive.absences import UnknownMousError
from archive.errors import ArchiveError
from archive.models import DelegationRole
from restores.models import Request

_WHAT = {Request.Kind.RESTORE: access_log.What.RESTORE, Request.Kind.IMAGE: access_log.What.IMAGE}


class AccessEndedError(ArchiveError):
    """Names nothing: to the owner, the data are hidden now."""

    status = 403
    code = "access-ended"

    def __init__(self):
        super().__init__(
            "You may no longer have these data processed, so the work was stopped and its results were thrown away.",
            "Ask the PI of the project for a delegation with the role process, and then request it again.",
        )


def require_still(request) -> None:
    """Pass while the owner of `request` may have it worked on; else what `access.require_process` says, or less."""
    request.owner.refresh_from_db(fields=["is_active", "is_staff"])
    try:
        access.require_process(request.owner, request.mous, timezone.now())
    except UnknownMousError as hidden:
        raise AccessEndedError from hidden


def record(request, *, by, now) -> None:
    """Write into the access log that `by` asks for `request`; the last thing in the transaction that inserts it."""
    ground = access.ground(by, request.mous, now, role=DelegationRole.PROCESS)
    if ground is None:
        raise access.refusal(request.mous)
    access_log.write(_WHAT[request.kind], request.mous, by=by, ground=ground, subject=request.pk, name=str(request))
