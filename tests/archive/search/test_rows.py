"""What a row says that follows from its other columns."""

import pytest

from tests import make, observations
from tests.archive.search.asking import page

pytestmark = pytest.mark.django_db


def row(**changes):
    observations.observation(make.mous(), **changes)
    return page().rows[0]


def test_the_longest_wave_has_the_lowest_frequency():
    found = row(low_hz=100e9, high_hz=150e9)

    assert found["em_min"] == pytest.approx(1.99861639e-3)
    assert found["em_max"] == pytest.approx(2.99792458e-3)


def test_a_row_without_frequencies_has_no_wavelengths():
    found = row(low_hz=None, high_hz=None)

    assert (found["em_min"], found["em_max"]) == (None, None)


def test_obscores_name_of_the_resolution_and_almas_own_say_the_same():
    found = row(resolution_arcsec=0.5)

    assert found["s_resolution"] == found["spatial_resolution"] == 0.5
