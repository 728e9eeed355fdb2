"""Frequencies of a search (FACTS 5.2: the radio convention)."""

import math

import pytest

from archive import coverage_words
from archive.coverage_words import CoverageError, LineError
from archive.spectrum import QuantityError


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("230.5..231GHz", 230.5e9, 231e9),
        ("230.5GHz..231GHz", 230.5e9, 231e9),
        (" 230500 MHz .. 231 GHz ", 230.5e9, 231e9),
        ("..100GHz", 0, 100e9),
        ("100GHz..", 100e9, math.inf),
        ("230.538GHz", 230.538e9, 230.538e9),
    ],
)
def test_a_range_of_frequencies(text, low, high):
    assert coverage_words.frequency_range(text) == (low, high)


@pytest.mark.parametrize(
    ("text", "error", "why"),
    [
        ("231..230GHz", CoverageError, "low end is above its high end"),
        ("..", CoverageError, "both of its ends are open"),
        ("", CoverageError, "it is empty"),
        (None, CoverageError, "it is empty"),
        ("-1GHz", CoverageError, "frequencies are above 0"),
        ("..0GHz", CoverageError, "frequencies are above 0"),
        ("230..231", QuantityError, "'230'"),
        ("230.538", QuantityError, "'230.538'"),
        ("1GHz..2GHz..3GHz", QuantityError, "frequency"),
        ("nanGHz", QuantityError, "nanGHz"),
    ],
)
def test_an_impossible_range_is_refused_by_the_name_of_its_parameter(text, error, why):
    with pytest.raises(error, match=why) as refusal:
        coverage_words.frequency_range(text)

    assert refusal.value.sentence.startswith("frequency is ")


def test_a_rest_frequency_is_a_frequency_or_a_line():
    assert coverage_words.rest_frequency("230.538GHz") == coverage_words.rest_frequency("CO 2-1") == 230.538e9
    with pytest.raises(LineError):
        coverage_words.rest_frequency("XY 2-1")
    with pytest.raises(QuantityError):
        coverage_words.rest_frequency("230.538")
    with pytest.raises(CoverageError):
        coverage_words.rest_frequency("0GHz")


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        ({}, 230.538e9, 230.538e9),
        ({"velocity": "100km/s"}, 230461100800.62122, 230461100800.62122),
        ({"velocity": "0..100km/s"}, 230461100800.62122, 230.538e9),
        ({"velocity": "-100..-50km/s"}, 230576449599.6894, 230614899199.3788),
        ({"redshift": "1"}, 115.269e9, 115.269e9),
        ({"redshift": "1..2"}, 76.846e9, 115.269e9),
        ({"redshift": "..1"}, 115.269e9, 230.538e9),
        ({"redshift": "1.."}, 0, 115.269e9),
    ],
)
def test_where_a_line_is_seen(asked, low, high):
    assert coverage_words.observed_range(230.538e9, **asked) == pytest.approx((low, high), abs=1e-3)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"velocity": "400000km/s"}, "velocity is '400000km/s': nothing is faster than light"),
        ({"velocity": "100"}, "velocity is '100'"),
        ({"redshift": "-1"}, "redshifts are above -1"),
        ({"redshift": "nan"}, "a redshift is a number"),
        ({"redshift": "2..1"}, "low end is above its high end"),
        ({"velocity": "1km/s", "redshift": "1"}, "not both"),
    ],
)
def test_an_impossible_motion_is_refused(asked, why):
    with pytest.raises((CoverageError, QuantityError), match=why):
        coverage_words.observed_range(230.538e9, **asked)
