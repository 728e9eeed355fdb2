"""Which requests a person may see: her own; operators see all but what is hidden from them.

To others a request does not exist.
"""

from archive import access
from archive.errors import ArchiveError
from archive.staff import Role, has_role
from restores.models import Request


class UnknownRequestError(ArchiveError):
    status = 404
    code = "unknown-request"

    def __init__(self, request_id):
        super().__init__(f"You have no request {request_id}.", "List your requests to see their ids.")


def visible_to(user, now):
    known = Request.objects.filter(access.visible_to(user, now, via="mous"))
    rows = known.select_related("mous__gous__project", "owner", "imaging__source")
    return rows if sees_all(user) else rows.filter(owner=user)


def sees_all(user):
    """Operators watch the queue; they have no bytes by that."""
    return has_role(user, Role.OPERATOR)


def find(user, request_id, now, kinds=tuple(Request.Kind)):
    found = visible_to(user, now).filter(pk=request_id, kind__in=kinds).first()
    if found is None:
        raise UnknownRequestError(request_id)
    return found
