"""Search knows what is recalled: it is there, and neither public nor anybody's but of staff who are assigned."""

import pytest

from archive import recall
from archive.index_check import chunk, copies
from archive.models import MemberOUS, Observation, Tally
from archive.search import verbs
from archive.staff import Role
from tests import make, observations
from tests.archive.search.asking import read, reader

pytestmark = pytest.mark.django_db
CODE = "2023.1.00001.S"
EVERYTHING, SOME = {}, {"project": "20*"}  # from kept counts, and counted


@pytest.fixture
def scientist():
    return make.staff("astrid", Role.ARCHIVE_SCIENTIST)


@pytest.fixture
def mous():
    """A public one with two rows, beside another public one with a row."""
    made = make.mous(code=CODE, pi=make.user("pi"), release_at=make.LONG_AGO)
    other = make.mous("uid://A001/X1/X2", code="2019.1.00001.S", release_at=make.LONG_AGO)
    for spw in (25, 27):
        observations.observation(made, spw=spw)
    observations.observation(other)
    return made


@pytest.fixture
def recalled(mous, scientist):
    recall.recall(mous, by=scientist, reason="of another project", now=make.NOW)
    return mous


def scopes(asked, who):
    return dict(verbs.facets(read(**asked), who)["scope"])


def found(who, **asked):
    return [row["mous"] for row in verbs.page(read(**asked), who).rows]


@pytest.mark.parametrize("asked", [EVERYTHING, SOME], ids=["kept", "counted"])
def test_it_is_counted_with_what_is_locked(recalled, asked):
    assert scopes(asked, reader()) == {"public": 1, "locked": 2}
    assert scopes(asked, reader(make.user("pi"))) == {"public": 1, "locked": 2}


@pytest.mark.parametrize("asked", [EVERYTHING, SOME], ids=["kept", "counted"])
def test_who_is_assigned_may_have_it_and_has_it_counted_as_hers(recalled, scientist, asked):
    reducer = make.staff("reducer", Role.DATA_REDUCER)
    make.assignment(recalled.project, reducer, by=scientist)

    assert scopes(asked, reader(reducer)) == {"public": 1, "mine": 2}
    assert len(found(reader(reducer), scope="mine")) == 2


def test_the_scopes_of_search_leave_it_out_and_all_has_it_locked(recalled):
    pi = reader(make.user("pi"))

    assert recalled.name not in found(reader(), scope="public")
    assert found(pi, scope="mine") == []
    assert verbs.count(read(scope="public"), reader(), cap=100).rows == 1
    rows = [row for row in verbs.page(read(), pi).rows if row["mous"] == recalled.name]
    assert [(row["readable"], row["data_rights"]) for row in rows] == [(False, "Proprietary")] * 2


def test_no_day_of_release_finds_it(recalled):
    day = f"{make.LONG_AGO:%Y-%m-%d}"

    assert recalled.name not in found(reader(), released=day)
    assert len(found(reader(), released=day)) == 1


def test_undone_it_is_what_it_was(recalled, scientist):
    recall.undo(recalled, by=scientist, reason="it was right", now=make.NOW)

    assert scopes(EVERYTHING, reader()) == scopes(SOME, reader()) == {"public": 3}
    assert found(reader(), scope="public").count(recalled.name) == 2
    assert scopes(EVERYTHING, reader(make.user("pi"))) == {"public": 3}


def test_a_time_that_is_decided_meanwhile_holds_when_it_is_undone(recalled, scientist):
    MemberOUS.objects.filter(pk=recalled.pk).update(release_at=make.NEVER)
    assert scopes(EVERYTHING, reader()) == {"public": 1, "locked": 2}

    recall.undo(recalled, by=scientist, reason="it was right", now=make.NOW)

    assert scopes(EVERYTHING, reader()) == {"public": 1, "locked": 2}


def test_rows_that_come_under_a_recall_are_recalled_too(recalled):
    observations.observation(recalled, spw=29)

    assert scopes(EVERYTHING, reader()) == scopes(SOME, reader()) == {"public": 1, "locked": 3}


def test_the_check_of_the_index_finds_a_copy_that_missed_the_recall(recalled):
    subjects = chunk.load([recalled.pk], chunk.Held())
    assert list(copies.check(subjects)) == []

    Observation.objects.filter(mous=recalled).update(release_at=make.LONG_AGO)
    Tally.objects.filter(mous=recalled).update(release_at=make.LONG_AGO)

    assert {fault.code for fault in copies.check(subjects)} == {"copy-differs", "tally-differs"}
