"""What rows say of their MOUS, by whole columns: the same as when they are read one after the other."""

from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from archive.obscore import said, words
from archive.obscore.checking import Checked

SB, RELEASE = "schedblock_name", "obs_release_date"
KINDS = {SB: pl.String, RELEASE: pl.Int64}


def row_by_row(rows, column):
    """The first answer of each MOUS, and the lines of the first two that differ."""
    answers, doubts = {}, {}
    for line, (mous, *values) in enumerate(rows, 1):
        value = values[column]
        if value:
            first, at = answers.setdefault(mous, (value, line))
            if value != first:
                doubts.setdefault(mous, (at, line))
    return {mous: value for mous, (value, _) in answers.items()}, doubts


def heard(rows, first_line):
    frame = pl.DataFrame(rows, {"member_ous_uid": pl.String, SB: pl.String, RELEASE: pl.String}, orient="row")
    texts = words.encode(frame, {"member_ous_uid": 64, SB: 128, RELEASE: 40})
    years = np.array([int(word or 0) for word in texts[RELEASE].words.to_list()])
    names = texts["member_ous_uid"]
    lines = np.arange(first_line, first_line + len(rows))
    checked = Checked(lines, texts, {}, np.full(len(rows), np.nan), {RELEASE: years})
    return said.hear(checked, names.words, names.codes, {SB: texts[SB].filled, RELEASE: checked.value(RELEASE) > 0})


def in_portions(rows, cuts):
    places = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    portions = [(rows[begin:end], begin + 1) for begin, end in pairwise(places) if end > begin]
    return [heard(*portion) for portion in portions]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["X1", "X2", "X3", "X4"]),
        st.sampled_from(["", "a", "b", "c"]),
        st.sampled_from(["", "2020", "2021"]),
    ),
    max_size=30,
)


@given(ROWS, st.lists(st.integers(0, 30), max_size=4), st.integers(0, 4))
def test_of_each_mous_the_first_answer_and_the_first_that_differs_count(rows, cuts, early):
    parts = [said.nothing(KINDS), *in_portions(rows, cuts)]
    found = said.together([said.together(parts[: early + 1]), *parts[early + 1 :]])

    for number, column in enumerate(KINDS):
        expected, doubts = row_by_row(rows, number)
        told, sure = (dict(found.told(names).select("owner", column).drop_nulls().rows()) for names in ([], [column]))
        assert {mous: str(value) for mous, value in told.items()} == expected
        assert {mous: str(value) for mous, value in sure.items()} == {
            mous: value for mous, value in expected.items() if mous not in doubts
        }
        assert {mous: lines for mous, *lines in found.doubts(column)} == {
            mous: list(lines) for mous, lines in doubts.items()
        }


def test_doubts_come_in_the_order_of_the_file():
    found = said.together([heard([("X1", "a", ""), ("X2", "a", ""), ("X2", "b", ""), ("X1", "b", "")], 7)])

    assert list(found.doubts(SB)) == [("X2", 8, 9), ("X1", 7, 10)]


def test_a_mous_that_is_named_twice_is_one_owner():
    found = said.together([heard([("X1", "a", ""), (" X1", "b", "")], 1)])

    assert found.owners.to_list() == ["X1"]
    assert list(found.doubts(SB)) == [("X1", 1, 2)]
