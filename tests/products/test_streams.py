"""What the access log says of a download, and how the bytes end with the right to them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import DatabaseError, connections
from django.urls import reverse
from django.utils import timezone

from archive import access_log, repeated
from archive.errors import ArchiveError, TransientError
from archive.models import AccessRecord, ApiToken, Delegation, MemberOUS, Project, StaffAssignment
from products import download, standing, store, streams
from products.models import Product
from tests import make, people

pytestmark = pytest.mark.django_db
MIB = 2**20
BYTES = bytes(range(256)) * 40
RULES = {"pi": "PI", "delegee": "delegation", "assigned staff": "assignment"}


@pytest.fixture
def product(mous):
    return make.product(mous, "caltables.tgz", directory="calibration", content=BYTES)


@pytest.fixture
def long(mous):
    return make.product(mous, "long.tar", content=bytes(12 * MIB))


def release(mous):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.LONG_AGO)


def get(product, person, way="session", **headers):
    answer = people.client(person, way).get(reverse("product-file", args=[product.pk]), headers=headers)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


def begin(product, by, **more):
    whole = download.Span(0, product.size)
    return streams.open_stream(product, whole, by=by, now=timezone.now(), **more)


def last():
    return AccessRecord.objects.last()


# Who, what, how much


@pytest.mark.parametrize("way", people.WAYS)
@pytest.mark.parametrize("role", RULES)
def test_a_download_is_written_down_at_its_beginning_and_at_its_end(mous, cast, product, role, way):
    answer = get(product, cast[role], way)

    begun, ended = AccessRecord.objects.all()
    for record in (begun, ended):
        assert (record.person, record.person_name) == (cast[role], cast[role].username)
        assert (record.project, record.mous, record.subject) == (mous.project, mous, product.pk)
        assert (record.name, record.rule) == ("calibration/caltables.tgz", RULES[role])
        assert (record.bytes_asked, record.request_id) == (len(BYTES), answer["X-Request-ID"])
    assert begun.event == ended.event
    assert (begun.what, begun.bytes_sent, begun.outcome) == ("download", None, "")
    assert (ended.what, ended.bytes_sent, ended.outcome) == ("download ended", len(BYTES), "complete")


def test_the_grant_that_allowed_it_stands_in_the_record(mous, cast, product):
    get(product, cast["delegee"])
    assert last().delegation == Delegation.objects.get(delegee=cast["delegee"])

    get(product, cast["assigned staff"])
    assert last().assignment == StaffAssignment.objects.get(person=cast["assigned staff"])


def test_public_bytes_are_written_down_with_nobodys_name(mous, product):
    release(mous)

    get(product, None)

    assert (last().person, last().person_name, last().rule) == (None, "", "released")


def test_public_bytes_are_not_laid_at_the_door_of_a_grant(mous, cast, product):
    release(mous)

    get(product, cast["delegee"])

    assert (last().person, last().rule, last().delegation) == (cast["delegee"], "released", None)


def test_an_open_calibrator_image_is_written_down_as_such(mous, settings):
    settings.PUBLIC_CALIBRATOR_IMAGES = True
    phase = make.source(mous, "J0241-0815", intents=("PHASE",))
    image = make.product(mous, "cal.fits", content=BYTES, source=phase, header={"object_key": phase.key})

    assert get(image, None).status_code == 200
    assert last().rule == "calibrator"


def test_of_a_part_the_part_is_written_down(cast, product):
    get(product, cast["pi"], Range="bytes=100-199")

    assert (last().bytes_asked, last().bytes_sent, last().outcome) == (100, 100, "complete")


def test_a_link_to_the_store_is_written_down_when_it_is_given(mous, product, settings):
    release(mous)
    settings.S3 = settings.S3 | {"public_endpoint": "https://data.example.org"}

    assert get(product, None).status_code == 302

    [record] = AccessRecord.objects.all()
    assert (record.what, record.rule, record.bytes_asked) == ("link", "released", len(BYTES))


def test_what_sends_no_bytes_is_not_written_down(mous, cast, product):
    caller = people.client(cast["pi"])
    address = reverse("product-file", args=[product.pk])

    caller.head(address)
    caller.get(address, headers={"If-None-Match": download.etag(product)})
    caller.get(address, headers={"Range": "bytes=99999-"})
    caller.get(reverse("api-product", args=[product.pk]))
    caller.get(mous.get_absolute_url())
    people.client(cast["stranger"]).get(address)

    assert not AccessRecord.objects.exists()


# No record, no bytes


@pytest.mark.django_db(transaction=True)
def test_the_record_is_there_for_all_to_see_before_the_first_byte(cast, product):
    begin(product, cast["pi"])

    with ThreadPoolExecutor(1) as other:
        assert other.submit(_records_seen).result(timeout=60) == 1


def _records_seen():
    try:
        return AccessRecord.objects.count()
    finally:
        connections.close_all()


def test_what_cannot_be_written_down_is_not_sent(cast, product, monkeypatch):
    def broken(**facts):
        raise DatabaseError("no space left on the device")

    monkeypatch.setattr(AccessRecord.objects, "create", broken)

    answer = get(product, cast["pi"])

    assert (answer.status_code, answer.streaming) == (503, False)
    assert answer.json()["error"]["code"] == "try-again"


def test_a_link_that_cannot_be_written_down_is_not_given(mous, product, settings, monkeypatch):
    def broken(**facts):
        raise DatabaseError("no space left on the device")

    release(mous)
    settings.S3 = settings.S3 | {"public_endpoint": "https://data.example.org"}
    monkeypatch.setattr(AccessRecord.objects, "create", broken)

    assert get(product, None).status_code == 503


def test_who_has_no_right_gets_no_stream_whatever_was_asked_before(cast, product):
    with pytest.raises(ArchiveError):
        begin(product, cast["stranger"])

    assert not AccessRecord.objects.exists()


def test_a_lost_object_is_no_download(mous, cast):
    assert get(make.product(mous, "lost.tar"), cast["pi"]).status_code == 500
    assert not AccessRecord.objects.exists()


# How it ends


def test_who_leaves_is_written_down_with_what_she_took(cast, long):
    pieces = begin(long, cast["pi"])
    taken = [len(next(pieces)) for _ in range(3)]

    pieces.close()

    assert (last().outcome, last().bytes_sent) == ("left", sum(taken[:-1]))  # the last may not have left the house


def test_who_leaves_before_the_first_byte_is_written_down_too(cast, long):
    begin(long, cast["pi"]).close()

    assert (last().outcome, last().bytes_sent) == ("left", 0)


def test_a_store_that_falls_silent_is_written_down_as_a_failure(cast, long, monkeypatch):
    def silent(self, key, start, stop):
        yield bytes(MIB)
        raise TransientError("The object store stopped answering.")

    monkeypatch.setattr(store.Store, "stream", silent)
    pieces = begin(long, cast["pi"])

    with pytest.raises(TransientError):
        list(pieces)

    assert (last().outcome, last().bytes_sent) == ("failed", MIB)


def test_an_end_that_cannot_be_written_down_does_not_harm_the_reader(cast, product, monkeypatch, caplog):
    pieces = begin(product, cast["pi"])

    def broken(*args, **kwargs):
        raise DatabaseError("the connection is gone")

    monkeypatch.setattr(access_log, "ended", broken)

    assert b"".join(pieces) == BYTES
    assert "10240 bytes, complete" in caplog.text


# How the right ends


def revoke(cast, long):
    Delegation.objects.filter(delegee=cast["delegee"]).update(revoked_at=timezone.now(), revoked_by=cast["pi"])


def expire(cast, long):
    """At its very second: what ends now is no more."""
    Delegation.objects.filter(delegee=cast["delegee"]).update(
        granted_at=make.LONG_AGO, expires_at=timezone.now() - timedelta(microseconds=1)
    )


def close_account(cast, long):
    cast["delegee"].__class__.objects.filter(pk=cast["delegee"].pk).update(is_active=False)


def withdraw(cast, long):
    Product.objects.filter(pk=long.pk).update(withdrawn_at=timezone.now())


def hide(cast, long):
    revoke(cast, long)
    Project.objects.update(confidential=True)


def end_token(cast, long):
    ApiToken.objects.all().delete()


def expire_token(cast, long):
    ApiToken.objects.update(expiry=timezone.now())


@pytest.mark.parametrize("lose", [revoke, expire, close_account, withdraw, hide, end_token, expire_token])
def test_a_download_ends_with_the_right_to_it(cast, long, lose):
    token = ApiToken.objects.create(cast["delegee"])[0]
    pieces = begin(long, cast["delegee"], token=token)
    before = len(next(pieces))

    lose(cast, long)

    after = 0
    with pytest.raises(ArchiveError):
        after = _count(pieces)
    assert (last().outcome, last().bytes_asked) == ("cut off", long.size)
    assert last().bytes_sent <= before + streams.CHECK_BYTES
    assert after == 0


@pytest.mark.parametrize("with_token", [False, True])
def test_a_download_by_password_or_session_ends_when_the_password_changes(cast, long, with_token):
    person = cast["delegee"]
    token = ApiToken.objects.create(person)[0] if with_token else None
    pieces = begin(long, person, token=token)
    before = len(next(pieces))

    person.__class__.objects.filter(pk=person.pk).update(password="another")

    if with_token:
        assert before + _count(pieces) == long.size
    else:
        with pytest.raises(standing.PasswordChangedError):
            list(pieces)
        assert last().outcome == "cut off"


def _count(pieces):
    return sum(map(len, pieces))


@pytest.mark.parametrize("lose", ["the role", "the assignment", "the mark of staff"])
def test_a_download_of_staff_ends_with_their_assignment(cast, long, lose):
    person = cast["assigned staff"]
    pieces = begin(long, person)
    next(pieces)

    if lose == "the role":
        person.groups.remove(*Group.objects.all())
    elif lose == "the assignment":
        StaffAssignment.objects.filter(person=person).update(ended_at=timezone.now())
    else:
        person.__class__.objects.filter(pk=person.pk).update(is_staff=False)

    with pytest.raises(ArchiveError):
        list(pieces)
    assert last().outcome == "cut off"


def test_public_bytes_end_when_the_project_is_hidden(mous, long):
    release(mous)
    pieces = begin(long, AnonymousUser())
    next(pieces)

    Project.objects.update(confidential=True)

    with pytest.raises(ArchiveError):
        list(pieces)
    assert (last().outcome, last().person_name) == ("cut off", "")


def test_who_gets_another_right_meanwhile_goes_on(mous, cast, long):
    pieces = begin(long, cast["delegee"])
    first = len(next(pieces))
    revoke(cast, long)

    make.delegation(mous.project, cast["delegee"], by=cast["pi"])

    assert _count(pieces) == long.size - first
    assert last().outcome == "complete"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", [*RULES, "anonymous"])
def test_outside_a_transaction_the_question_is_asked_the_shorter_way(mous, cast, product, role, monkeypatch):
    by, token = cast.get(role), None
    if by is None:
        by = AnonymousUser()
        release(mous)
    else:
        token = ApiToken.objects.create(by)[0]

    def never(*_, **__):
        raise AssertionError

    standing.Standing(by, token).require(product.pk, timezone.now())
    with monkeypatch.context() as patched:
        patched.setattr(repeated.Repeated, "first", never)
        standing.Standing(by, token).require(product.pk, timezone.now())
    Product.objects.update(withdrawn_at=timezone.now())
    with pytest.raises(ArchiveError):
        standing.Standing(by, token).require(product.pk, timezone.now())
