"""A ticket takes a reader from the pages to the server process for files: who she is, for one address and one minute.

Clients drop their Authorization and some of their cookies on the way to another port or host, so the address says who
comes.  A ticket opens nothing: the access rule is asked again where it is shown, of the account as it is then.  It is
taken out of the address before anybody could log it (altiplano/files.py).
"""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.encoding import escape_uri_path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from archive.models import ApiToken

PARAMETER = "ticket"
SECONDS = 60
_SALT = "products.tickets"


class BadTicketError(AuthenticationFailed):
    default_code = "bad-ticket"
    default_detail = "This address is not one that the archive has given you: ask for the file itself again."


def needed() -> bool:
    """Whether bytes are sent by processes of their own, and this is none of them."""
    return bool(settings.FILES_URL) and not settings.SERVES_FILES_ALONE


def address(request, *, by, token=None) -> str:
    """Where `by`, who has shown `token` if she has one, gets within the next minute the bytes that she asks for."""
    told = [by.pk, _mark(token) if token else "", request.path]
    return f"{settings.FILES_URL}{escape_uri_path(request.path)}?{PARAMETER}={signing.dumps(told, salt=_SALT)}"


def again(request) -> str:
    """Where a reader gets another ticket whose own has had its time, else nothing.

    A client that goes on where its download broke off asks the address that it was sent to.
    """
    old = getattr(request, "has_old_ticket", False)
    return settings.SITE_URL + escape_uri_path(request.path) if old else ""


class Ticket(BaseAuthentication):
    """Who shows a ticket is who was given it, where files are served and nowhere else."""

    def authenticate(self, request):
        text = getattr(request, "ticket", "")
        if not (text and settings.SERVES_FILES_ALONE):
            return None
        try:
            return _holder(*_read(text, request.path))
        except signing.SignatureExpired:
            request._request.has_old_ticket = True
            return None


class TicketInSchema(OpenApiAuthenticationExtension):
    target_class = Ticket
    name = "ticket"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "query", "name": PARAMETER, "description": "given by a redirect, good for 60 s"}


def _read(text, path):
    try:
        person_id, mark, about = signing.loads(text, salt=_SALT)
        if about != path:
            raise BadTicketError
        signing.loads(text, salt=_SALT, max_age=SECONDS)
    except signing.SignatureExpired:
        raise
    except (signing.BadSignature, ValueError, TypeError) as bad:
        raise BadTicketError from bad
    return person_id, mark


def _holder(person_id, mark):
    """None for somebody without an account; a closed account or a revoked token makes the ticket a bad one."""
    if person_id is None:
        return None
    person = get_user_model().objects.filter(pk=person_id, is_active=True).first()
    lasting = Q(expiry=None) | Q(expiry__gt=timezone.now())
    tokens = ApiToken.objects.filter(lasting, user=person_id) if mark else ()
    token = next((one for one in tokens if constant_time_compare(_mark(one), mark)), None)
    if person is None or (mark and token is None):
        raise BadTicketError
    return person, token


def _mark(token) -> str:
    """Names a token without telling anything of it: the key of its row is the hash of its secret."""
    return salted_hmac(_SALT, token.pk, algorithm="sha256").hexdigest()[:32]
