"""A user-defined cube becomes a product with its companions, or nothing at all."""

import gzip
import hashlib
import json
import uuid

import numpy
import pytest
from astropy.io import fits
from django.utils import timezone

from products import slots, versions
from products.models import CubeSlot, Product
from restores import leases, orders, phases, results, scratch
from restores.leases import LeaseLostError
from restores.models import ImagingDetails, Phase, Request
from tests import make

CUBE = {
    "spw_name": make.SPWS[0][0],
    "virtual_spw": 25,
    "restfreq_hz": 230.538e9,
    "start_hz": 230.52e9,
    "width_hz": 1e6,
    "nchan": 8,
    "mode": "frequency",
    "start": "230.52GHz",
    "width": "1MHz",
}
AXIS = {"CTYPE3": "FREQ", "CRVAL3": 230.52e9, "CDELT3": 1e6, "CRPIX3": 1.0, "CUNIT3": "Hz", "RESTFRQ": 230.538e9}


@pytest.fixture
def image(workshop, pi):
    """An image request that executes, with its place reserved and its attempt directory there."""
    mous = make.restorable_mous(pi=pi)
    source = mous.sources.get(key="ngc1052")
    request = Request.objects.create(
        kind="image",
        mous=mous,
        calibration=mous.calibration,
        owner=pi,
        casa_version="6.7.0.31",
        phase="EXECUTING",
        attempt=1,
        handle={"pid": 4711, "started": 1, "staging_seconds": 0.5},
    )
    ImagingDetails.objects.create(request=request, source=source, cubes=[CUBE], continuum=True)
    slots.reserve(source, request_id=request.pk, by=pi)
    request.lease = leases.take(request.pk)
    directory = scratch.fresh(request)
    for product in Product.objects.filter(role__in=["raw", "flagversions", "caltables"]):
        (directory / "inputs" / product.name).touch()
    orders.write_order(request, directory)
    return request


def written(directory, name, **header):
    path = directory / "outputs" / name.removesuffix(".gz")
    hdu = fits.PrimaryHDU(numpy.ones((8, 4, 4), dtype="f4"))
    hdu.header.update({"OBJECT": "NGC1052", "BUNIT": "Jy/beam", "SPECSYS": "LSRK", **AXIS, **header})
    hdu.writeto(path)
    if name.endswith(".gz"):
        packed = path.with_name(name)
        packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        path.unlink()
        return packed
    return path


def report(request, **changes):
    """What CASA tells of a cube with its primary beam and a continuum image, and the files."""
    directory = scratch.attempt(request)
    made = {
        ("pbcor", "cube"): "cube.pbcor.fits",
        ("pb", "cube"): "cube.pb.fits.gz",
        ("pbcor", "cont"): "cont.pbcor.fits",
    }
    files = []
    for (layer, mode), name in made.items():
        path = written(directory, name, **(changes if (layer, mode) == ("pbcor", "cube") else {}))
        told = {"kind": "image", "eb": None, "source": "NGC1052", "layer": layer, "mode": mode}
        told |= {"virtual_spws": [25] if mode == "cube" else [25, 27], "size": path.stat().st_size}
        files.append(told | {"path": f"outputs/{name}", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
    whole = {"recipe": "image", "request": str(request.pk), "attempt": 1, "casa_version": "6.7.0.31"}
    whole |= {"stages": [], "warnings": [], "facts": {"peak": 0.1}, "files": files}
    (directory / "report.json").write_text(json.dumps(whole))
    return directory


def deliver(request, directory):
    results.deliver(request, directory, request.lease.token, beat=request.lease.beat)
    request.refresh_from_db()


def test_the_cube_takes_its_place_and_its_primary_beam_follows_it(image):
    deliver(image, report(image))

    cube = Product.objects.get(name="cube.pbcor.fits")
    assert CubeSlot.objects.get().product == cube
    assert (cube.role, cube.origin, cube.spws, cube.mode, cube.layer) == ("user_cube", "imaged", [25], "cube", "pbcor")
    assert [product.name for product in cube.companions.all()] == ["cube.pb.fits.gz"]
    assert (cube.header["spectral"]["nchan"], cube.expires_at) == (8, None)
    assert Product.objects.get(mode="cont").role == "user_continuum"
    assert image.phase == Phase.COMPLETED


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"CRVAL3": 230.52e9 + 2e4}, "it begins at"),
        ({"CDELT3": -1e6}, "channels are -1000000.0 Hz wide"),
        ({"SPECSYS": "TOPOCENT"}, "frame is 'TOPOCENT'"),
        ({"RESTFRQ": 230.5e9}, "rest frequency"),
        ({"OBJECT": "J0423-0120"}, "object is 'J0423-0120'"),
        ({"CTYPE3": "VRAD"}, "spectral axis is not FREQ"),
    ],
)
def test_a_cube_that_is_not_what_was_ordered_is_not_archived(image, header, words):
    with pytest.raises(results.WrongResultError, match=words):
        deliver(image, report(image, **header))

    assert not Product.objects.filter(origin="imaged").exists()


def test_a_cube_that_is_missing_is_noticed(image):
    directory = report(image)
    told = json.loads((directory / "report.json").read_text())
    told["files"] = told["files"][2:]
    (directory / "report.json").write_text(json.dumps(told))

    with pytest.raises(results.WrongResultError, match="no cube of spectral window 25"):
        deliver(image, directory)


def test_a_path_outside_the_outputs_is_refused(image, tmp_path):
    directory = report(image)
    told = json.loads((directory / "report.json").read_text())
    told["files"][0]["path"] = "outputs/../order.json"
    (directory / "report.json").write_text(json.dumps(told))

    with pytest.raises(results.WrongResultError, match="not among its outputs"):
        deliver(image, directory)


def test_a_place_that_was_given_up_keeps_the_cube_out(image):
    CubeSlot.objects.all().delete()

    with pytest.raises(slots.SlotLostError):
        deliver(image, report(image))

    image.refresh_from_db()
    assert image.phase == Phase.EXECUTING
    assert not Product.objects.filter(origin="imaged").exists()


def test_an_abort_during_the_upload_keeps_the_cube_out(image):
    directory = report(image)
    Request.objects.filter(pk=image.pk).update(phase=Phase.ABORTED, ended_at=timezone.now())

    with pytest.raises(LeaseLostError):
        deliver(image, directory)

    assert not Product.objects.filter(origin="imaged").exists()


def in_force(image):
    """A cube made before, which the request is to replace."""
    old = {"origin": "imaged", "role": "user_cube", "source": image.imaging.source, "mode": "cube", "layer": "pbcor"}
    cube = make.product(image.mous, "cube.pbcor.fits", request_id=uuid.uuid4(), **old)
    CubeSlot.objects.all().delete()
    slots.reserve(cube.source, request_id=cube.request_id, by=image.owner)
    slots.bind(cube.request_id, cube)
    slots.reserve_next(cube.source, replaces=cube.pk, request_id=image.pk, by=image.owner, reason="a finer grid")
    return cube


def test_a_cube_that_replaces_another_takes_its_place_as_the_next_version(image):
    old = in_force(image)

    deliver(image, report(image))

    new = CubeSlot.objects.get().product
    old.refresh_from_db()
    assert (new.request_id, new.version, new.version_reason) == (image.pk, 2, "a finer grid")
    assert (old.superseded_by, old.withdrawn_at) == (new, None)
    assert [(row.layer, row.version) for row in new.companions.all()] == [("pb", 2)]
    assert Product.objects.get(mode="cont").version == 1


def test_a_replacement_that_is_not_what_was_ordered_leaves_the_old_cube(image):
    old = in_force(image)

    with pytest.raises(results.WrongResultError):
        deliver(image, report(image, CRVAL3=230.52e9 + 2e4))

    phases.move(image, Phase.ERROR, error_code="wrong-result")
    slot = CubeSlot.objects.get()
    old.refresh_from_db()
    assert (slot.product, slot.next_request_id, old.superseded_at) == (old, None, None)


def test_nothing_is_replaced_when_the_end_is_not_committed(image, monkeypatch):
    old = in_force(image)
    monkeypatch.setattr(versions.ProductChange.objects, "create", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        deliver(image, report(image))

    image.refresh_from_db()
    old.refresh_from_db()
    slot = CubeSlot.objects.get()
    assert (image.phase, old.superseded_at) == (Phase.EXECUTING, None)
    assert (slot.product, slot.next_request_id) == (old, image.pk)
