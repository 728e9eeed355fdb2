"""What a page costs in questions to the database, and what is asked beside it only where it is needed."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive import repeated
from archive.models import MemberOUS, Observation, Project
from archive.search import cones, lists, verbs
from archive.search.refusals import UnknownCodeError, UnknownUidError
from tests import make, observations
from tests.archive.search.asking import page, read, reader

pytestmark = pytest.mark.django_db
PLACE = {"position": "40.27 -8.2557"}
KINDS = (
    {"project": make.CODE},
    {"project": "2023*"},
    {"uid": make.MOUS},
    {"target": "NGC 1052"},
    PLACE,
    PLACE | {"match": "footprint"},
    {},
)


@pytest.fixture
def mous():
    made = make.mous(pi=make.user("pi"), release_at=make.NOW + timedelta(days=300))
    observations.observation(made)
    return made


@pytest.fixture
def counted(mous):
    """The counts of the sky as they are now, not those of another test."""
    cones.counted.cache_clear()
    page(position="40.27 -8.2557")


@pytest.mark.parametrize("who", ["nobody", "other", "PI"])
@pytest.mark.parametrize("asked", KINDS, ids=str)
def test_a_page_is_one_question_and_its_locks_another_for_who_has_a_right_in_the_project(counted, mous, asked, who):
    user = {"nobody": None, "other": make.user("other"), "PI": mous.project.pi.user}[who]

    with CaptureQueriesContext(connection) as queries:
        rows = page(user, **asked).rows

    assert [row["readable"] for row in rows] == [who == "PI"]
    assert len(queries) == (2 if who == "PI" else 1)


@pytest.mark.parametrize("asked", KINDS, ids=str)
def test_a_page_that_is_public_is_one_question_for_its_pi_too(counted, mous, asked):
    MemberOUS.objects.update(release_at=make.NOW)

    with CaptureQueriesContext(connection) as queries:
        rows = page(mous.project.pi.user, **asked).rows

    assert [row["readable"] for row in rows] == [True]
    assert len(queries) == 1


@pytest.mark.parametrize("asked", KINDS, ids=str)
def test_of_a_hidden_project_a_page_has_rows_for_its_pi_alone(counted, mous, asked):
    Project.objects.update(confidential=True)

    assert len(page(mous.project.pi.user, **asked).rows) == 1
    for user in (None, make.user("other")):
        with suppress(UnknownCodeError, UnknownUidError):
            assert page(user, **asked).rows == []


def test_what_is_recalled_is_asked_only_for_what_is_hers(mous):
    pi = mous.project.pi.user

    assert "recalled_at" not in asked_of(lambda: verbs.count(read(), reader(pi)))
    assert "recalled_at" in asked_of(lambda: verbs.count(read(scope="mine"), reader(pi)))


def asked_of(act):
    with CaptureQueriesContext(connection) as queries:
        act()
    return " ".join(query["sql"] for query in queries)


def test_the_counts_of_the_sky_are_asked_once_a_minute(counted, monkeypatch):
    assert "skycount" not in asked_of(lambda: page(position="40.27 -8.2557"))

    monkeypatch.setattr(cones.time, "monotonic", lambda: 1e9)
    assert "skycount" in asked_of(lambda: page(position="40.27 -8.2557"))


def test_rows_of_a_group_are_unlocked_for_its_pi_before_release(mous):
    observations.observation(target="Combined", gous=mous.gous)
    pi, delegee, of_one, other = mous.project.pi.user, *map(make.user, ("delegee", "of one", "other"))
    make.delegation(mous.project, delegee, by=pi)
    make.delegation(mous.project, of_one, by=pi, mous=mous)

    for user, expected in ((pi, True), (delegee, True), (of_one, False), (other, False), (None, False)):
        assert [row["readable"] for row in page(user, target="Combined").rows] == [expected]


@pytest.mark.parametrize("most", [30_000, 0], ids=["rows first", "in their order"])
def test_a_circle_has_the_same_rows_either_way(counted, monkeypatch, most):
    monkeypatch.setattr(cones, "FEW_ROWS", most)

    for match in ("center", "footprint"):
        found = page(position="40.27 -8.2557", match=match, released="1990..")
        assert len(found.rows) == len(page(position="40.27 -8.2557", match=match).rows) == 1
    assert lists.answers(["40.27 -8.2557"], reader())[0].matches == Observation.objects.count() == 1


def test_small_and_large_keys_are_asked_for_by_one_plan():
    asked = "SELECT unnest(%(keys)s::bigint[])"
    for keys in ([1, 2], [2**40], []) * 2:
        assert repeated.rows(asked, {"keys": repeated.listed(keys)}) == [(key,) for key in keys]

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT unnest($1::bigint[])'")
        assert cursor.fetchone() == (1,)
