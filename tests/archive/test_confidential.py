"""To whom a project is hidden, it does not exist: same status, same words, same queries as for what was never there."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.urls import get_resolver
from django.utils import timezone

from altiplano.stack import layout
from archive import access, delegations, find, shown
from archive.models import Finding, Invitation, ProblemReport, Project
from archive.staff import Role
from products import download, listing, slots
from products.models import CubeSlot, IngestRun, Product
from restores import notices, submit
from restores.models import Phase, Request
from tests import make, people
from tests.archive.questions import QUESTIONS, asked

pytestmark = pytest.mark.django_db
HIDDEN_CODE, ABSENT_CODE = "2023.1.00707.S", "2023.1.00808.S"
HIDDEN_UID, ABSENT_UID = "uid://A001/X7070/X7", "uid://A001/X8080/X8"
ABSENT_ID = "00000000-0000-4000-8000-000000000000"
READERS = ("anonymous", "stranger", "revoked", "expired", "operator", "scientist", "superuser")
# Addresses that name nothing of a project
NAMELESS = {"invitation", "revoke-token"}
# No address is guessed of these, and whether one opens is asked of each file in it
NAMELESS |= {"api-bundle", "bundle-page", "bundle-sums", "bundle-manifest", "bundle-script", "bundle-file"}


@pytest.fixture
def visible():
    return make.mous("uid://A001/X1/X1", code="2023.1.00001.S", pi=make.user("other_pi"))


@pytest.fixture
def mous(visible):
    """A confidential MOUS, past its release, with all that can hang on one."""
    pi = make.user("alma_pi")
    made = make.restorable_mous(HIDDEN_UID, code=HIDDEN_CODE, pi=pi, release_at=make.LONG_AGO)
    Project.objects.filter(code=HIDDEN_CODE).update(confidential=True)
    made.gous.project.refresh_from_db()
    return made


@pytest.fixture
def readers(mous):
    pi, past = mous.project.pi.user, make.NOW - timedelta(days=2)
    staff = {"operator": Role.OPERATOR, "scientist": Role.ARCHIVE_SCIENTIST}
    cast = {name: make.user(name) for name in ("stranger", "revoked", "expired")}
    cast |= {name: make.staff(name, role) for name, role in staff.items()}
    ended = {"revoked_at": make.NOW, "revoked_by": pi}
    make.delegation(mous.project, cast["revoked"], by=pi, pk=707707, **ended)
    make.delegation(mous.project, cast["expired"], by=pi, granted_at=past, expires_at=past + timedelta(days=1))
    return cast | {"anonymous": None, "superuser": make.user("root", is_staff=True, is_superuser=True)}


@pytest.fixture
def names(mous, readers):
    """What is hidden, and what is absent in its place."""
    pi = mous.project.pi.user
    facts = {"address": "x@example.org", "secret_sha256": "0" * 64, "valid_until": timezone.now() + timedelta(days=9)}
    invitation = Invitation.objects.create(pk=717717, project=mous.project, invited_by=pi, **facts)
    made = Request.objects.create(
        kind="restore", mous=mous, calibration=mous.calibration, owner=readers["revoked"], casa_version=make.CASA
    )
    ProblemReport.objects.create(pk=727727, mous=mous, reporter=readers["revoked"], text="x", snapshot={}, found=[])
    Finding.objects.create(mous=mous, code="missing-raw", sentence="The raw data of a block are missing.")
    block = mous.ebs.first()
    hidden = {"code": mous.project.code, "uid": mous.uid, "name": mous.name, "eb": block.uid, "group": mous.gous.uid}
    hidden |= {"product": mous.products.first().pk, "request": made.pk, "invitation": invitation.pk}
    hidden |= {"delegation": mous.project.delegations.get(delegee=readers["revoked"]).pk}
    hidden["report"] = 727727
    hidden["run"] = IngestRun.objects.create(command="ingest_delivery", mous_uid=mous.uid).pk
    absent = {"code": ABSENT_CODE, "uid": ABSENT_UID, "name": "uid___A001_X8080_X8"}
    absent |= {"eb": "uid://A002/X8080/X9", "group": "uid://A001/Xa8080/X8"}
    absent |= {"product": ABSENT_ID, "request": ABSENT_ID, "invitation": 987654, "delegation": 987654}
    absent |= {"report": 987654, "run": ABSENT_ID}
    return {key: str(value) for key, value in hidden.items()}, {key: str(value) for key, value in absent.items()}


@pytest.mark.parametrize("reader", READERS)
def test_every_question_is_answered_as_for_what_was_never_there(names, readers, reader):
    client = people.client(readers[reader])
    hidden, absent = names
    client.get("/")  # what a session asks for once it has asked for now

    different = {}
    for question in QUESTIONS:
        one, other = asked(client, question, hidden), asked(client, question, absent)
        if one != other:
            pairs = zip([*one[0].splitlines(), *one[1]], [*other[0].splitlines(), *other[1]], strict=False)
            different[question] = [pair for pair in pairs if pair[0] != pair[1]] or (len(one[1]), len(other[1]))

    assert not different


def test_every_address_that_names_something_is_asked():
    """A new route needs a question here, or a word on why it names nothing that can be hidden."""
    ours = ("archive.", "products.", "restores.", "altiplano.tokens")
    named = {
        pattern.name
        for group in [*get_resolver().url_patterns]
        for pattern in getattr(group, "url_patterns", [group])
        if getattr(pattern, "name", None)
        and pattern.pattern.converters
        and pattern.callback.__module__.startswith(ours)
    }

    assert named - {question.split()[0] for question in QUESTIONS} == NAMELESS


def test_what_is_asked_is_found_by_who_may_know_of_it(names, mous):
    """Else all of the above would hold for want of anything to hide."""
    client = people.client(mous.project.pi.user)
    wanted = {"search code", "project", "access", "mous", "api-project", "api-mous", "api-products", "api-product"}

    statuses = {question: int(asked(client, question, names[0])[0].split("\n")[0]) for question in wanted}

    assert {question for question, status in statuses.items() if status >= 400} == set()


@pytest.mark.parametrize("reader", READERS)
def test_lists_and_counts_are_those_of_an_archive_without_it(names, readers, reader, visible):
    client = people.client(readers[reader])

    page = client.get("/").content.decode()

    assert visible.project.code in page
    assert HIDDEN_CODE not in page
    assert find.search("2023", readers[reader] or AnonymousUser(), make.NOW).projects == [visible.project]
    for place in ("/requests/", "/shared/", "/api/restores/", "/api/delegations/", "/api/invitations/"):
        told = client.get(place).content.decode()
        assert HIDDEN_CODE not in told
        assert "X7070" not in told


def test_no_hint_leads_to_it(mous):
    with pytest.raises(find.UnknownProjectError) as refusal:
        find.project(HIDDEN_CODE[:-2], AnonymousUser(), make.NOW)

    assert HIDDEN_CODE not in refusal.value.remedy


def test_hidden_hits_take_no_places_from_others(mous, visible, monkeypatch):
    monkeypatch.setattr(find, "MOST_HITS", 1)
    Project.objects.filter(code=HIDDEN_CODE).update(code="2023.1.00000.S")

    assert find.search("2023", AnonymousUser(), make.NOW).projects == [visible.project]


def test_who_has_one_mous_of_it_knows_of_that_one_alone(mous):
    guest = make.user("guest")
    make.mous("uid://A001/X7070/X9", code=HIDDEN_CODE)
    make.delegation(mous.project, guest, by=mous.project.pi.user, mous=mous)

    assert shown.project(HIDDEN_CODE, guest, make.NOW).mous == [mous]
    with pytest.raises(find.UnknownMousError):
        find.mous("uid://A001/X7070/X9", guest, make.NOW)


def test_a_download_that_runs_when_it_becomes_hidden_is_cut_off_without_a_name(visible):
    product, stranger = make.product(visible, "a.fits"), make.user("stranger")
    type(visible).objects.update(release_at=make.LONG_AGO)
    assert download.permitted(product.pk, by=stranger, now=make.NOW) == product

    Project.objects.update(confidential=True)

    with pytest.raises(listing.UnknownProductError):
        download.permitted(product.pk, by=stranger, now=make.NOW)
    with pytest.raises(listing.UnknownProductError):
        download.ground(product, by=stranger, now=make.NOW)


def test_a_taken_place_names_its_holder_to_nobody_who_does_not_know_of_it(mous, readers):
    source = mous.sources.get(name="NGC1052")
    CubeSlot.objects.create(mous=mous, source=source, request_id=ABSENT_ID, holder=mous.project.pi.user)
    asked_for = {"mous": mous.uid, "source": "NGC1052"}

    for reader in ("stranger", "operator", "superuser"):
        with pytest.raises(access.UnknownMousError, match=HIDDEN_UID):
            submit.request_image(mous, asked_for, by=readers[reader], now=make.NOW)
    friend = make.user("friend")
    make.delegation(mous.project, friend, by=mous.project.pi.user)
    with pytest.raises(slots.CubeExistsError) as refusal:
        slots.reserve(source, request_id=ABSENT_ID[:-1] + "1", by=friend)
    assert mous.project.pi.user.username not in str(refusal.value)


def test_a_letter_to_who_has_lost_it_and_one_to_staff_name_nothing(names, readers, settings):
    settings.ADMINS = [("staff", "staff@example.org")]
    request = Request.objects.get(pk=names[0]["request"])
    Request.objects.update(phase=Phase.ERROR, ended_at=timezone.now(), error_code="raw-lost", error_sentence=HIDDEN_UID)
    request.refresh_from_db()

    notices.tell(request)
    notices.tell_staff(request)

    assert len(mail.outbox) == 2
    for letter in mail.outbox:
        assert "X7070" not in letter.subject + letter.body
        assert HIDDEN_CODE not in letter.subject + letter.body


def test_health_and_the_description_of_the_api_name_nothing(mous, client):
    for place in ("/healthz", "/readyz", "/api/schema/", "/nowhere/", "/api/nowhere/"):
        told = client.get(place).content.decode()
        assert HIDDEN_CODE not in told
        assert "X7070" not in told


def test_its_delegations_are_no_longer_listed_to_who_had_them(readers):
    for name in ("revoked", "expired"):
        assert not delegations.of(readers[name], make.NOW).exists()


def test_what_sees_all_is_called_by_commands_on_the_server_alone():
    callers = set()
    for package in ("archive", "products", "restores", "altiplano"):
        for path in (layout.REPOSITORY / package).rglob("*.py"):
            called = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
            if called & {"mous_on_server", "project_on_server"}:
                callers.add(path.relative_to(layout.REPOSITORY))

    assert callers
    assert all("commands" in Path(path).parts for path in callers)


def test_lifting_it_shows_all_again(names, mous):
    Project.objects.update(confidential=False)

    assert find.mous(HIDDEN_UID, AnonymousUser(), make.NOW) == mous
    assert listing.find(names[0]["product"], AnonymousUser(), make.NOW).readable
    assert Product.objects.filter(access.visible_to(AnonymousUser(), make.NOW, via="mous")).exists()
