"""Footprints on the rim of a cone: the page that looks at a few is the page that looked at all."""

import pytest
from django.contrib.auth.models import AnonymousUser

from archive import regions
from archive.search import criteria, rims, verbs
from archive.search.reader import Reader
from tests import make, observations

pytestmark = pytest.mark.django_db
# A bar of 0.4 degrees along right ascension: its circle touches cones above and below it that it does not itself
BAR = "Polygon ICRS {0} {2} {1} {2} {1} {3} {0} {3}"


def bar(dec):
    return BAR.format(149.8, 150.2, dec - 0.005, dec + 0.005)


@pytest.fixture
def bars():
    """Of every three, two do not reach the cone at (150, +2)."""
    mous = make.mous(release_at=make.LONG_AGO)
    made = [
        observations.observation(mous, f"Field {number}", at=(150.0, dec), region=bar(dec))
        for number in range(30)
        for dec in [2.0 + (number % 3) * 0.1 + number / 10_000]
    ]
    return [row.pk for number, row in enumerate(made) if number % 3 == 0]


def asked(**more):
    given = {"position": "150 +2", "radius": "1arcmin", "match": "footprint"} | more
    return criteria.parse({name: [value] for name, value in given.items()}), Reader.of(AnonymousUser(), make.NOW)


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_pages_together_are_all_that_overlap(bars, limit):
    found, after = [], None
    while True:
        page = verbs.page(*asked(), after=after, limit=limit)
        found += [row["id"] for row in page.rows]
        if (after := page.next) is None:
            break

    assert found == bars
    assert str(verbs.count(*asked())) == "10"
    assert [row["id"] for row in verbs.stream(*asked())] == bars


def test_a_page_looks_only_at_footprints_that_may_stand_on_it(bars, monkeypatch):
    looked = []
    overlaps = regions.overlaps
    monkeypatch.setattr(
        rims.regions, "overlaps", lambda shapes, *cone: looked.extend(shapes) or overlaps(shapes, *cone)
    )

    assert len(verbs.page(*asked(), limit=1).rows) == 1

    assert 0 < len(looked) < 30
