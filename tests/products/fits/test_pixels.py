"""Peak and noise of pixels that pass once."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.fits.pixels import Pixels

NAN = numpy.nan


def told(values, *, bitpix=-32, pieces=1, **facts):
    pixels = Pixels(bitpix, list(values.shape[::-1]), **facts)
    for piece in numpy.array_split(values.ravel(), pieces):
        pixels.update(piece.tobytes())
    return pixels


def test_the_rms_of_noise_is_its_standard_deviation_and_bright_sources_do_not_move_it():
    sky = numpy.random.default_rng(3).normal(0.5, 2e-3, size=(20, 200, 300)).astype(">f4")
    sky[:, 90:110, 140:160] += 7
    pixels = told(sky)

    assert pixels.rms == pytest.approx(2e-3, rel=0.02)
    assert pixels.peak == sky.max()


@given(st.lists(st.floats(-(2.0**90), 2.0**90, width=32), min_size=1, max_size=9))
def test_the_rms_is_that_of_the_medians_of_numpy(values):
    pixels = numpy.array([values], ">f4")
    sample = pixels.astype("f8")

    assert told(pixels).rms == 1.4826 * numpy.median(numpy.abs(sample - numpy.median(sample)))


def test_pixels_without_a_value_count_for_nothing():
    values = numpy.array([[NAN, -2, NAN, 1, NAN, 0, numpy.inf, -numpy.inf]], ">f4")

    assert told(values).peak == 1
    assert told(values).rms == pytest.approx(1.4826)
    assert not told(values).blank


def test_an_image_without_any_value_is_blank():
    blank = told(numpy.full((4, 5), NAN, ">f4"))

    assert (blank.blank, blank.peak, blank.rms) == (True, None, None)


@given(st.integers(1, 50), st.integers(0, 2**32 - 1))
def test_it_does_not_matter_in_which_pieces_the_pixels_come(pieces, seed):
    values = numpy.random.default_rng(seed).normal(size=(3, 311, 457)).astype(">f8")
    once, many = told(values, bitpix=-64), told(values, bitpix=-64, pieces=pieces)

    assert (once.peak, once.rms) == (many.peak, many.rms)


def test_the_sample_is_drawn_from_all_columns_of_a_large_image():
    values = numpy.tile(numpy.arange(1024.0), (2048, 1)).astype(">f4")

    assert told(values).rms == pytest.approx(1.4826 * 256, rel=0.02)


def test_integers_are_scaled_and_their_blank_value_is_none():
    values = numpy.array([[1, 2, 3, -32768]], ">i2")

    assert told(values, bitpix=16, scale=0.5, zero=10, blank=-32768).peak == 11.5
    assert told(values, bitpix=16, scale=-0.5, zero=10, blank=-32768).peak == 9.5
    assert told(values, bitpix=16, scale=0.5, zero=10, blank=-32768).rms == pytest.approx(1.4826 * 0.5)
    assert told(numpy.full((2, 2), 7, ">i4"), bitpix=32, blank=7).blank
