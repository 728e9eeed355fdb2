"""Room for work: one reckoning, for who asks and for what starts."""

import json

import pytest
from django.core.management import call_command

from archive.errors import TransientError
from products.models import Product
from restores import needs, scratch, submit
from restores.models import Request
from restores.refusals import ScratchSpaceError
from tests import make

OTHERS = 4_000_000


@pytest.fixture
def others(workshop, settings):
    """Other work has filled 4 MB of a quota of 10 MB."""
    settings.SCRATCH_QUOTA_BYTES = 10_000_000
    place = workshop.scratch / "another" / "1"
    place.mkdir(parents=True)
    (place / "MODEL_DATA").write_bytes(b"x" * OTHERS)


def test_what_others_use_is_missing_now_and_free_when_they_end(others):
    assert scratch.room(empty=True) == 10_000_000
    assert 10_000_000 - OTHERS - 10_000 < scratch.room() <= 10_000_000 - OTHERS


def test_on_a_full_disk_our_own_work_counts_as_room_to_come(others, monkeypatch):
    monkeypatch.setattr(scratch, "disk_free", lambda: 1000)

    assert scratch.room() == 1000
    assert OTHERS <= scratch.room(empty=True) - 1000 < OTHERS + 10_000


def test_a_request_that_fits_when_others_have_ended_is_taken_and_waits(others, pi):
    mous = make.restorable_mous(pi=pi)
    Product.objects.filter(mous=mous, role="raw").update(size=800_000)  # of two blocks, times 4.5
    request = submit.request_restore(mous, by=pi, now=make.NOW)

    assert needs.of_request(request) == 7_200_000
    with pytest.raises(TransientError, match="7200000 bytes"):
        scratch.require_room(needs.of_request(request))


def test_preflight_tells_the_room_that_a_start_would_find(others, pi, capsys):
    mous = make.restorable_mous(pi=pi)

    call_command("preflight", mous.uid, json=True)

    assert json.loads(capsys.readouterr().out)["plan"]["scratch_room_bytes"] == scratch.room()


def test_an_image_starts_with_the_room_it_was_accepted_with(workshop, pi, settings):
    """To the byte: with one less it would have been refused."""
    mous = make.restorable_mous(pi=pi)
    asked = {"source": "NGC1052", "cubes": [{"spw": 25, "start": "230.52GHz", "width": "1MHz", "nchan": 40}]}
    request = submit.request_image(mous, asked, by=pi, now=make.NOW)
    need = needs.of_request(Request.objects.get(pk=request.pk))

    assert need > needs.of_image(mous, [], None)
    submit.abort(request, by=pi)
    settings.SCRATCH_QUOTA_BYTES = need - 1
    with pytest.raises(ScratchSpaceError):
        submit.request_image(mous, asked, by=pi, now=make.NOW)
    settings.SCRATCH_QUOTA_BYTES = need
    submit.request_image(mous, asked, by=pi, now=make.NOW)
