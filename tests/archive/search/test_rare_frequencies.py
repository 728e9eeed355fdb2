"""Ranges of frequency that few rows cover are found by an index; rows wider than a window are found with them."""

import pytest

from archive.search import coverage
from tests import make, observations
from tests.archive.search.asking import targets

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows():
    mous = make.mous()
    for spw, (name, low, high) in enumerate(
        [("below", 228e9, 229.9e9), ("reaches in", 228.5e9, 230.4e9), ("inside", 230.5e9, 230.6e9),
         ("wide", 216e9, 232e9), ("wide below", 200e9, 216e9), ("above", 231.1e9, 233e9)]
    ):  # fmt: skip
        observations.observation(mous, name, spw=spw, low_hz=low, high_hz=high)


@pytest.mark.parametrize("few", [coverage.FEW_ROWS, -1], ids=["by index", "in passing"])
@pytest.mark.parametrize("most", [coverage.MOST_WIDE, 1], ids=["few wide", "many wide"])
def test_however_they_are_found_they_are_those_that_cover_the_range(monkeypatch, few, most):
    monkeypatch.setattr(coverage, "FEW_ROWS", few)
    monkeypatch.setattr(coverage, "MOST_WIDE", most)

    assert set(targets(frequency="230.3..231GHz")) == {"reaches in", "inside", "wide"}
    assert set(targets(line="CO 2-1")) == {"inside", "wide"}
    assert set(targets(frequency="230.4..230.4GHz")) == {"reaches in", "wide"}
