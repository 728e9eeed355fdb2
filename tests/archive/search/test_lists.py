"""A list of names and positions, each line answered or reported."""

import pytest

from archive.search import lists, verbs
from tests import make, observations
from tests.archive.search.asking import reader

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows():
    mous = make.mous()
    for spw in range(5):
        observations.observation(mous, "NGC1052", spw=spw)
    observations.observation(mous, "J0423-0120", at=(65.81584, -1.34252))


def test_names_and_positions_are_answered_line_by_line():
    lines = ["ngc 1052", "", "02:41:04.8 -08:15:21", "J0423-0120", "M83", "10.0 +20.0", "10.0 +95.0", "***"]

    answers = verbs.answers(lines, reader(), 10 / 3600)

    assert [(each.line_number, each.kind, each.matches) for each in answers] == [
        (1, "name", 5), (3, "position", 5), (4, "name", 1), (5, "name", 0), (6, "position", 0), (7, "position", 0),
        (8, "name", 0),
    ]  # fmt: skip
    assert [len(each.rows) for each in answers[:3]] == [3, 3, 1]
    assert answers[0].rows[0]["target_name"] == "NGC1052"
    assert [each.problem for each in answers[:3]] == [None] * 3
    assert "No target" in answers[3].problem
    assert "No row" in answers[4].problem
    assert "95" in answers[5].problem
    assert "no letters" in answers[6].problem


def test_the_same_line_twice_is_answered_twice():
    answers = verbs.answers(["NGC1052", "ngc1052", "40.27 -8.2557", "40.27 -8.2557"], reader())

    assert [each.matches for each in answers] == [5, 5, 5, 5]


def test_a_long_list_takes_few_questions(django_assert_max_num_queries):
    lines = [f"NGC {number}" for number in range(5000)] + [f"{n / 20} {n / 100 - 20}" for n in range(2000)]

    with django_assert_max_num_queries(12):
        answers = verbs.answers(lines, reader())

    assert len(answers) == 7000
    assert sum(each.matches for each in answers) == 5


def test_a_list_that_is_too_long_or_a_circle_that_is_too_wide_is_refused():
    with pytest.raises(lists.ListError, match="10001, more than 10000"):
        verbs.answers(["M83"] * 10_001, reader())
    with pytest.raises(lists.ListError, match="radius"):
        verbs.answers(["M83"], reader(), 1.0)


def test_a_line_that_is_no_text_is_reported():
    (answer,) = verbs.answers(["NGC\0"], reader())

    assert answer.problem == "The line is longer than 200 characters, or no text."


def test_a_name_may_be_a_number():
    observations.observation(make.mous("uid://A001/X9/X9", code="2022.1.00009.S"), "5123")

    (answer,) = verbs.answers(["5123"], reader())

    assert (answer.kind, answer.matches) == ("name", 1)
