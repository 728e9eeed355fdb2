"""A cube and a continuum image of a real delivery: what was injected comes back where it was put."""

import json
import math

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from tests.restores.casa import orders

pytestmark = [pytest.mark.casa, pytest.mark.slow]
LIGHT = 299_792_458.0
CHANNELS = 40


def truth_of(delivery):
    return orders.only_mous(delivery)[1]


def line_frequency(delivery):
    line = truth_of(delivery)["target"]["line"]
    return line["rest_hz"] * (1 - line["lsrk_kms"] * 1e3 / LIGHT)


def made(delivery, directory, **image):
    orders.make_attempt(delivery, directory, recipe="image", image=orders.image_of(delivery, **image))
    status, report = orders.run_casa(directory)
    assert status == 0, report
    return directory, report


def image_of(run, mode):
    directory, report = run
    [path] = [f["path"] for f in report["files"] if f["mode"] == mode and f["layer"] == "pbcor"]
    with fits.open(directory / path) as file:
        return file[0].header, file[0].data[0]


def brightest(cube):
    channel, y, x = np.unravel_index(np.nanargmax(cube), cube.shape)
    return int(channel), int(y), int(x)


def pixel_of(header, component, target):
    """Where a component of the target has to be: offsets on the sky from the field centre."""
    ra = target["ra_deg"] + component["east_arcsec"] / 3600 / math.cos(math.radians(target["dec_deg"]))
    x, y = WCS(header).celestial.all_world2pix(ra, target["dec_deg"] + component["north_arcsec"] / 3600, 0)
    return round(float(y)), round(float(x))


@pytest.fixture(scope="module")
def by_frequency(small_delivery, tmp_path_factory):
    start = line_frequency(small_delivery) - 17 * 2e6
    cube = orders.cube_of(small_delivery, mode="frequency", start_hz=start, width_hz=2e6, nchan=CHANNELS)
    return made(small_delivery, tmp_path_factory.mktemp("frequency"), cubes=[cube], continuum=True)


@pytest.fixture(scope="module")
def by_velocity(small_delivery, tmp_path_factory):
    rest = truth_of(small_delivery)["target"]["line"]["rest_hz"]
    step = -rest * 3e3 / LIGHT
    start = line_frequency(small_delivery) - 14 * step
    cube = orders.cube_of(small_delivery, mode="velocity", start_hz=start, width_hz=step, nchan=30)
    return made(small_delivery, tmp_path_factory.mktemp("velocity"), cubes=[cube])


def test_the_line_is_in_its_pixel_and_channel_with_its_flux_density(small_delivery, by_frequency):
    header, cube = image_of(by_frequency, "cube")
    target = truth_of(small_delivery)["target"]
    component = target["components"][0]

    y, x = pixel_of(header, component, target)

    assert brightest(cube) == (17, y, x)
    assert cube[17, y, x] == pytest.approx(component["line_peak_jy"], rel=0.05)


def test_the_continuum_is_gone_from_the_cube(small_delivery, by_frequency):
    header, cube = image_of(by_frequency, "cube")
    target = truth_of(small_delivery)["target"]
    y, x = pixel_of(header, target["components"][0], target)

    free_of_line = np.concatenate([cube[:2, y, x], cube[-2:, y, x]])

    assert np.abs(free_of_line).max() < 0.05 * target["components"][0]["continuum_jy"] + 3 * np.nanstd(cube[-2:])


def test_rising_velocity_shows_the_same_line_at_the_same_place(small_delivery, by_frequency, by_velocity):
    header, cube = image_of(by_velocity, "cube")
    channel, y, x = brightest(cube)

    velocity = header["CRVAL3"] + (channel + 1 - header["CRPIX3"]) * header["CDELT3"]

    assert (header["CTYPE3"], header["CUNIT3"], header["SPECSYS"]) == ("VRAD", "m/s", "LSRK")
    assert header["CDELT3"] > 0
    assert velocity == pytest.approx(truth_of(small_delivery)["target"]["line"]["lsrk_kms"] * 1e3, abs=1)
    target = truth_of(small_delivery)["target"]
    assert (y, x) == pixel_of(header, target["components"][0], target)
    assert cube[channel, y, x] == pytest.approx(np.nanmax(image_of(by_frequency, "cube")[1]), rel=0.05)


def test_the_header_says_what_was_ordered(small_delivery, by_frequency):
    header, cube = image_of(by_frequency, "cube")
    target = truth_of(small_delivery)["target"]

    assert cube.shape[0] == CHANNELS
    assert header["OBJECT"] == target["name"]
    assert (header["CTYPE3"], header["SPECSYS"], header["BUNIT"]) == ("FREQ", "LSRK", "Jy/beam")
    assert header["RESTFRQ"] == target["line"]["rest_hz"]
    assert header["CRVAL3"] == pytest.approx(line_frequency(small_delivery) - 17 * 2e6, abs=1)
    assert 0 < header["BMIN"] <= header["BMAJ"]


def test_every_image_comes_with_its_primary_beam_and_mask_under_names_of_the_archive(small_delivery, by_frequency):
    _, report = by_frequency
    uid, truth = orders.only_mous(small_delivery)
    spws = sorted(window["virtual"] for window in truth["windows"].values())
    line = truth["windows"][truth["target"]["line"]["window"]]["virtual"]
    stem = f"outputs/member.{orders.file_form(uid)}.{truth['target']['name']}_sci"

    cube, continuum = f"{stem}.spw{line}.cube.I", f"{stem}.spw{'_'.join(map(str, spws))}.cont.I"
    expected = {f"{n}.{layer}" for n in (cube, continuum) for layer in ("pbcor.fits", "pb.fits.gz", "mask.fits.gz")}
    assert {file["path"] for file in report["files"]} == expected


def test_the_continuum_image_shows_the_continuum_alone(small_delivery, by_frequency):
    header, image = image_of(by_frequency, "cont")
    truth = truth_of(small_delivery)
    component = truth["target"]["components"][0]
    reference = truth["reference_hz"]
    expected = component["continuum_jy"] * (header["CRVAL3"] / reference) ** truth["target"]["continuum_spectral_index"]

    y, x = pixel_of(header, component, truth["target"])

    assert image[0, y, x] == pytest.approx(expected, rel=0.1)


def test_a_start_outside_the_common_coverage_is_refused_before_imaging(small_delivery, tmp_path):
    cube = orders.cube_of(small_delivery, mode="frequency", start_hz=235e9, width_hz=2e6, nchan=10)
    orders.make_attempt(small_delivery, tmp_path, recipe="image", image=orders.image_of(small_delivery, cubes=[cube]))

    status, report = orders.run_casa(tmp_path)

    assert (status, report["error"]["code"]) == (2, "outside-coverage")
    assert "235.000000 to 235.018000 GHz" in report["error"]["sentence"]
    assert list((tmp_path / "outputs").iterdir()) == []


def test_a_source_that_is_not_a_target_is_refused(small_delivery, tmp_path):
    image = orders.image_of(small_delivery, continuum=True) | {"source": "NGC_253", "source_key": "ngc_253"}
    orders.make_attempt(small_delivery, tmp_path, recipe="image", image=image)

    status, report = orders.run_casa(tmp_path)

    assert (status, report["error"]["code"]) == (2, "empty-selection")


def test_progress_ended_at_the_last_stage(by_frequency):
    directory, _ = by_frequency

    told = json.loads((directory / "progress.json").read_text())

    assert told["fraction"] > 0.8
