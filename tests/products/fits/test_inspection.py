"""What is found of an image while its bytes pass."""

import gzip
import json

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products import fits, marks
from tests.products.fits import written

NAME = "member.uid___A001_X1_X2.NGC1052_sci.spw25.cube.I.pbcor.fits"
NOISE = numpy.random.default_rng(1).normal(size=(1, 3, 40, 51)).astype("f4")
CUBE = written.image(NOISE, BMAJ=0.5 / 3600, BMIN=0.4 / 3600, BPA=30.0, ORIGIN="CASA 6.5.4-9", PIPEVER="2023.1.0.124")


def inspect(content, name=NAME, pieces=()):
    inspection, position = fits.Inspection(name, len(content)), 0
    for size in pieces:
        inspection.update(content[position : position + size])
        position += size
    return inspection.update(content[position:]).result()


def test_the_facts_of_a_cube_are_found():
    header = inspect(CUBE).header

    assert (header["shape"], header["bitpix"], header["data_bytes"]) == ([51, 40, 3, 1], -32, NOISE.nbytes)
    assert header["beam"] == pytest.approx({"major_arcsec": 0.5, "minor_arcsec": 0.4, "angle_deg": 30.0})
    assert header["wcs"]["ctype"] == ["RA---SIN", "DEC--SIN", "FREQ", "STOKES"]
    assert header["wcs"]["crpix"] == [3.0, 3.0, 2.0, 1.0]
    assert (header["frame"], header["restfreq_hz"]) == ("LSRK", written.RESTFREQ)
    assert header["pixel_arcsec"] == pytest.approx(0.1)
    assert (header["casa"], header["pipeline"]) == ("6.5.4-9", "2023.1.0.124")
    assert header["peak"] == NOISE.max()
    assert header["rms"] == pytest.approx(1, rel=0.05)
    assert json.loads(json.dumps(header, allow_nan=False)) == header


@pytest.mark.parametrize("form", ["PC{}_{}", "PC{:02}_{:02}"])
def test_a_turned_image_keeps_its_matrix_and_another_has_none(form):
    turned = {form.format(1, 2): 0.5, form.format(2, 1): -0.5}
    header = inspect(written.image(NOISE, **turned, **{form.format(3, 3): 1.0})).header

    assert header["wcs"]["pc"] == [[1, 0.5, 0, 0], [-0.5, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert "pc" not in inspect(written.image(NOISE, **{form.format(1, 1): 1.0})).header["wcs"]
    assert "pc" not in inspect(CUBE).header["wcs"]


def test_a_good_cube_has_no_mark_and_no_problem():
    assert (inspect(CUBE).marks, inspect(CUBE).problem) == ([], "")


@pytest.mark.parametrize("packing", ["", ".gz"])
@given(pieces=st.lists(st.integers(0, 9000), max_size=12))
def test_it_does_not_matter_in_which_pieces_the_bytes_come(packing, pieces):
    content = gzip.compress(CUBE) if packing else CUBE

    assert inspect(content, NAME + packing, pieces) == inspect(content, NAME + packing)


@pytest.mark.parametrize(("unit", "factor"), [("arcsec", 1), ("deg", 1 / 3600)])
def test_of_a_beam_per_channel_the_median_is_told(unit, factor):
    beams = [(1.2 * factor, 0.5 * factor, 1), (1.0 * factor, 0.4 * factor, 2), (1.1 * factor, 0.6 * factor, 3)]
    header = inspect(written.with_beams(beams, unit=unit)).header

    assert header["beams"] == 3
    assert header["beam"] == pytest.approx({"major_arcsec": 1.1, "minor_arcsec": 0.6, "angle_deg": 3})


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"<html>not found</html>", NAME, "does not begin as a FITS file does"),
        (CUBE[:-3000], NAME, "bytes are missing"),
        (gzip.compress(CUBE)[:-30], f"{NAME}.gz", "not whole gzip"),
        (written.image(NOISE, checksum=True)[:-2880] + b"\1" * 2880, NAME, "DATASUM of its unit 0"),
    ],
)
def test_a_damaged_file_is_told_with_its_name_and_the_reason(content, name, why):
    found = inspect(content, name)

    assert found.problem.startswith(f"The file {name} ")
    assert why in found.problem
    assert found.marks == []


def test_bytes_that_did_not_come_are_a_problem():
    assert "ends too early" in fits.Inspection(NAME, len(CUBE) + 1).update(CUBE).result().problem


def test_of_a_file_that_promises_no_fits_there_is_nothing_to_say():
    assert inspect(b"h_init()", "uid___A001_X1_X2.casa_pipescript.py") == fits.Inspected()


def test_a_corrected_image_without_any_value_is_marked_blank_and_another_layer_is_not():
    blank = written.image(numpy.full((1, 3, 4, 5), numpy.nan, "f4"))

    assert inspect(blank).marks == [marks.BLANK]
    assert inspect(blank).header["peak"] is None
    assert inspect(blank, NAME.replace("pbcor", "mask")).marks == []


@pytest.mark.parametrize(
    ("header", "name", "mark"),
    [
        ({"OBJECT": "NGC1068"}, NAME, marks.OTHER_OBJECT),
        ({"OBJECT": "ngc1052"}, NAME, None),
        ({"OBJECT": "J2136+0041"}, NAME.replace("NGC1052", "J2136p0041"), None),
        ({"OBJECT": "2MASS J04+23"}, NAME.replace("NGC1052", "_2MASS_J04+23_"), None),
        ({"SPW": "27"}, NAME, marks.OTHER_SPW),
        ({"SPW": 25}, NAME, None),
        ({"SPW": "3", "VIRTSPW": "25"}, NAME, None),
        ({"SPW": "3", "SPWISVRT": False}, NAME, None),
        ({"SPW": "25,...,31"}, NAME.replace("spw25", "spw25_27_29_31"), None),
        ({"SPW": "25,...,29"}, NAME.replace("spw25", "spw25_27_29_31"), marks.OTHER_SPW),
        ({"CRVAL4": 2.0}, NAME, marks.OTHER_STOKES),
        ({}, NAME.replace(".I.", ".IQUV."), marks.OTHER_STOKES),
        ({}, NAME.replace(".I.", ".POLI."), None),
        ({}, NAME.replace("cube", "mfs"), marks.OTHER_CHANNELS),
        ({"BMAJ": 0.5 / 3600, "BMIN": 0.29 / 3600}, NAME, marks.COARSE_PIXELS),
        ({"BMAJ": 0.5 / 3600, "BMIN": 0.31 / 3600}, NAME, None),
        ({"OBJECT": "TW Hya"}, "TWHya.continuum.fits", None),
    ],
)
def test_a_header_is_held_against_its_name(header, name, mark):
    assert inspect(written.image(**header), name).marks == ([mark] if mark else [])


def test_a_cube_of_one_channel_is_marked():
    assert inspect(written.image(shape=(1, 1, 4, 5))).marks == [marks.OTHER_CHANNELS]
    assert inspect(written.image(shape=(1, 1, 4, 5)), NAME.replace("cube", "cont")).marks == []


def test_real_images_of_alma_are_whole(shared_data):
    for name in ("NGC1052.ContUSB_2021.1.00341.S.fits", "ngc3256_sv_cube.fits"):
        found = inspect((shared_data / name).read_bytes(), name)

        assert (found.problem, found.marks) == ("", [])
        assert 0 < found.header["rms"] < found.header["peak"]
