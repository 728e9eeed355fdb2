"""The page where people make and end the tokens that their programs use; everyone sees only her own.

A token stands in the archive as a hash, so it can be shown in one answer only, and that answer is not to be stored.
"""

import time
from datetime import timedelta
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from archive.errors import ArchiveError
from archive.models import ApiToken, Scope

MOST = 20
LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "one year"), ("", "until it is revoked")]


class TooManyTokensError(ArchiveError):
    status = 409
    code = "too-many-tokens"

    def __init__(self):
        super().__init__(f"You have {MOST} tokens, and nobody may have more.", "Revoke one that is not in use.")


class NoSuchTokenError(ArchiveError):
    status = 404
    code = "no-such-token"

    def __init__(self):
        super().__init__("You have no such token.", "It may have been revoked already; load the page of tokens again.")


class NewToken(forms.Form):
    """Proposes what most programs do: look and download, for a season."""

    name = forms.CharField(max_length=64, help_text="Which program, on which computer: it tells you what to revoke.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.SEARCH, Scope.DOWNLOAD],
        error_messages={"required": "Choose at least one thing that it may do."},
    )
    lifetime = forms.TypedChoiceField(
        label="Good for", choices=LIFETIMES, coerce=int, empty_value=None, required=False, initial="90"
    )

    def lasts(self):
        days = self.cleaned_data["lifetime"]
        return days and timedelta(days=days)


@transaction.atomic
def issue(person, *, name, scopes, lasts) -> str:
    """A new token of `person`, in clear for the only time; `lasts` is None for one without an end."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=person.pk)
    if ApiToken.objects.filter(user=person).count() >= MOST:
        raise TooManyTokensError
    return ApiToken.objects.create(person, expiry=lasts, name=name, scopes=scopes)[1]


def end(token_key, *, by) -> None:
    if not ApiToken.objects.filter(user=by, token_key=token_key).delete()[0]:
        raise NoSuchTokenError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request):
    """GET lists the caller's tokens; POST makes one and shows it."""
    form, made = NewToken(request.POST if request.method == "POST" else None, label_suffix=""), None
    if form.is_valid():
        if not _knows_her_lately(request):
            messages.info(request, "No token was made yet: say once more who you are, then make it.")
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': reverse('tokens')})}")
        said = form.cleaned_data
        made = issue(request.user, name=said["name"], scopes=said["scopes"], lasts=form.lasts())
        form = NewToken(label_suffix="")
    mine = ApiToken.objects.filter(user=request.user).order_by("-created")
    words = {"made": made, "tokens": mine, "form": form, "now": request.now}
    return render(request, "tokens.html", words, status=400 if form.errors else 200)


def _knows_her_lately(request) -> bool:
    """A token outlives the session, so a browser that was left open, or a stolen cookie, must not be enough for one."""
    told = get_authentication_records(request, request.user)
    if told and time.time() - told[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
        return True
    try:
        return reauthentication_required(lambda request: True)(request)
    except ReauthenticationRequired:
        return False


@require_POST
def revoke(request, token_key):
    end(token_key, by=request.user)
    messages.success(request, "The token was revoked: programs that send it are refused from now on.")
    return redirect("tokens")
