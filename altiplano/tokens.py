"""The page where people make and end the tokens that their programs use; everyone sees only her own.

A token stands in the archive as a hash, so it can be shown in one answer only, and that answer is not to be stored.
"""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from archive.errors import ArchiveError
from archive.models import ApiToken

MOST = 20


class TooManyTokensError(ArchiveError):
    status = 409
    code = "too-many-tokens"

    def __init__(self):
        super().__init__(f"You have {MOST} tokens, and nobody may have more.", "Revoke one that is not in use.")


class UnknownTokenError(ArchiveError):
    status = 404
    code = "unknown-token"

    def __init__(self):
        super().__init__("You have no such token.", "It may have been revoked already; load the page of tokens again.")


def issue(person) -> str:
    """A new token of `person`, in clear for the only time."""
    if ApiToken.objects.filter(user=person).count() >= MOST:
        raise TooManyTokensError
    return ApiToken.objects.create(person)[1]


def end(token_key, *, by) -> None:
    if not ApiToken.objects.filter(user=by, token_key=token_key).delete()[0]:
        raise UnknownTokenError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request):
    """GET lists the caller's tokens; POST makes one and shows it."""
    made = issue(request.user) if request.method == "POST" else None
    mine = ApiToken.objects.filter(user=request.user).order_by("-created")
    return render(request, "tokens.html", {"made": made, "tokens": mine})


@require_POST
def revoke(request, token_key):
    end(token_key, by=request.user)
    messages.success(request, "The token was revoked: programs that send it are refused from now on.")
    return redirect("tokens")
