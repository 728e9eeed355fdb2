"""Large files of a bundle, each asked for before its turn: what is sent and written down when its turn comes."""

import os

import pytest
from django.utils import timezone

from archive.access_refusals import ProprietaryError
from archive.models import AccessRecord, Delegation
from products import download, streams
from products.bundles import archives, making, sending
from products.models import Product
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 2**20
SIZE = 5 * MIB
NAMES = ["a.fits", "b.fits", "c.fits"]


@pytest.fixture(autouse=True)
def every_three(monkeypatch):
    monkeypatch.setattr(streams, "CHECK_BYTES", 3 * MIB)


@pytest.fixture
def contents(mous):
    made = {name: os.urandom(SIZE) for name in NAMES}
    for name, content in made.items():
        make.product(mous, name, content=content)
    return made


@pytest.fixture
def pieces(mous, cast, contents):
    """Of the archive, on its way to a delegee."""
    by, now = cast["delegee"], timezone.now()
    made = making.make(
        list(Product.objects.filter(mous=mous).values_list("pk", flat=True)), by=by, now=now, name="three"
    ).bundle
    archive = archives.named(making.find(made.pk), "three.tar", by=by, now=now)
    sent = sending.open_stream(archive, download.Span(0, archive.size), by=by, now=now)
    yield sent
    sent.close()


def taken(pieces, least, got=b""):
    while len(got) < least:
        got += next(pieces)
    return got


def revoke(cast):
    Delegation.objects.filter(delegee=cast["delegee"]).update(revoked_at=timezone.now(), revoked_by=cast["pi"])


def told(what):
    return [(one.name, one.bytes_sent, one.outcome) for one in AccessRecord.objects.filter(what=what).order_by("pk")]


def test_the_right_to_it_is_asked_for_before_its_turn(pieces, contents, monkeypatch):
    before, asked = sending._Journal._permitted, []

    def permitted(self, ids, now):
        asked.extend(ids)
        return before(self, ids, now)

    monkeypatch.setattr(sending._Journal, "_permitted", permitted)

    got = b"".join(pieces)

    assert asked == []  # of the first file before all this
    assert all(content in got for content in contents.values())
    assert told("download ended") == [(name, SIZE, "complete") for name in NAMES]
    assert {one.rule for one in AccessRecord.objects.all()} == {"delegation"}


def test_its_record_is_there_before_its_first_byte_and_not_before_its_turn(pieces, contents):
    got = taken(pieces, SIZE - MIB)
    assert [name for name, *_ in told("download")] == NAMES[:1]

    while contents["b.fits"][:100] not in got:
        got += next(pieces)

    assert [name for name, *_ in told("download")] == NAMES[:2]
    assert told("download ended") == [("a.fits", SIZE, "complete")]


def test_a_right_that_ends_after_it_was_asked_for_is_asked_again_at_its_turn(pieces, cast, contents):
    taken(pieces, 4 * MIB)  # asked for the last time within this file at 3 MiB

    revoke(cast)

    with pytest.raises(ProprietaryError):
        taken(pieces, 2 * SIZE)
    assert ("a.fits", SIZE, "complete") in told("download ended")
    assert [ended for ended in told("download ended") if ended[0] == "b.fits"] in ([], [("b.fits", 0, "cut off")])


def test_a_right_that_was_away_when_it_was_asked_for_counts_at_its_turn(pieces, cast, contents, monkeypatch):
    monkeypatch.setattr(sending._Journal, "_looked", lambda self, key: None)

    got = b"".join(pieces)

    assert all(content in got for content in contents.values())
    assert told("download ended") == [(name, SIZE, "complete") for name in NAMES]


def test_who_leaves_before_its_turn_has_no_record_of_it(pieces, cast):
    taken(pieces, MIB)

    pieces.close()

    assert [name for name, *_ in told("download")] == NAMES[:1]
    assert [(name, outcome) for name, _, outcome in told("download ended")] == [("a.fits", "left")]
