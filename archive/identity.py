"""How a program says who it is: by token everywhere, by name and password for files alone.

What a token may be used for is `scopes_of`; which route needs which scope is said in the table of policies.
"""

import re
from datetime import timedelta
from functools import cache

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CharField, Q
from django.utils import timezone
from drf_spectacular.authentication import BasicScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed

from archive import passwords, repeated
from archive.models import ApiToken, Scope

User = get_user_model()
USE_IS_NOTED_EVERY = timedelta(minutes=1)
LOOKS_LIKE_A_TOKEN = re.compile(r"[0-9a-f]{64}")


class UnknownTokenError(AuthenticationFailed):
    """Revoked, mistyped, or of an account that is closed: told apart for nobody."""

    default_code = "unknown-token"
    default_detail = "This token is not known here: it was revoked or mistyped."


class ExpiredTokenError(AuthenticationFailed):
    """Told to whoever sends the whole token, and that can only be its owner."""

    default_code = "expired-token"
    default_detail = "This token has expired: make a new one on the page of API tokens."


class WrongPasswordError(AuthenticationFailed):
    default_code = "wrong-password"
    default_detail = "Name and password do not belong together."


class SecondFactorError(AuthenticationFailed):
    default_code = "second-factor"
    default_detail = (
        "This account has a second factor, so its password alone opens nothing: "
        "make an API token on the site, and send it in place of the password."
    )


class BasicOffError(AuthenticationFailed):
    default_code = "basic-off"
    default_detail = "Name and password are not taken here: send an API token in the header Authorization: Token ...."


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
    def authenticate_credentials(self, token):
        found = token_of(token.decode(errors="replace"))
        if found is None:
            raise UnknownTokenError
        return found.user, found


def token_of(secret, *, name=None) -> ApiToken | None:
    """The token with this secret, of the account `name` if that is said; its use noted."""
    now = timezone.now()
    owner = {} if name is None else {"name": name}
    found = _built(_live(bool(owner)).first(digest=hash_token(secret), **owner))
    if found and found.expiry and found.expiry <= now:
        raise ExpiredTokenError
    if found:
        _note_use(found, now)
    return found


@cache
def _live(named):
    """Asked with nearly every request of a program, so it is written and planned once (archive/repeated.py)."""
    rows = ApiToken.objects.filter(user__is_active=True, digest=repeated.Blank("digest", CharField()))
    rows = rows.filter(user__username=repeated.Blank("name", CharField())) if named else rows
    return repeated.Repeated(rows.order_by().values_list(*_names(ApiToken), *_names(User, "user__")))


def _names(model, path=""):
    return [f"{path}{field.attname}" for field in model._meta.concrete_fields]


def _built(row) -> ApiToken | None:
    """The token and its owner, as Django would have made them of these columns."""
    if row is None:
        return None
    own = _names(ApiToken)
    token = ApiToken.from_db("default", own, row[: len(own)])
    token.user = User.from_db("default", _names(User), row[len(own) :])
    return token


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

    They can send nothing else, so a token is taken in place of the password.
    """

    www_authenticate_realm = "Altiplano"

    def authenticate(self, request):
        if not settings.HTTP_BASIC and request.headers.get("Authorization", "").lower().startswith("basic"):
            raise BasicOffError
        return super().authenticate(request)

    def authenticate_credentials(self, userid, password, request=None):
        if "\0" in userid:  # PostgreSQL would fail on it
            raise WrongPasswordError
        if token := _token_in_place_of(password, userid):
            return token.user, token
        person = passwords.owner(userid, password, request)
        if person is None:
            raise WrongPasswordError
        if Authenticator.objects.filter(user=person).exists():  # asked also when the password is remembered
            raise SecondFactorError
        return person, None

    def authenticate_header(self, request):
        return super().authenticate_header(request) if settings.HTTP_BASIC else "Token"


def _token_in_place_of(password, name) -> ApiToken | None:
    """What looks like a token and is none is tried, and counted, as the password it may be."""
    return token_of(password, name=name) if LOOKS_LIKE_A_TOKEN.fullmatch(password) else None


class TokenInSchema(KnoxTokenScheme):
    target_class = Token


class BasicInSchema(BasicScheme):
    target_class = Basic
