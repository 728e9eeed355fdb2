"""How a program says who it is: by token everywhere, by name and password for files alone."""

from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.utils.crypto import salted_hmac
from drf_spectacular.authentication import BasicScheme
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed


class Token(TokenAuthentication):
    def authenticate_credentials(self, token):
        if not token.isascii():  # knox would fail on it
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


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
