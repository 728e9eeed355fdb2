"""Columns of texts as numbers into the list of what they say."""

import hashlib
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.obscore import words


def encoded(texts):
    return words.encode(pl.DataFrame({"target_name": pl.Series(texts, dtype=pl.String)}), {"target_name": 256})[
        "target_name"
    ]


def test_what_is_said_again_later_is_the_same_word():
    found = encoded(["W Hya", "W Hya", None, "R Dor", "W Hya", "", "R Dor", " TW Hya "])

    assert found.at(range(8)) == ["W Hya", "W Hya", "", "R Dor", "W Hya", "", "R Dor", "TW Hya"]
    assert sorted(found.words.to_list()) == ["", "R Dor", "TW Hya", "W Hya"]
    assert found.filled.tolist() == [True, True, False, True, True, False, True, True]


@given(st.lists(st.none() | st.sampled_from(["", " ", "a", " a", "b'c'", "ç", "W Hya"]), max_size=30))
def test_each_row_keeps_what_it_says(texts):
    found = encoded(texts)

    assert found.at(range(len(texts))) == ["c" if text == "b'c'" else (text or "").strip() for text in texts]
    for (text, code), (after, next_code) in pairwise(zip(texts, found.codes.tolist(), strict=True)):
        assert (text or "") != (after or "") or code == next_code


@pytest.mark.parametrize(
    ("numbers", "texts"), [([4038.0, None, float("nan")], ["4038", "", ""]), ([1.5, 2.0, None], ["1.5", "2.0", ""])]
)
def test_whole_numbers_that_are_kept_as_others_are_texts_without_a_point(numbers, texts):
    found = words.encode(pl.DataFrame({"target_name": numbers}), {"target_name": 256})

    assert found["target_name"].at(range(3)) == texts


def test_texts_of_runs_are_those_of_each_row():
    runs = words.Runs(pl.DataFrame({"obs_title": ["Gas", "Dust", "Gas"]}), np.array([2, 1, 3]))

    found = words.encode(pl.DataFrame({"target_name": list("abcdef")}), {"target_name": 9, "obs_title": 9}, [runs])

    assert found["obs_title"].at(range(6)) == ["Gas", "Gas", "Dust", "Gas", "Gas", "Gas"]
    assert found["obs_title"].words.to_list() == ["Gas", "Dust"]
    assert found["target_name"].at(range(6)) == list("abcdef")


def test_a_stable_hash_is_that_of_the_word_alone():
    found = encoded(["W Hya", "ü Ori", None])

    assert found.stable_hashes().tobytes() == b"".join(
        hashlib.blake2b(word.encode(), digest_size=8).digest() for word in found.words.to_list()
    )
