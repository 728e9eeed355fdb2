"""Identifiers (FACTS 1.3)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import uids
from archive.uids import UidError

SEGMENT = st.integers(0, 0xFFFFFFFF).map(lambda number: f"X{number:x}")
UID = st.builds("uid://A{:03d}/{}/{}".format, st.integers(0, 999), SEGMENT, SEGMENT)


@pytest.mark.parametrize(
    "spelling",
    [
        "uid://A001/X2d6/X2dd",
        "uid___A001_X2d6_X2dd",
        "UID://a001/x2D6/x2DD",
        "uid%3A%2F%2FA001%2FX2d6%2FX2dd",
        " uid://A001/X2d6/X2dd\n",
        "A001/X2d6/X2dd",
        "A001_X2d6_X2dd",
    ],
)
def test_any_spelling_of_a_uid_has_one_canonical_form(spelling):
    assert uids.canonical(spelling) == "uid://A001/X2d6/X2dd"


@pytest.mark.parametrize(
    "text",
    ["", "uid://A001/X2d6", "uid://A01/X2d6/X2dd", "uid://A001/X2g6/X2dd", "uid://A001/2d6/2dd", "2017.1.00123.S",
     "uid://A001/X2d6/X2dd/X1", "uid___A001_X2d6_X2dd.ms", "uid://A\u0660\u0660\u0661/X2d6/X2dd", None],
)  # fmt: skip
def test_what_is_no_uid_is_refused_with_an_example(text):
    with pytest.raises(UidError, match="not an ALMA identifier") as refusal:
        uids.canonical(text)

    assert "uid://A001/X2d6/X2dd" in refusal.value.remedy


@settings(deadline=None)  # other work on the machine is no failure
@given(UID)
def test_the_two_forms_of_a_uid_lead_to_each_other(uid):
    assert uids.canonical(uids.file_form(uid)) == uid
    assert uids.canonical(uids.file_form(uid).upper()) == uid
    assert uids.found_in(f"member.{uids.file_form(uid)}.README.txt") == [uid]


def test_a_measurement_set_is_named_after_its_execution_block():
    assert uids.ms_name("uid://A002/X9f/X1") == "uid___A002_X9f_X1.ms"


def test_execution_blocks_sort_by_their_numbers_and_not_by_their_letters():
    blocks = ["uid://A002/X10a/X1", "uid://A002/X9f/X20", "uid://A002/X9f/X3"]

    assert sorted(blocks, key=uids.chronological) == ["uid://A002/X9f/X3", "uid://A002/X9f/X20", "uid://A002/X10a/X1"]


@pytest.mark.parametrize(
    "text", ["2011.0.00340.S_2012-12-05", "2011.0.00340.s_2012-12-05", " 2011.0.00340.S_2012-12-05 "]
)
def test_the_id_of_a_cycle_0_delivery_names_a_mous_and_is_its_own_file_form(text):
    assert uids.delivery_id(text) == uids.mous_name(text) == uids.file_form(text) == "2011.0.00340.S_2012-12-05"
    assert uids.names_mous(text)
    assert not uids.is_uid(text)


@pytest.mark.parametrize(
    "text", ["2012.1.00340.S_2013-12-05", "2011.0.00340.S", "2011.0.00340.S_2012-12-05.tar", "", None]
)
def test_what_is_no_such_id_names_no_delivery(text):
    assert uids.delivery_id(text) is None
    assert not uids.names_mous(text)


def test_a_uid_names_a_mous_in_any_spelling():
    assert uids.mous_name("A001_X2D6_X2dd") == "uid://A001/X2d6/X2dd"
