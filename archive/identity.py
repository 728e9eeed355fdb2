"""How a program says who it is: by token everywhere, by name and password for files alone.

What a token may be used for is `scopes_of`; which route needs which scope is said in the table of policies.
"""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from drf_spectacular.authentication import BasicScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed

from archive.models import ApiToken, Scope

USE_IS_NOTED_EVERY = timedelta(minutes=1)
UNKNOWN_TOKEN = "This token is not known here: it was revoked or mistyped."
EXPIRED_TOKEN = "This token has expired: make a new one on the page of API tokens."


def scopes_of(request) -> frozenset[str] | None:
    """What the caller's credential may be used for; None for a session, which may do what its owner may.

    A password sent with a file request is good for downloads alone, whatever route may take it one day.
    """
    if isinstance(request.auth, ApiToken):
        return frozenset(request.auth.scopes)
    if isinstance(request.successful_authenticator, Basic):
        return frozenset({Scope.DOWNLOAD.value})
    return None


class Token(TokenAuthentication):
    """Found by its hash; a revoked token, an unknown one and that of a closed account are told apart for nobody."""

    def authenticate_credentials(self, token):
        found = token_of(token.decode(errors="replace"))
        if found is None:
            raise AuthenticationFailed(UNKNOWN_TOKEN)
        return found.user, found


def token_of(secret) -> ApiToken | None:
    """The token with this secret, its use noted; one that has expired is told so, for only its owner can send it."""
    now = timezone.now()
    found = ApiToken.objects.select_related("user").filter(digest=hash_token(secret), user__is_active=True).first()
    if found and found.expiry and found.expiry <= now:
        raise AuthenticationFailed(EXPIRED_TOKEN, code="expired-token")
    if found:
        _note_use(found, now)
    return found


def _note_use(token, now) -> None:
    """Once a minute, and only by whoever comes first: nobody waits for a row that another request is writing."""
    before = now - USE_IS_NOTED_EVERY
    if token.last_used_at and token.last_used_at > before:
        return
    stale = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=before), pk=token.pk)
    with transaction.atomic():
        mine = stale.select_for_update(skip_locked=True, no_key=True).values("pk")
        ApiToken.objects.filter(pk__in=mine).update(last_used_at=now)


class Basic(BasicAuthentication):
    """Name and password, which unchanged ALMA clients send with every file and nowhere else (FACTS 8.2).

    Checking a password is made slow on purpose, half a second of a core, and a download of many parts sends it with
    each.  So a right one is remembered for a minute, as a mark that only this service can make and that holds for the
    row as it is: another password, or an account that is closed, is asked for in full again.
    """

    www_authenticate_realm = "Altiplano"

    def authenticate_credentials(self, userid, password, request=None):
        if "\0" in userid:  # PostgreSQL would fail on it
            raise AuthenticationFailed("Invalid username/password.")
        known = get_user_model().objects.filter(username=userid, is_active=True).first()
        if known and _mark(known, password) in caches["logins"]:
            return known, None
        person, _ = super().authenticate_credentials(userid, password, request)
        caches["logins"].set(_mark(person, password), True)
        return person, None


def _mark(person, password) -> str:
    """Keyed with the service's secret, over the row's own hash of the password and the one that was sent."""
    return salted_hmac(
        "archive.identity", f"{person.pk}\0{person.password}\0{password}", algorithm="sha256"
    ).hexdigest()


class TokenInSchema(KnoxTokenScheme):
    target_class = Token


class BasicInSchema(BasicScheme):
    target_class = Basic
