"""Whether a name and password that come with a file request are right: seldom worked out, and seldom guessed.

Checking a password is made slow on purpose, half a second of a core, and a download of many parts sends it with each.
So a right one is remembered for a minute, as a mark that only this service can make and that holds for the row as it
is: another password, or an account that is closed, is asked for in full again.  Parts that come at once take turns,
and the second finds what the first has worked out.

An attempt is counted before it is made and given back when it was right, so attempts made at once are not one.
"""

import threading

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.core.cache import caches
from django.utils.crypto import salted_hmac

from archive import limits

_TURNS = [threading.Lock() for _ in range(64)]


def owner(name, password, request):
    """The account that has this name and password, else None: in the same time whether or not there is the name."""
    if person := _remembered(name, password):
        return person
    with _TURNS[hash(name) % len(_TURNS)]:
        return _remembered(name, password) or _worked_out(name, password, request)


def _remembered(name, password):
    person = _usable(name).first()
    return person if person and _mark(person, password) in caches["logins"] else None


def _usable(name):
    """As on the page of log-in: who has not proved her address may have signed up in another person's name."""
    return get_user_model().objects.filter(username=name, is_active=True, emailaddress__verified=True)


def _worked_out(name, password, request):
    """The model's own backend spends the same time on a name that nobody has; it knows neither e-mail nor provider."""
    taken = limits.take("password address", limits.address(request)), limits.take("password name", name.lower())
    usable = _usable(name).exists()
    person = ModelBackend().authenticate(request, username=name, password=password)
    if person is None or not usable:
        return None
    for each in taken:
        limits.give_back(each)
    caches["logins"].set(_mark(person, password), True)
    return person


def _mark(person, password) -> str:
    """Keyed with the service's secret, over the row's own hash of the password and the one that was sent."""
    words = f"{person.pk}\0{person.password}\0{password}"
    return salted_hmac("archive.identity", words, algorithm="sha256").hexdigest()
