"""Accounts with a password: who may sign up, how often one may guess, and what a log-in brings with it."""

import logging
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.urls import reverse
from django.utils import timezone

from altiplano.accounts import names, provided
from altiplano.accounts.guesses import Guess, TooManyCodesError
from archive import accounts, limits
from archive.errors import ArchiveError

log = logging.getLogger(__name__)
TOO_MANY = {"too_many_login_attempts", "rate_limited"}


class LocalAccounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return settings.SIGNUP

    def clean_username(self, username, shallow=False):
        for refuse in names.VALIDATORS:
            refuse(username)
        names.require_free(username, asserted=getattr(self.request, "asserted_alma_name", ""))
        return username

    def pre_authenticate(self, request, **credentials):
        """Count a guess before it is made; allauth rolls it back when it was right."""
        self._login_failed_rl_usage = Guess(request, credentials)

    def get_client_ip(self, request):
        """allauth's own limits count the addresses that ours count."""
        return limits.address(request)

    def validation_error(self, code, *args):
        """Where allauth would say in the form that it is too often, it is said with the status and the time to wait."""
        if code in TOO_MANY:
            raise TooManyCodesError
        return super().validation_error(code, *args)

    def get_reauthentication_methods(self, user):
        """Who has a second factor is asked for it, not for the password: the sensitive steps would else go round it."""
        methods = super().get_reauthentication_methods(user)
        return [each for each in methods if each["id"] == "mfa_reauthenticate"] or methods

    def get_email_confirmation_url(self, request, emailconfirmation):
        """The link leads on to where the person came from: whoever signed up for an invitation is back at it."""
        address = super().get_email_confirmation_url(request, emailconfirmation)
        onward = get_next_redirect_url(request)
        return f"{address}?{urlencode({'next': onward})}" if onward else address

    def get_password_change_redirect_url(self, request):
        return reverse("account")

    def post_login(self, request, user, **login):
        provided_login = (login["signal_kwargs"] or {}).get("sociallogin")
        if provided_login and (name := provided.alma_name(provided_login.account.extra_data)):
            _link(request, user, name, provided_login.account.get_provider().name)
        return super().post_login(request, user, **login)


def _link(request, person, name, provider):
    """A link that cannot be made is for staff to settle; the person may work meanwhile."""
    try:
        accounts.link_asserted(name, person, provider=provider, now=timezone.now())
    except ArchiveError as refusal:
        log.warning("No link of an ALMA account to account %s: %s", person.pk, refusal.code)
        messages.warning(request, f"{refusal} {refusal.remedy}")
