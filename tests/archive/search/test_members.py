"""The way through MOUSs: the same answer as row by row, and closed where tallies do not speak for all rows."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from archive import tallies
from archive.models import Load, MemberOUS, Observation, Project, Tally
from archive.search import criteria, members, verbs
from archive.search.order import Order
from archive.search.reader import Reader
from tests import make, observations

pytestmark = pytest.mark.django_db
SORTS = ("project", "-project", "-observed", "observed", "frequency", "-frequency", "resolution", "-resolution")


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


@pytest.fixture
def archive(mous):
    """Forty MOUSs of three rows, unlike each other in everything that is sorted by; one row knows no frequency."""
    for number in range(40):
        other = make.mous(f"uid://A001/X9/X{number:x}", release_at=make.LONG_AGO)
        for spw in (25, 27, 29):
            observations.observation(
                other, f"Field {number}", spw=spw, t_min_mjd=60000.0 + 7 * number % 40 + spw,
                low_hz=None if (number, spw) == (7, 25) else 2e11 + 1e9 * (11 * number % 40) + spw,
                high_hz=None if (number, spw) == (7, 25) else 2.5e11,
                resolution_arcsec=0.1 + (13 * number % 40) / 10 + spw / 1000,
            )  # fmt: skip
    return mous


def pages(limit, **asked):
    """Keys of all rows, page after page."""
    wanted = criteria.parse({name: [value] for name, value in asked.items()})
    reader, after, found = Reader.of(AnonymousUser(), make.NOW), None, []
    while True:
        page = verbs.page(wanted, reader, after=after, limit=limit)
        found += [row["id"] for row in page.rows]
        if (after := page.next) is None:
            return found


def by_rows(monkeypatch, *arguments, **asked):
    with monkeypatch.context() as patched:
        patched.setattr(members, "way", lambda *_: None)
        return pages(*arguments, **asked)


@pytest.fixture
def taken(monkeypatch):
    """For each page, what this way has found; None where another had to be taken."""
    found, way, page = [], members.way, members.Way.page
    monkeypatch.setattr(members, "way", lambda *given: way(*given) or found.append(None))
    monkeypatch.setattr(members.Way, "page", lambda *given: found.append(page(*given)) or found[-1])
    return found


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [7, 200])
def test_pages_are_those_of_the_rows_one_by_one(archive, monkeypatch, taken, sort, limit):
    monkeypatch.setattr(members, "STEPS", (4, 16, 64))
    asked = {"keyword": "starburst", "band": "6", "resolution": "..3.5arcsec", "sort": sort}
    Project.objects.update(science_keywords="Starburst galaxies")

    found = pages(limit, **asked)

    assert None not in taken
    assert 90 < len(found) == len(set(found))
    assert found == by_rows(monkeypatch, limit, **asked)


def test_what_is_asked_of_each_row_goes_another_way(archive, taken):
    assert len(pages(200, band="6", polarisation="XX", sort="-observed")) == 120
    assert taken == [None]


def test_a_load_that_is_not_counted_closes_the_way(archive, taken):
    """Its rows have no tally yet, and none of them may be missing."""
    Tally.objects.all().delete()
    Load.objects.create(source="rows.csv", report={"counted": False})

    assert len(pages(200, band="6", sort="-observed")) == 120
    assert taken == [None]


def test_very_many_rows_are_met_one_by_one(archive, taken, monkeypatch):
    monkeypatch.setattr(members, "MOST_ROWS", 50)

    assert len(pages(200, band="6", sort="-observed")) == 120
    assert taken == [None]


@pytest.mark.parametrize("sort", ["-observed", "frequency", "resolution"])
def test_a_row_behind_the_bound_waits_for_the_tallies_that_may_have_better_ones(mous, monkeypatch, sort):
    """One MOUS with a good row and a bad one, and another in between."""
    monkeypatch.setattr(members, "STEPS", (1, 2, 64))
    between = make.mous("uid://A001/X9/X1", release_at=make.LONG_AGO)
    for at, value in ((mous, 1), (mous, 9), (between, 5)):
        places = {"t_min_mjd": 60010.0 - value, "low_hz": 2e11 + value, "resolution_arcsec": float(value)}
        observations.observation(at, spw=20 + value, **places)

    found = pages(2, band="6", sort=sort)

    assert [Observation.objects.get(pk=key).spw for key in found] == [21, 25, 29]


def test_tallies_follow_what_is_decided(mous):
    observations.observation(mous)
    later = make.NOW + timedelta(days=30)

    MemberOUS.objects.filter(pk=mous.pk).update(release_at=later, qa2_state="FAIL", array="7m")
    Project.objects.filter(pk=mous.project.pk).update(confidential=True)

    kept = Tally.objects.values("release_at", "qa2", "array", "confidential", "code_order", "rows").get()
    tallies.recount(None)
    assert kept == Tally.objects.values(*kept).get()
    assert (kept["release_at"], kept["qa2"], kept["array"], kept["confidential"]) == (later, 3, 2, True)


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ({"band": "6", "sort": "-observed"}, True),
        ({"band": "6", "sort": "observed"}, False),  # no index of tallies has this order
        ({"band": "6", "keyword": "star", "sort": "observed"}, True),
        ({"scope": "public", "sort": "-observed"}, True),
        ({"sort": "-observed"}, False),  # rows are met as fast
        ({"band": "6", "intent": "!TARGET"}, False),  # one row of a MOUS has it and another has not
        ({"band": "6", "target": "NGC1052"}, False),
        ({"band": "6", "observed": "2024"}, False),
    ],
)
def test_this_way_is_for_what_tallies_know(asked, known):
    wanted = criteria.parse({name: [value] for name, value in asked.items()})

    assert bool(members.way(wanted, Reader.of(AnonymousUser(), make.NOW), Order.of(wanted))) is known
