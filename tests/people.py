"""The seven kinds of people there are for a proprietary MOUS, and the ways in which they say who they are."""

import base64
from types import SimpleNamespace

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.test import Client

from archive.models import ApiToken, Scope
from archive.staff import Role
from tests import make

ENTITLED = {"pi", "delegee", "assigned staff"}
EVERYBODY = ("anonymous", "stranger", "pi", "delegee", "revoked", "assigned staff", "unassigned staff")
WAYS = ("session", "token", "basic")
PASSWORD = "a-long-password"
# One round of a hash that is no good, in settings.PASSWORD_HASHERS: the good ones take half a second a time.
QUICK_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def cast(mous):
    """Everybody by role, with the rights they have on the project of `mous`; `anonymous` is None."""
    people = {role: make.user(role.replace(" ", "_"), is_staff="staff" in role) for role in EVERYBODY[1:]}
    make.staff("assigned_staff", Role.DATA_REDUCER)
    project = make.project(mous.project.code, pi=people["pi"])
    make.delegation(project, people["delegee"], by=people["pi"])
    ended = make.delegation(project, people["revoked"], by=people["pi"])
    ended.revoked_at, ended.revoked_by = make.NOW, people["pi"]
    ended.save()
    make.assignment(project, people["assigned staff"], by=people["pi"], reason="QA2 of this MOUS")
    return people | {"anonymous": None}


def client(person, way="session"):
    """A client that says it is `person`; without one it says nothing."""
    if person is None:
        return Client()
    if way == "session":
        made = Client()
        made.force_login(person)
        note_log_in(made, person)
        return made
    return Client(headers={"Authorization": basic(person) if way == "basic" else token(person)})


def note_log_in(browser, person):
    """As the page of log-in does: there are steps that want a log-in to be recent."""
    session = browser.session
    record_authentication(SimpleNamespace(session=session), person, method="password")
    session.save()


def token(person, scopes=tuple(Scope)):
    return f"Token {ApiToken.objects.create(person, scopes=list(scopes))[1]}"


def basic(person):
    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    EmailAddress.objects.get_or_create(user=person, email=person.email, defaults={"primary": True, "verified": True})
    return "Basic " + base64.b64encode(f"{person.username}:{PASSWORD}".encode()).decode()
