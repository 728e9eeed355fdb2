"""Everybody there is and everything that can be asked for: the world in which each route is tried.

Every state of data is a project of its own, and on each of them every person has the right her name says.  The clock
stands still at `make.NOW`, so that one MOUS is released this very second.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from unittest.mock import patch

from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from archive.models import ApiToken, Delegation, DelegationRole, Invitation, MemberOUS, Scope
from archive.staff import Role
from products.models import Bundle, CubeSlot, Product
from restores.models import ImagingDetails, Phase, Request, RestoreDetails
from tests import make, observations
from tests.people import note_log_in

DELEGEES = ("delegee download", "delegee process", "expired delegee", "revoked delegee", "one-MOUS delegee")
STAFF = {
    "operator": Role.OPERATOR,
    "reducer": Role.DATA_REDUCER,
    "reducer elsewhere": Role.DATA_REDUCER,
    "scientist": Role.ARCHIVE_SCIENTIST,
    "administrator": Role.ADMINISTRATOR,
}
PEOPLE = ("anonymous", "stranger", "PI", *DELEGEES, *STAFF, "superuser")
# state: (project code, release time, confidential); what is recalled is so whatever else it is
STATES = {
    "public": ("2021.1.00001.S", make.LONG_AGO, False),
    "this second": ("2021.1.00002.S", make.NOW, False),
    "proprietary": ("2021.1.00003.S", make.NOW + timedelta(seconds=1), False),
    "confidential": ("2021.1.00004.S", make.NEVER, True),
    "confidential, released": ("2021.1.00005.S", make.LONG_AGO, True),
    "recalled": ("2021.1.00007.S", make.LONG_AGO, False),
    "recalled, confidential": ("2021.1.00008.S", make.LONG_AGO, True),
}
# A second MOUS of a project, of which the one-MOUS delegee has nothing.
SISTERS = {"proprietary sister": "proprietary", "confidential sister": "confidential"}
MINUTE = timedelta(minutes=1)


@dataclass
class Place:
    """A MOUS in one state, with all that hangs on it and can be asked for by number."""

    state: str
    mous: MemberOUS
    file: Product
    images: dict[str, Product]
    requests: dict[str, Request]
    bundle: Bundle
    delegation: Delegation | None = None
    invitation: Invitation | None = None

    @property
    def project(self):
        return self.mous.project


@dataclass
class World:
    people: dict
    places: dict[str, Place]
    clients: dict  # by person and scopes of her token; None: by session


ALL_SCOPES = tuple(Scope.values)
WAYS = (None, ALL_SCOPES, *((scope,) for scope in Scope.values))


@contextmanager
def standing_still(states=(*STATES, *SISTERS)):
    """A world at `make.NOW`, and nothing of it afterwards."""
    with TemporaryDirectory() as directory, patch.object(timezone, "now", lambda: make.NOW):
        rooms = SimpleNamespace()
        make.runtimes(rooms, Path(directory), make.CASA)
        # However long the tests take, nobody is asked again who she is
        patient = {"RATE_LIMITS": False, "ACCOUNT_REAUTHENTICATION_TIMEOUT": 86_400}
        with override_settings(**patient, **vars(rooms)), undone():
            yield build(states)


@contextmanager
def undone():
    """What happens in here has not happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build(states):
    people = {name: make.user(name.replace(" ", "_").lower()) for name in ("stranger", "PI", *DELEGEES)}
    people |= {name: make.staff(name.replace(" ", "_"), role) for name, role in STAFF.items()}
    people["superuser"] = make.user("superuser", is_staff=True, is_superuser=True)
    places = {state: _place(number, state, people) for number, state in enumerate(states)}
    for state in set(states) - set(SISTERS):
        _give_rights(places[state], people)
    elsewhere = make.project("2021.1.00006.S", pi=people["PI"])
    make.assignment(elsewhere, people["reducer elsewhere"], by=people["administrator"])
    clients = {(name, scopes): client(person, scopes) for name, person in people.items() for scopes in WAYS}
    return World(people, places, clients | {("anonymous", None): client()})


def client(person=None, scopes=None):
    """What breaks is an answer like others here: 500."""
    made = Client(raise_request_exception=False)
    if scopes:
        secret = ApiToken.objects.create(person, scopes=list(scopes))[1]
        made.defaults["HTTP_AUTHORIZATION"] = f"Token {secret}"
    elif person:
        made.force_login(person)
        note_log_in(made, person)
    return made


def _place(number, state, people):
    code, release_at, confidential = STATES[SISTERS.get(state, state)]
    uid = f"uid://A001/X{number + 1}/Xf{number + 1}"
    mous = make.restorable_mous(uid, stored=True, code=code, release_at=release_at)
    project = make.project(code, pi=people["PI"])
    project.confidential = confidential
    project.save(update_fields=["confidential"])
    mous.gous.project = project
    observations.observation(mous)
    owners = {name: people[name] for name in ("PI", "revoked delegee")}
    if state.startswith("recalled"):
        mous.recalled_at, mous.recall_reason = make.NOW - MINUTE, "data of another project"
        mous.save(update_fields=["recalled_at", "recall_reason"])
    file = _file(mous, state)
    return Place(
        state,
        mous,
        file,
        {source.name: image_of(source) for source in mous.sources.all()},
        {name: _request(mous, owner) for name, owner in owners.items()},
        make.bundle(file),
    )


def _file(mous, state):
    file = make.product(mous, "notes.txt", content=f"bytes of {state}".encode())
    make.preview(file)
    return file


def image_of(source, **changes):
    """A delivered image whose own header names `source`."""
    name = f"member.{source.mous.name}.{source.key}.cont.I.pbcor.fits"
    facts = {"object_key": source.key, "naxis": [100, 100, 1, 1]}
    return make.product(source.mous, name, "image", content=b"image", source=source, header=facts, **changes)


def _request(mous, owner):
    """An image that was asked for and waits."""
    facts = {"mous": mous, "calibration": mous.calibration, "owner": owner, "casa_version": make.CASA}
    asked = Request.objects.create(kind=Request.Kind.IMAGE, **facts)
    source = mous.sources.get(name="NGC1052")
    ImagingDetails.objects.create(request=asked, source=source, asked={"source": source.name})
    return asked


def restore_of(place, owner):
    """The same for a restore."""
    facts = {"mous": place.mous, "calibration": place.mous.calibration, "owner": owner, "casa_version": make.CASA}
    asked = Request.objects.create(kind=Request.Kind.RESTORE, **facts)
    RestoreDetails.objects.create(request=asked)
    return asked


def finish_cube(asked):
    """The request has ended, and holds the place of its cube; once more is the same."""
    if held := CubeSlot.objects.filter(request_id=asked.pk).first():
        return held.product
    Request.objects.filter(pk=asked.pk).update(phase=Phase.COMPLETED, ended_at=make.NOW)
    made = {"origin": "imaged", "request_id": asked.pk, "source": asked.imaging.source}
    cube = make.product(asked.mous, f"{asked.pk}.cube.fits", "image", **made)
    slot = {"mous": asked.mous, "source": asked.imaging.source, "holder": asked.owner}
    return CubeSlot.objects.create(request_id=asked.pk, product=cube, **slot).product


def finish_restore(asked):
    """The request has ended, and its result is kept for some days yet."""
    Request.objects.filter(pk=asked.pk).update(phase=Phase.COMPLETED, ended_at=make.NOW)
    kept = {"origin": "restored", "request_id": asked.pk, "expires_at": timezone.now() + timedelta(days=3)}
    make.product(asked.mous, f"{asked.pk}.ms.tar", "calibrated_ms", **kept)
    return asked


def _give_rights(place, people):
    pi, project = people["PI"], place.project
    long_ago = {"by": pi, "granted_at": make.LONG_AGO}
    give = {
        "delegee download": {"role": DelegationRole.DOWNLOAD},
        "delegee process": {"role": DelegationRole.PROCESS},
        "expired delegee": {"expires_at": make.NOW},
        "revoked delegee": {"revoked_at": make.NOW - MINUTE, "revoked_by": pi},
        "one-MOUS delegee": {"mous": place.mous},
    }
    made = {name: make.delegation(project, people[name], **long_ago | right) for name, right in give.items()}
    make.assignment(project, people["reducer"], by=people["administrator"])
    place.delegation = made["delegee process"]
    place.invitation = Invitation.objects.create(
        project=project,
        address="guest@example.org",
        secret_sha256=f"{place.mous.pk:064x}",
        invited_by=pi,
        valid_until=make.NOW + 1000 * MINUTE,
    )
