"""The demo's people: two PIs, a delegee, a stranger and staff, with generated passwords and API tokens."""

import secrets

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from knox.models import get_token_model

from archive import decide
from archive.models import AlmaAccount, Project, Scope
from archive.staff import Role

STAFF = {"operator": Role.OPERATOR, "reducer": Role.DATA_REDUCER, "scientist": Role.ARCHIVE_SCIENTIST}
PEOPLE = {
    "alma_pi": "PI of the proprietary project",
    "public_pi": "PI of the public project",
    "delegee": "delegee of alma_pi",
    "stranger": "an astronomer without any right to the proprietary project",
    "reducer": "archive staff, assigned to the proprietary project",
    "operator": "archive staff: deliveries and the queue; no right to proprietary bytes",
    "scientist": "archive staff: decides release times, PIs, assignments",
    "admin": "administrator of the service; no right to proprietary bytes",
}


@transaction.atomic
def ensure_people(known: dict) -> dict:
    """Accounts by name with role, password and token; those in `known` keep theirs, if the database has them."""
    there = set(get_user_model().objects.filter(username__in=known).values_list("username", flat=True))
    return {name: known[name] if name in there else _make(name, role) for name, role in PEOPLE.items()}


def _make(name, role):
    password = secrets.token_urlsafe(12)
    staff = name in STAFF or name == "admin"
    person, _ = get_user_model().objects.update_or_create(
        username=name,
        defaults={"email": f"{name}@example.org", "is_staff": staff, "is_superuser": name == "admin"},
    )
    person.set_password(password)
    person.save()
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"primary": True, "verified": True})
    if name in STAFF:
        person.groups.add(Group.objects.get(name=STAFF[name]))
    if name.endswith("_pi"):
        AlmaAccount.objects.update_or_create(name=name, defaults={"user": person})
    get_token_model().objects.filter(user=person).delete()
    _, token = get_token_model().objects.create(user=person, name="demo", scopes=list(Scope))
    return {"role": role, "password": password, "token": token}


def ensure_assignment(code: str) -> None:
    """The data reducer may read the proprietary project; the reason stands with it, and the PI is told."""
    project, people = Project.objects.get(code=code), get_user_model().objects
    reducer, scientist = people.get(username="reducer"), people.get(username="scientist")
    if not project.assignments.filter(person=reducer).exists():
        decide.assign(project, reducer, by=scientist, reason="Assigned data reducer (demo)", now=timezone.now())
