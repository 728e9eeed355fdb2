"""Whether the units of a file are whole and have their sums."""

import numpy
import pytest
from astropy.io import fits as pyfits
from hypothesis import given
from hypothesis import strategies as st

from products.fits.broken import BrokenError
from products.fits.units import Units
from tests.products.fits import written

NOISE = numpy.random.default_rng(1).normal(size=(1, 3, 40, 51)).astype("f4")
SUMMED = written.image(NOISE, checksum=True)
TWO_UNITS = written.of(
    pyfits.PrimaryHDU(NOISE), pyfits.ImageHDU(numpy.arange(7, dtype="i2"), name="MORE"), checksum=True
)


def read(content):
    units = Units()
    units.update(content)
    units.end()
    return units.all


def test_a_file_whose_sums_are_right_is_whole():
    assert len(read(SUMMED)) == 1
    assert [(one.unit.shape, one.unit.bitpix) for one in read(TWO_UNITS)] == [([51, 40, 3, 1], -32), ([7], 16)]


def test_the_data_begin_where_astropy_finds_them(tmp_path):
    (tmp_path / "two.fits").write_bytes(TWO_UNITS)
    with pyfits.open(tmp_path / "two.fits") as hdus:
        expected = [hdu.fileinfo()["datLoc"] for hdu in hdus]

    assert [one.unit.offset for one in read(TWO_UNITS)] == expected


@given(st.data())
def test_one_flipped_bit_of_the_data_is_always_found(data):
    content = bytearray(SUMMED)
    start = read(SUMMED)[0].unit.offset
    bit = data.draw(st.integers(start * 8, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8

    with pytest.raises(BrokenError, match="DATASUM of its unit 0"):
        read(bytes(content))


@given(st.integers(80 * 10 * 8, 80 * 20 * 8 - 1))
def test_a_flipped_bit_of_the_header_is_found_by_its_checksum(bit):
    content = bytearray(written.image(NOISE, checksum=True))
    assert content[80 * 9 : 80 * 20].count(b"NAXIS") == 0
    content[bit // 8] ^= 1 << bit % 8

    with pytest.raises(BrokenError):
        read(bytes(content))


def test_a_change_in_a_later_unit_is_found_too():
    content = bytearray(TWO_UNITS)
    content[-2880] ^= 4

    with pytest.raises(BrokenError, match="DATASUM of its unit 1"):
        read(bytes(content))


def test_sums_that_were_left_empty_promise_nothing():
    assert read(written.image(NOISE, DATASUM="", CHECKSUM=""))


@pytest.mark.parametrize("cut", [1, 100, 2879, 2880, 20_000])
def test_a_file_that_ends_too_early_says_how_much_is_missing(cut):
    size = 51 * 40 * 3 * 4
    filling = -size % 2880

    with pytest.raises(BrokenError, match=f"{cut} bytes are missing"):
        read(SUMMED[: len(SUMMED) - filling - cut])


def test_the_filling_of_the_last_block_may_be_left_out():
    filling = -(51 * 40 * 3 * 4) % 2880

    assert filling
    assert read(SUMMED[:-filling])


def test_what_follows_the_last_unit_is_not_looked_at():
    assert len(read(SUMMED + b"\0" * 5000)) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not begin as a FITS file does"),
        (b"<html>not found</html>", "does not begin as a FITS file does"),
        (b"<html>" + b" " * 6000, "does not begin as a FITS file does"),
        (b"SIMPLE  =                    T" + b" " * 50, "ends inside its header"),
        (b"SIMPLE  =                    T".ljust(2880), "ends inside its header"),
        (TWO_UNITS[:-2900], "header of its unit 1"),
        (SUMMED.replace(b"SIMPLE  =                    T", b"SIMPLE  =                    F"), "SIMPLE = T"),
        (SUMMED.replace(b"BITPIX  =                  -32", b"BITPIX  =                   31"), "BITPIX"),
        (SUMMED.replace(b"NAXIS3  =                    3", b"NAXIS3  =                   -3"), "NAXIS3"),
        (SUMMED.replace(b"NAXIS   =                    4", b"NAXIS   =                 4000"), "4000 axes"),
        (
            SUMMED.replace(b"NAXIS3  =                    3", b"NAXIS3  = 99999999999999999999"),
            "more data than any file",
        ),
    ],
)
def test_what_is_no_fits_file_is_told_by_what_is_wrong_with_it(content, why):
    with pytest.raises(BrokenError, match=why):
        read(content)


def test_a_header_without_end_is_not_held_for_ever(monkeypatch):
    monkeypatch.setattr("products.fits.units.MAX_HEADER_BYTES", 28_800)

    with pytest.raises(BrokenError, match="header without end"):
        read(b"SIMPLE  =                    T".ljust(80) + b" " * 40_000)
