"""Pages behind each other are the whole answer once, in every order; a cursor is good for its own question alone."""

import pytest

from archive.search import verbs
from archive.search.parameters import SORTS
from archive.search.refusals import CursorError
from tests import make, observations
from tests.archive.search.asking import page, read, reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows():
    """Two projects; rows with equal values, without values, and of groups alone."""
    for number, code in enumerate(("2015.1.00001.S", "2015.1.00001.T", "2023.1.00101.S")):
        mous = make.mous(f"uid://A001/X{number}/X1", code=code, release_at=make.LONG_AGO)
        for spw in range(5):
            unknown = {"low_hz": None, "high_hz": None, "t_min_mjd": None, "resolution_arcsec": None}
            changes = unknown if spw == 4 else {"t_min_mjd": 57000.0 + spw // 2, "resolution_arcsec": 0.1 * (spw % 2)}
            observations.observation(mous, spw=spw, at=(40.0 + 0.01 * (spw % 3), -8.0), **changes)
        observations.observation(gous=mous.gous, at=(40.0, -8.0))


def walked(limit, **asked):
    found, cursor = [], None
    while True:
        one = verbs.page(read(**asked), reader(), after=cursor, limit=limit)
        found += [row["id"] for row in one.rows]
        if one.next is None:
            return found
        assert len(one.rows) == limit
        cursor = one.next


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("sort", SORTS)
def test_pages_together_are_the_whole_answer_once(sort, limit):
    place = {"position": "40 -8", "radius": "1deg"} if sort.endswith("distance") else {}
    whole = [row["id"] for row in page(sort=sort, **place).rows]

    assert walked(limit, sort=sort, **place) == whole
    assert len(set(whole)) == 18


@pytest.mark.parametrize("sort", [sort for sort in SORTS if not sort.endswith("distance")])
def test_few_rows_that_are_sorted_come_as_many_rows_that_are_met_in_order(sort):
    circle = {"position": "40 -8", "radius": "1deg"}  # few by its size

    assert walked(4, sort=sort, **circle) == walked(4, sort=sort)


def test_projects_come_in_the_order_of_their_codes():
    codes = [row["proposal_id"] for row in page(sort="project").rows]

    assert codes == sorted(codes)
    assert [row["proposal_id"] for row in page(sort="-project").rows] == codes[::-1]


@pytest.mark.parametrize("text", ["", "x", "bm9uc2Vuc2U", "é", "\x00"])
def test_what_is_no_cursor_is_refused(text):
    if text:
        with pytest.raises(CursorError, match="cursor"):
            verbs.page(read(), reader(), after=text)
    else:
        assert verbs.page(read(), reader(), after=text).rows


def test_a_cursor_of_another_question_or_one_that_was_changed_is_refused():
    cursor = page(limit="3").next

    assert page(limit="7", cursor=cursor).rows
    for asked in ({"sort": "-project"}, {"band": "6"}, {"scope": "public"}):
        with pytest.raises(CursorError):
            page(cursor=cursor, **asked)
    with pytest.raises(CursorError):
        page(cursor=("A" if cursor[9] != "A" else "B").join([cursor[:9], cursor[10:]]))


def test_rows_that_are_added_meanwhile_move_no_page():
    first = page(limit="6")
    observations.observation(make.mous("uid://A001/X9/X1", code="2012.1.00001.S"))

    assert walked(6)[1:7] == [row["id"] for row in first.rows]
    second = page(limit="12", cursor=first.next)
    assert not {row["id"] for row in second.rows} & {row["id"] for row in first.rows}
    assert len(second.rows) == 12


def test_a_count_ends_at_its_cap():
    assert str(verbs.count(read(), reader())) == "18"
    assert str(verbs.count(read(), reader(), cap=10)) == "10+"
    assert verbs.count(read(), reader(), cap=18) == verbs.Count(18, more=False)
    assert str(verbs.Count(10_000, more=True)) == "10\u202f000+"
