"""The kinds of rows of the whole archive, from kept counts, and of an answer, from its rows."""

from datetime import timedelta

import pytest

from archive import tallies
from archive.models import Project
from archive.search import verbs
from tests import make, observations
from tests.archive.search.asking import read, reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mous():
    """A released MOUS in band 6 of 2023, and one of 2019 in bands 6 and 7 that is not; and a row of its group."""
    first = make.mous(release_at=make.NOW)
    later = make.NOW + timedelta(seconds=1)
    second = make.mous("uid://A001/X1/X2", code="2019.1.00001.S", array="TP", qa2_state="FAIL", release_at=later)
    Project.objects.filter(code="2019.1.00001.S").update(scientific_category="Sun")
    make.calibration(first)
    for spw in range(3):
        observations.observation(first, spw=spw)
    observations.observation(second, bands=1 << 6 | 1 << 7)
    observations.observation(gous=second.gous)
    tallies.recount(None)
    return second


EXPECTED = {
    "band": [("6", 5), ("7", 1)],
    "array": [("12m", 3), ("TP", 1), ("unknown", 1)],
    "qa2": [("FAIL", 1), ("PASS", 3), ("unknown", 1)],
    "calibration": [("pipeline", 3), ("unknown", 2)],
    "year": [("2019", 2), ("2023", 3)],
    "category": [("unknown", 3), ("Sun", 2)],
    "scope": [("locked", 2), ("public", 3)],
}


@pytest.mark.parametrize("asked", [{}, {"project": "20*"}], ids=["kept", "counted"])
def test_kept_counts_and_rows_that_are_counted_say_the_same(asked):
    assert verbs.facets(read(**asked), reader()) == EXPECTED


def test_what_is_released_is_counted_at_this_second(mous):
    now = make.NOW + timedelta(seconds=1)
    facets = verbs.facets(read(), verbs.Reader.of(reader().user, now))

    assert facets["scope"] == [("locked", 1), ("public", 4)]
    assert verbs.facets(read(scope="public"), reader())["year"] == [("2023", 3)]


def test_what_is_mine_is_counted_as_mine(mous):
    pi = make.user("pi")
    make.project("2019.1.00001.S", pi=pi)

    assert verbs.facets(read(), reader(pi))["scope"] == [("mine", 2), ("public", 3)]
    assert verbs.facets(read(scope="mine"), reader(pi))["band"] == [("6", 2), ("7", 1)]


def test_a_decision_changes_kept_counts_at_once(mous):
    mous.qa2_state, mous.array = "PASS", "7m"
    mous.save()

    assert verbs.facets(read(), reader())["qa2"] == [("PASS", 4), ("unknown", 1)]
