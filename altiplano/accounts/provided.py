"""Accounts of the identity provider: who they are here.

A person of the provider has an account of her own here.  To use one that she has already, she logs in to it and
connects the two: an address that both know is no proof that they are one person's.
"""

import logging

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.providers.base import AuthError
from django.conf import settings

from archive.errors import ArchiveError

log = logging.getLogger(__name__)


class ProviderFailedError(ArchiveError):
    status = 502
    code = "provider-failed"

    def __init__(self, name):
        super().__init__(f"The log-in through {name} did not come to its end.", "Try once more, or in a minute.")


class ProvidedAccounts(DefaultSocialAccountAdapter):
    def list_apps(self, request, provider=None, client_id=None):
        """The provider of the variables; there are none in the database."""
        configured = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in configured.values() for app in apps]

    def is_open_for_signup(self, request, sociallogin):
        """Also where people cannot sign up themselves: the provider vouches for them."""
        return True

    def pre_social_login(self, request, sociallogin):
        request.asserted_alma_name = alma_name(sociallogin.account.extra_data)

    def on_authentication_error(self, request, provider, error=None, **context):
        if error != AuthError.CANCELLED:
            exception = context.get("exception")
            log.warning("A log-in through %s failed: %s %s", provider.name, error, type(exception).__name__)
            raise ProviderFailedError(provider.name)


def alma_name(told) -> str:
    """The ALMA account that the provider says is this person's, or ''.  The signed token goes before the rest."""
    claim = settings.OIDC_ALMA_CLAIM
    said = [told.get(part, {}).get(claim) for part in ("id_token", "userinfo")] if claim else []
    return next((name.strip() for name in said if isinstance(name, str) and name.strip()), "")
