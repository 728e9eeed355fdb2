"""The field of view of a dish, against ALMA's own rows of NGC 3504."""

import math

import pytest

from archive.primary_beam import DISHES_M, fwhm_rad


def test_a_single_pointing_is_as_wide_as_alma_says():
    middle = (226.56e9 + 244.75e9) / 2  # of frequency_support

    assert math.degrees(fwhm_rad(middle, DISHES_M["12m"])) == pytest.approx(0.00686371854646795, rel=2e-5)


def test_small_dishes_see_more():
    assert fwhm_rad(100e9, DISHES_M["7m"]) / fwhm_rad(100e9, DISHES_M["TP"]) == pytest.approx(12 / 7)
