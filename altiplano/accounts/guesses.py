"""How often a password or a code may be guessed.

Guesses of one person's password are one count, whether the name or the address is typed, here or with a file request
(archive/passwords.py); the guesses of one address are another.
"""

from django.contrib.auth import get_user_model

from altiplano import answers
from archive import limits
from archive.accounts import owner_of_address
from archive.errors import ArchiveError


class TooManyCodesError(ArchiveError):
    status = 429
    code = "too-many-requests"
    headers = {"Retry-After": "60"}  # all windows of ACCOUNT_RATE_LIMITS are a minute

    def __init__(self):
        super().__init__("That was tried too often in a short time.", "Go on in 60 s.")


class Guess:
    """One counted guess; `rollback` takes it back."""

    def __init__(self, request, credentials):
        self.taken = [
            limits.take("password address", limits.address(request)),
            limits.take("password name", _whose(credentials)),
        ]

    def rollback(self):
        for each in self.taken:
            limits.give_back(each)


def _whose(credentials) -> str:
    """The user name that is guessed for, in lower case; an address of nobody stands for itself."""
    typed = credentials.get("username") or credentials.get("email") or ""
    if get_user_model().objects.filter(username__iexact=typed).exists():
        return typed.lower()
    owner = owner_of_address(credentials.get("email") or typed)
    return (owner.get_username() if owner else typed).lower()


def too_many(request):
    """The answer of allauth's own limits."""
    return answers.outside(request, TooManyCodesError())
