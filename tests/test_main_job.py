"""From a delivered package to a downloaded cube, over HTTP, with a real worker and real CASA.

One archive serves the whole module: the tests read it in the order in which its users would.
"""

import hashlib
import http.client
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits
from django.conf import settings
from django.core.management import call_command
from knox.models import get_token_model

from archive.models import AlmaAccount, Scope
from products.models import CubeSlot, Product
from tests import make, service
from tests.restores.casa import test_image, test_restore

pytestmark = [
    pytest.mark.casa,
    pytest.mark.slow,
    pytest.mark.django_db,
]
LIGHT = 299_792.458
NCHAN = 30


@pytest.fixture(scope="module")
def line(django_db_setup, django_db_blocker, small_delivery, tmp_path_factory):
    """The archive with the delivery ingested, a PI, a delegee-to-be and a stranger, the service and a worker."""
    place = tmp_path_factory.mktemp("line")
    with django_db_blocker.unblock():
        call_command("ingest_delivery", *map(str, small_delivery.glob("*.tar")), facts=small_delivery / "facts.json")
        people = {name: _person(name) for name in ("alma_pi", "friend", "stranger")}
        AlmaAccount.objects.update_or_create(name="alma_pi", defaults={"user": make.user("alma_pi")})
        environment = os.environ | service.environment() | {"ALTIPLANO_SCRATCH_DIR": str(place / "scratch")}
        log = (place / "worker.log").open("w")
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "run_jobs"], cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log
        )
        with service.running(place / "web.log") as port:
            yield SimpleNamespace(port=port, tokens=people, delivery=small_delivery, place=place)
        worker.terminate()
        assert worker.wait(timeout=120) == 0
        call_command("flush", interactive=False, verbosity=0)


def _person(name):
    return get_token_model().objects.create(user=make.user(name), scopes=list(Scope))[1]


def ask(line, method, path, *, who=None, body=None, headers=None):
    """Status and decoded answer."""
    link = http.client.HTTPConnection("127.0.0.1", line.port, timeout=60)
    sent = {"Content-Type": "application/json"} | (headers or {})
    if who:
        sent["Authorization"] = f"Token {line.tokens[who]}"
    link.request(method, path, body=json.dumps(body) if body else None, headers=sent)
    answer = link.getresponse()
    content = answer.read()
    link.close()
    return answer.status, json.loads(content) if answer.headers.get_content_type() == "application/json" else content


def finished(line, path, pk):
    until = time.monotonic() + 400
    while time.monotonic() < until:
        _, detail = ask(line, "GET", f"{path}{pk}/", who="alma_pi")
        if detail["phase"] in {"COMPLETED", "ERROR", "ABORTED"}:
            assert detail["phase"] == "COMPLETED", (detail, (line.place / "worker.log").read_text()[-3000:])
            return detail
        time.sleep(0.3)
    raise AssertionError(f"{path}{pk} did not end: {detail}")


def image_order(line):
    """Velocity rising through the injected line, which falls on channel 14."""
    uid, truth = test_image.orders.only_mous(line.delivery)
    spectral = truth["target"]["line"]
    window = truth["windows"][spectral["window"]]
    cube = {
        "spw": window["virtual"],
        "mode": "velocity",
        "start": f"{spectral['lsrk_kms'] - 14 * 3:.3f}km/s",
        "width": "3km/s",
        "nchan": NCHAN,
        "restfreq": f"{spectral['rest_hz'] / 1e9:.6f}GHz",
    }
    return {"mous": uid, "source": truth["target"]["name"], "cubes": [cube], "continuum": True}


@pytest.fixture(scope="module")
def restored(line):
    uid, _ = test_image.orders.only_mous(line.delivery)
    status, answer = ask(line, "POST", "/api/restores/", who="alma_pi", body={"mous": uid})
    assert status == 201, answer
    return finished(line, "/api/restores/", answer["id"])


@pytest.fixture(scope="module")
def imaged(line, restored):
    """The holder's request, with what a second one was told while the first was still going on."""
    status, answer = ask(line, "POST", "/api/images/", who="alma_pi", body=image_order(line))
    assert status == 201, answer
    second = ask(line, "POST", "/api/images/", who="alma_pi", body=image_order(line))
    return finished(line, "/api/images/", answer["id"]), second


def file_of(line, product, who="alma_pi", headers=None):
    return ask(line, "GET", f"/api/products/{product['id']}/file", who=who, headers=headers)


def test_the_restored_data_equal_the_original_calibration_bit_for_bit(line, restored, tmp_path):
    assert len(restored["products"]) == 2
    for product in restored["products"]:
        status, content = file_of(line, product)
        assert status == 200
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            tar.extractall(tmp_path)
        [vis] = tmp_path.glob(product["name"].removesuffix(".tar"))

        told = test_restore.compared(test_restore.expectation(line.delivery, vis.stem), vis)

        assert told == dict.fromkeys(told, "identical")


def test_the_line_that_was_injected_comes_back_in_the_downloaded_cube(line, imaged):
    detail, _ = imaged
    [cube] = [p for p in detail["products"] if ".cube.I.pbcor.fits" in p["name"]]
    status, content = file_of(line, cube)
    assert status == 200
    with fits.open(io.BytesIO(content)) as file:
        header, pixels = file[0].header, file[0].data[0]
    target = test_image.truth_of(line.delivery)["target"]
    component = target["components"][0]

    y, x = test_image.pixel_of(header, component, target)

    assert pixels.shape[0] == NCHAN
    assert test_image.brightest(pixels) == (14, y, x)
    assert pixels[14, y, x] == pytest.approx(component["line_peak_jy"], rel=0.05)
    assert header["CTYPE3"] == "VRAD"


def test_the_continuum_comes_with_it(line, imaged):
    detail, _ = imaged
    [continuum] = [p for p in detail["products"] if ".cont.I.pbcor.fits" in p["name"]]
    with fits.open(io.BytesIO(file_of(line, continuum)[1])) as file:
        header, pixels = file[0].header, file[0].data[0, 0]
    target = test_image.truth_of(line.delivery)["target"]
    truth = test_image.truth_of(line.delivery)
    component = target["components"][0]
    y, x = test_image.pixel_of(header, component, target)
    scale = (header["CRVAL3"] / truth["reference_hz"]) ** target["continuum_spectral_index"]

    # 90 mJy above a noise of 9 mJy; towards its edge the primary beam lifts the noise above the source
    inner = pixels[y - 40 : y + 40, x - 40 : x + 40]
    assert pixels[y, x] == pytest.approx(component["continuum_jy"] * scale, rel=0.1)
    assert np.unravel_index(np.nanargmax(inner), inner.shape) == (40, 40)


def test_the_kept_restored_data_were_reused_for_the_cube(imaged):
    request_id = imaged[0]["id"]
    cube = Product.objects.get(request_id=request_id, role="user_cube", layer="pbcor")

    assert all(name.endswith(".ms.tar") for name in cube.provenance["inputs"])


def test_the_slot_points_to_the_cube_and_refused_the_second_request(imaged):
    detail, (status, answer) = imaged

    assert status == 409
    assert answer["error"]["code"] == "cube-exists"
    assert str(CubeSlot.objects.get(request_id=detail["id"]).product.request_id) == detail["id"]


def test_bytes_are_those_of_the_stored_sha256(line, imaged):
    for product in imaged[0]["products"]:
        _, content = file_of(line, product)

        assert hashlib.sha256(content).hexdigest() == Product.objects.get(pk=product["id"]).sha256


def test_anonymous_stranger_delegee_and_revoked_delegee(line, imaged):
    product = imaged[0]["products"][0]
    code = test_image.truth_of(line.delivery)["project"]
    assert ask(line, "GET", f"/api/products/{product['id']}/file")[0] == 401
    assert file_of(line, product, "stranger")[0] == 403

    _, delegation = ask(line, "POST", "/api/delegations/", who="alma_pi", body={"project": code, "delegee": "friend"})
    assert file_of(line, product, "friend")[0] == 200
    assert file_of(line, product, "friend", {"Range": "bytes=0-99"})[0] == 206
    assert ask(line, "DELETE", f"/api/delegations/{delegation['id']}/", who="alma_pi")[0] in {200, 204}

    assert file_of(line, product, "friend")[0] == 403
    assert file_of(line, product, "friend", {"Range": "bytes=100-199"})[0] == 403
