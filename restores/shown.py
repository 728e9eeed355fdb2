"""Which requests a person may see: her own; staff see all, but none of a MOUS that is hidden from them.

To others a request does not exist.
"""

from archive import access
from archive.errors import ArchiveError
from restores.models import Request


class UnknownRequestError(ArchiveError):
    status = 404
    code = "unknown-request"

    def __init__(self, request_id):
        super().__init__(f"You have no request {request_id}.", "List your requests to see their ids.")


def visible_to(user, now):
    known = Request.objects.filter(access.visible_to(user, now, via="mous"))
    rows = known.select_related("mous__gous__project", "owner", "imaging__source")
    return rows if user.is_staff else rows.filter(owner=user)


def find(user, request_id, now, kinds=tuple(Request.Kind)):
    found = visible_to(user, now).filter(pk=request_id, kind__in=kinds).first()
    if found is None:
        raise UnknownRequestError(request_id)
    return found
