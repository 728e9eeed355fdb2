"""A wrongly delivered MOUS is taken back: from everybody, at once, and whoever has some of it is told."""

import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from archive import access, access_log, recall
from archive.access_refusals import RecalledError
from archive.models import AccessRecord, Decision, Notice
from archive.refusals import ReasonMissingError, UnchangedError
from archive.staff import Role, WrongRoleError
from products import download, listing, streams
from restores import rights
from restores.models import Request
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "These are data of another project."


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"), release_at=make.LONG_AGO)


@pytest.fixture
def scientist():
    return make.staff("astrid", Role.ARCHIVE_SCIENTIST)


def take_back(mous, scientist, verb=recall.recall):
    return verb(mous, by=scientist, reason=WHY, now=timezone.now())


def test_nobody_has_the_bytes_and_everybody_is_told_why(mous, scientist):
    file = make.product(mous, "a.fits", content=b"bytes")

    take_back(mous, scientist)

    for client, status in ((Client(), 401), (logged_in("pi"), 403), (logged_in("stranger"), 403)):
        refused = client.get(f"/api/products/{file.pk}/file")
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, "recalled")
        assert WHY in refused.json()["error"]["sentence"]
        assert WHY in client.get(mous.get_absolute_url()).content.decode()
        told = client.get(f"/api/mous/{mous.name}/").json()
        assert (told["recall_reason"], told["readable"]) == (WHY, False)


def logged_in(name):
    client = Client()
    client.force_login(make.user(name))
    return client


def test_a_download_that_flows_is_cut_off(mous, scientist, monkeypatch):
    monkeypatch.setattr(streams, "CHECK_BYTES", 1)
    monkeypatch.setattr("products.lines.PIECE_BYTES", 4)
    file = make.product(mous, "a.fits", content=b"bytes that flow for a long time")
    pieces = streams.open_stream(file, download.Span(0, file.size), by=AnonymousUser(), now=timezone.now())
    next(pieces)

    take_back(mous, scientist)

    with pytest.raises(RecalledError):
        list(pieces)


def test_no_address_of_the_store_is_given_any_more(mous, scientist, settings):
    settings.S3 = settings.S3 | {"public_endpoint": "http://store.example.org"}
    file = make.product(mous, "a.fits", content=b"bytes")
    assert download.link_for(file, by=AnonymousUser(), now=timezone.now())

    take_back(mous, scientist)

    assert download.link_for(file, by=AnonymousUser(), now=timezone.now()) is None


def test_work_on_it_ends_and_none_begins(mous, scientist):
    pi = mous.project.pi.user
    asked = Request(kind=Request.Kind.RESTORE, mous=mous, owner=pi)
    rights.require_still(asked)

    take_back(mous, scientist)

    with pytest.raises(RecalledError):
        rights.require_still(asked)


def test_assigned_staff_may_look_and_have_nothing_made(mous, scientist):
    reducer = make.staff("reducer", Role.DATA_REDUCER)
    make.assignment(mous.project, reducer, by=scientist)
    file = make.product(mous, "a.fits", content=b"bytes")

    take_back(mous, scientist)

    now = timezone.now()
    assert listing.lock(file.pk, reducer, now)
    assert access.ground(reducer, mous, now).rule == AccessRecord.Rule.ASSIGNMENT
    with pytest.raises(RecalledError):
        access.require_process(reducer, mous, now)


def test_open_images_of_calibrators_are_recalled_too(scientist, settings):
    settings.PUBLIC_CALIBRATOR_IMAGES = True
    mous = make.mous(pi=make.user("pi"))
    quasar = make.source(mous, "J0423-0120", intents=("PHASE",), ra_deg=65.8, dec_deg=-1.3)
    image = make.product(mous, "q.fits", content=b"b", source=quasar, header={"object_key": quasar.key})
    assert listing.lock(image.pk, AnonymousUser(), timezone.now())

    take_back(mous, scientist)

    assert not listing.lock(image.pk, AnonymousUser(), timezone.now())


def took(mous, who, name="a.fits"):
    file = make.product(mous, name, content=name.encode())
    return download.record(access_log.What.DOWNLOAD, file, by=who, now=timezone.now(), bytes_asked=file.size)


def letters(address):
    return [letter for letter in mail.outbox if letter.to == [address]]


def test_whoever_took_some_is_told_once_and_is_listed_with_those_without_account(mous, scientist):
    took(mous, make.user("reader"), "a.fits")
    took(mous, make.user("reader"), "=b.fits")
    took(mous, AnonymousUser(), "c.fits")

    take_back(mous, scientist)
    recall.tell_late()

    (letter,) = letters("reader@example.org")
    assert WHY in letter.body
    assert "a.fits" in letter.body
    assert letters("stranger@example.org") == []
    client = Client()
    client.force_login(scientist)
    page = client.get(f"{mous.get_absolute_url()}decisions/").content.decode()
    assert "without an account" in page
    table = b"".join(client.get(f"{mous.get_absolute_url()}decisions/?taken=csv")).decode()
    assert table.count("reader@example.org") == 2
    assert len(table.splitlines()) == 4
    assert "'=" not in table.splitlines()[0]


def test_the_list_of_takers_is_for_archive_scientists_alone(mous):
    took(mous, make.user("reader"))
    pi = logged_in("pi")
    assert b"reader" not in b"".join(pi.get(f"{mous.get_absolute_url()}decisions/?taken=csv"))


def test_who_took_something_in_that_very_moment_is_told_by_the_next_look(mous, scientist):
    made = take_back(mous, scientist)
    AccessRecord.objects.create(
        event=make.product(mous, "a.fits", content=b"b").pk,
        what=access_log.What.DOWNLOAD,
        person=make.user("late"),
        person_name="late",
        project=mous.project,
        mous=mous,
        subject=made.mous.products.first().pk,
        name="a.fits",
        rule=AccessRecord.Rule.RELEASED,
    )

    recall.tell_late()
    recall.tell_late()

    assert len(letters("late@example.org")) == 1


def test_letters_that_were_not_sent_wait_in_their_rows(mous, scientist, monkeypatch):
    took(mous, make.user("reader"))
    monkeypatch.setattr("archive.notices.send", lambda number: False)  # killed before anything was sent

    take_back(mous, scientist)

    assert Notice.objects.filter(person__username="reader", told_at=None).count() == 1


def test_a_second_decision_undoes_it(mous, scientist):
    file = make.product(mous, "a.fits", content=b"bytes")
    take_back(mous, scientist)
    with pytest.raises(UnchangedError):
        take_back(mous, scientist)

    take_back(mous, scientist, recall.undo)

    assert Client().get(f"/api/products/{file.pk}/file").status_code == 200
    with pytest.raises(UnchangedError):
        take_back(mous, scientist, recall.undo)
    kept = Decision.objects.filter(about="recall").values_list("after", "reason")
    assert list(kept) == [("recalled", WHY), ("handed out", WHY)]


def test_only_an_archive_scientist_recalls_and_with_a_reason(mous, scientist):
    for nobody in (make.user("pi"), make.staff("operator", Role.OPERATOR)):
        with pytest.raises(WrongRoleError):
            take_back(mous, nobody)
    with pytest.raises(ReasonMissingError):
        recall.recall(mous, by=scientist, reason=" ", now=timezone.now())


def test_the_command_and_the_page_do_the_same(mous, scientist):
    said = io.StringIO()
    call_command("recall", mous.name, by="astrid", reason=WHY, stdout=said)
    assert "is recalled" in said.getvalue()
    with pytest.raises(CommandError, match="already"):
        call_command("recall", mous.name, by="astrid", reason=WHY)
    client = Client()
    client.force_login(scientist)
    client.post(f"{mous.get_absolute_url()}decisions/", {"decision": "undo-recall", "reason": "it was right"})
    mous.refresh_from_db()
    assert mous.recalled_at is None
    client.post(f"{mous.get_absolute_url()}decisions/", {"decision": "recall", "reason": WHY})
    mous.refresh_from_db()
    assert mous.recall_reason == WHY
