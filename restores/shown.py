"""Which requests a person may see: her own; staff see all.  To others a request does not exist."""

from archive.errors import ArchiveError
from restores.models import Request


class UnknownRequestError(ArchiveError):
    status = 404
    code = "unknown-request"

    def __init__(self, request_id):
        super().__init__(f"You have no request {request_id}.", "List your requests to see their ids.")


def visible_to(user):
    rows = Request.objects.select_related("mous__gous__project", "owner", "imaging__source")
    return rows if user.is_staff else rows.filter(owner=user)


def find(user, request_id, kinds=tuple(Request.Kind)):
    found = visible_to(user).filter(pk=request_id, kind__in=kinds).first()
    if found is None:
        raise UnknownRequestError(request_id)
    return found
