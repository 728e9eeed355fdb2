"""Previews are due with the product, made once, lost by nothing, and asked of nobody twice."""

import io
import json
import re
import threading
from datetime import timedelta

import numpy as np
import pytest
from astropy.io import fits
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from archive.errors import TransientError
from archive.models import Finding
from products import copying, store
from products.fits import Inspection
from products.index_check import objects
from products.models import Preview, Previewing, Product, Sidecar
from products.previews import making
from restores import queue, sweep, tick
from tests import make
from tests.products.previews.conftest import facts, pixels

pytestmark = pytest.mark.django_db
CUBE_NAMES = {f"{kind}-{width}.png" for kind in ("peak", "moment0", "spectrum") for width in (1024, 256)}


@pytest.fixture
def mous():
    return make.mous()


def numbers(product):
    return json.loads(b"".join(store.open_store().stream(product.previews.get(kind="numbers").key)))


def test_a_cube_has_two_images_and_its_spectra_in_two_sizes_and_its_numbers(mous, image):
    cube = image(mous)

    assert making.make_due() == {"made": 1}

    assert {each.name for each in cube.previews.all()} == CUBE_NAMES | {"numbers.json"}
    told, values = numbers(cube), pixels(8)
    assert told["frequency_ghz"] == pytest.approx([230.5 + 0.001 * channel for channel in range(8)])
    assert told["peak_by_channel"] == pytest.approx(values.max(axis=(1, 2)), rel=1e-6)
    assert told["mean_by_channel"] == pytest.approx(values.mean(axis=(1, 2)), rel=1e-4)
    assert told["frequency_ghz"][int(np.argmax(told["peak_by_channel"]))] == pytest.approx(230.505)
    assert (told["unit"], told["frame"], told["peak"]) == ("Jy/beam", "LSRK", 2.0)
    assert told["beam"] == {"major_arcsec": 0.4, "minor_arcsec": 0.3, "angle_deg": 40.0}
    assert len(told["corners_deg"]) == 4


def test_a_continuum_image_has_one_picture(mous, image):
    continuum = image(mous, "member.uid___A001_X3621_X541.NGC1052_sci.spw25_27.mfs.I.pbcor.fits", nchan=1)

    making.make_due()

    assert {each.name for each in continuum.previews.all()} == {"image-1024.png", "image-256.png", "numbers.json"}
    assert "frequency_ghz" not in numbers(continuum)


def test_a_packed_image_has_the_same_numbers(mous, image):
    plain, packed = image(mous), image(mous, "x.cube.fits.gz")

    assert making.make_due()["made"] == 2
    assert numbers(plain) == numbers(packed)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("x.cube.pb.fits", {"layer": "pb"}),
        ("x.cube.mask.fits", {"layer": "mask"}),
        ("notes.txt", {}),
        ("table.fits", {"header": {}}),
    ],
)
def test_only_images_of_the_sky_are_due(mous, image, name, changes):
    image(mous, name, **changes)

    assert not making.due().exists()


def test_many_new_images_are_due_together_and_count_as_few_changes_of_their_sidecar(mous):
    """A change for each would be counted in one row of one transaction, which takes the longer the more there were."""
    header = {"data_offset": 2880}
    images = [make.unsaved(mous, f"image{number}.fits", header=header) for number in range(50)]

    copying.insert(images)

    assert Previewing.objects.filter(product__mous=mous).count() == len(images)
    assert Sidecar.objects.get(mous=mous).changes <= 3


def test_nothing_is_made_twice_until_it_is_asked_for_again(mous, image):
    cube = image(mous)
    making.make_due()
    first = set(cube.previews.values_list("key", flat=True))

    assert making.make_due() == {}
    call_command("make_previews", mous=mous.name, again=True)

    assert len(first) == 7
    assert not first & set(cube.previews.values_list("key", flat=True))
    with pytest.raises(CommandError, match="--mous"):
        call_command("make_previews", again=True)


def test_what_is_rolled_back_is_not_due_and_what_is_withdrawn_not_either(mous, image):
    cube = image(mous)
    for changes in (
        {"withdrawn_at": make.NOW},
        {"superseded_at": make.NOW},
        {"quarantined_at": make.NOW, "quarantine_reason": "x"},
    ):
        Product.objects.filter(pk=cube.pk).update(
            **{"withdrawn_at": None, "superseded_at": None, "quarantined_at": None} | changes
        )
        assert making.make_due() == {}
    Product.objects.filter(pk=cube.pk).update(quarantined_at=None)

    assert making.make_due() == {"made": 1}


HOSTILE = {
    "an axis of nothing": {"shape": [0, 16, 8]},
    "a billion pixels across": {"shape": [10**9, 10**9, 10**9]},
    "more than there is": {"shape": [16, 16, 80, 1]},
    "letters for numbers": {"shape": ["x", "y"]},
    "no place": {"data_offset": None},
    "a place behind the end": {"data_offset": 10**9},
    "a kind that is none": {"bitpix": 3},
    "a list for an axis": {"spectral": [1]},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["x.cube.fits", "x.cube.fits.gz"])
def test_a_hostile_header_is_a_finding_and_stops_nobody(mous, image, name, changes):
    bad, good = image(mous, name, header=facts(8) | changes), image(mous)

    assert making.make_due() == {"failed": 1, "made": 1}

    assert re.fullmatch(r"\w+ [^:]*\w(: \w+ \w+.*)?\.", Previewing.objects.get(pk=bad.pk).problem)
    finding = Finding.objects.get(code="no-preview", settled_at=None)
    assert finding.subject == name
    assert good.previews.exists()


def test_a_file_that_is_cut_short_or_no_gzip_is_a_finding(mous, image):
    image(mous, "a.fits.gz", content=b"\x1f\x8b" + bytes(100_000))
    image(mous, "b.fits.gz", content=b"\x1f\x8b\x08\x00" + bytes(6) + bytes(100_000))

    assert making.make_due() == {"failed": 2}


def test_a_finding_is_settled_when_previews_can_be_made_after_all(mous, image):
    cube = image(mous, header=facts(8) | {"bitpix": 3})
    making.make_due()

    cube.header = facts(8)
    cube.save(update_fields=["header"])

    assert making.make_due() == {"made": 1}
    assert not Finding.objects.filter(code="no-preview", settled_at=None).exists()


def test_whoever_is_killed_leaves_the_previews_due_but_not_for_ever(mous, image, monkeypatch):
    image(mous)

    class KilledError(BaseException):
        pass

    def die(product):
        raise KilledError

    monkeypatch.setattr(making, "pictures", die)
    for _ in range(making.MOST_TRIES):
        assert making.due().exists()
        with pytest.raises(KilledError):
            making.make_due()

    assert making.make_due() == {"failed": 1}
    assert "died" in Finding.objects.get(code="no-preview").sentence


def test_a_store_that_does_not_answer_costs_no_try(mous, image, monkeypatch):
    cube = image(mous)

    def silent(product):
        raise TransientError("The object store cannot be reached.")

    with monkeypatch.context() as broken:
        broken.setattr(making, "pictures", silent)
        for _ in range(making.MOST_TRIES + 1):
            with pytest.raises(TransientError):
                making.make_due()

    assert Previewing.objects.get(pk=cube.pk).tries == 0
    assert making.make_due() == {"made": 1}


@pytest.mark.django_db(transaction=True)
def test_two_do_not_make_the_same_at_the_same_time(mous, image, monkeypatch):
    cube, begun, go_on, outcomes = image(mous), threading.Event(), threading.Event(), []
    draw = making.pictures

    def slowly(product):
        begun.set()
        go_on.wait(10)
        return draw(product)

    def other():
        outcomes.append(making.make(cube.pk))
        connections.close_all()

    monkeypatch.setattr(making, "pictures", slowly)
    thread = threading.Thread(target=other)
    thread.start()
    begun.wait(10)
    ours = making.make(cube.pk)
    go_on.set()
    thread.join()

    assert (ours, outcomes) == ("left", ["made"])
    assert connection.connection is not None


def test_previews_are_no_orphans_and_go_with_their_product(own_bucket, mous, image, settings):
    settings.ORPHAN_GRACE_HOURS = 0
    cube = image(mous)
    making.make_due()
    keys = set(cube.previews.values_list("key", flat=True))

    sweep.sweep()
    assert keys <= {key for key, _ in store.open_store().objects()}
    assert not [fault for fault in objects.check_all(timezone.now() + timedelta(days=9)) if fault.code[:6] == "object"]

    Product.objects.filter(pk=cube.pk).update(expires_at=make.NOW, withdrawn_at=make.NOW)
    sweep.sweep()
    assert not keys & {key for key, _ in store.open_store().objects()}


def test_the_tick_has_a_worker_make_what_is_due_and_only_then(mous, image):
    tick.tick()
    assert not _jobs()

    image(mous)
    tick.tick()
    tick.tick()
    assert len(_jobs()) == 1


def _jobs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", [queue.MAKE_PREVIEWS]
        )
        return cursor.fetchall()


def test_a_preview_has_a_row_of_its_own_name(mous, image):
    cube = image(mous)
    making.make_due()

    row = Preview.objects.get(product=cube, name="peak-256.png")
    assert (row.kind, row.width, row.media_type) == ("peak", 256, "image/png")
    assert row.size == store.open_store().size(row.key)


def test_facts_that_the_door_to_fits_files_reads_are_enough(mous, image):
    """As ingestion keeps them: a file written by astropy, with the axes of CASA."""
    made = fits.PrimaryHDU(pixels(8)[None])
    cards = {"OBJECT": "NGC1052", "BUNIT": "Jy/beam", "SPECSYS": "LSRK", "RESTFRQ": 230.538e9, "RADESYS": "ICRS"}
    for axis, ctype in enumerate(("RA---SIN", "DEC--SIN", "FREQ", "STOKES"), start=1):
        cards |= {f"CTYPE{axis}": ctype, f"CRPIX{axis}": 1.0, f"CRVAL{axis}": 1.0, f"CDELT{axis}": 1e-5}
    made.header.update(cards | {"CRVAL3": 230.5e9, "CDELT3": 1e6})
    body = io.BytesIO()
    made.writeto(body)
    cube = image(mous, content=body.getvalue(), header=_read("x.fits", body.getvalue()))

    assert making.make_due() == {"made": 1}

    told = numbers(cube)
    assert told["frequency_ghz"][int(np.argmax(told["peak_by_channel"]))] == pytest.approx(230.505)
    assert (told["shape"], told["frame"], told["sky_frame"]) == ([16, 16, 8, 1], "LSRK", "ICRS")


def _read(name, body):
    return Inspection(name, len(body)).update(body).result().header
