"""Second factors: their secrets lie encrypted in the database, so a copy of it is not a copy of people's telephones."""

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from archive.errors import ArchiveError


class LostSecretError(ArchiveError):
    status = 409
    code = "second-factor-lost"

    def __init__(self):
        super().__init__(
            "This second factor was set up under another secret of the service and cannot be checked any more.",
            "Ask the helpdesk to take it off your account.",
        )


class SecondFactor(DefaultMFAAdapter):
    def get_totp_label(self, user):
        return user.get_username()

    def encrypt(self, text):
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as lost:
            raise LostSecretError from lost


def _cipher():
    """Made with the service's secret of today, read also with those before it."""
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret):
    digest = salted_hmac("altiplano.accounts.second_factor", "", secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
