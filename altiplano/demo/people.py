"""The demo's people: two PIs, a delegee, a stranger and staff, with generated passwords and API tokens."""

import secrets

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from knox.models import get_token_model

from archive.models import AlmaAccount, Project, Scope, StaffAssignment
from archive.staff import Role

PEOPLE = {
    "alma_pi": "PI of the proprietary project",
    "public_pi": "PI of the public project",
    "delegee": "delegee of alma_pi",
    "stranger": "an astronomer without any right to the proprietary project",
    "reducer": "archive staff, assigned to the proprietary project",
    "admin": "administrator of the service; no right to proprietary bytes",
}


@transaction.atomic
def ensure_people(known: dict) -> dict:
    """Accounts by name with role, password and token; those in `known` keep theirs, if the database has them."""
    there = set(get_user_model().objects.filter(username__in=known).values_list("username", flat=True))
    return {name: known[name] if name in there else _make(name, role) for name, role in PEOPLE.items()}


def _make(name, role):
    password = secrets.token_urlsafe(12)
    staff = name in {"reducer", "admin"}
    person, _ = get_user_model().objects.update_or_create(
        username=name,
        defaults={"email": f"{name}@example.org", "is_staff": staff, "is_superuser": name == "admin"},
    )
    person.set_password(password)
    person.save()
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"primary": True, "verified": True})
    if name == "reducer":
        person.groups.add(Group.objects.get(name=Role.DATA_REDUCER))
    if name.endswith("_pi"):
        AlmaAccount.objects.update_or_create(name=name, defaults={"user": person})
    get_token_model().objects.filter(user=person).delete()
    _, token = get_token_model().objects.create(user=person, name="demo", scopes=list(Scope))
    return {"role": role, "password": password, "token": token}


def ensure_assignment(code: str) -> None:
    """The data reducer may read the proprietary project; the reason stands with it."""
    people = get_user_model().objects
    StaffAssignment.objects.get_or_create(
        project=Project.objects.get(code=code),
        person=people.get(username="reducer"),
        ended_at=None,
        defaults={"reason": "Assigned data reducer (demo)", "assigned_by": people.get(username="admin")},
    )
