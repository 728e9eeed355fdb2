"""Project codes and cycles (FACTS 1.1, 1.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import codes
from archive.codes import CodeError


@pytest.mark.parametrize(
    ("text", "year", "call", "ddt", "kind", "cycle"),
    [
        ("2011.0.00340.S", 2011, "0", False, "S", 0),
        ("2012.1.00912.S", 2012, "1", False, "S", 1),
        ("2013.1.00269.S", 2013, "1", False, "S", 2),
        ("2015.1.00001.T", 2015, "1", False, "T", 3),
        ("2016.1.01435.S", 2016, "1", False, "S", 4),
        ("2017.1.00123.S", 2017, "1", False, "S", 5),
        ("2017.1.01355.L", 2017, "1", False, "L", 5),
        ("2018.1.00526.S", 2018, "1", False, "S", 6),
        ("2019.2.00001.S", 2019, "2", False, "S", 7),
        ("2019.A.00001.S", 2019, "A", True, "S", 7),
        ("2021.1.00341.S", 2021, "1", False, "S", 8),
        ("2022.A.00003.S", 2022, "A", True, "S", 9),
        ("2023.1.01573.S", 2023, "1", False, "S", 10),
        ("2024.1.00001.P", 2024, "1", False, "P", 11),
        ("2025.1.00324.L", 2025, "1", False, "L", 12),
        ("2014.1.00001.CAL", 2014, "1", False, "CAL", None),
        ("2020.1.00001.V", 2020, "1", False, "V", None),
        ("2031.1.00001.S", 2031, "1", False, "S", None),
    ],
)
def test_a_project_code_says_its_year_call_type_and_cycle(text, year, call, ddt, kind, cycle):
    code = codes.parse(text)

    assert (code.year, code.call, code.ddt, code.type, code.cycle) == (year, call, ddt, kind, cycle)
    assert str(code) == text


@pytest.mark.parametrize(
    "text",
    ["2016.A.0001.S", "2017.1.00123", "2017.1.123.S", "2017-1-00123-S", "2017.a.00123.S", "1999.1.00001.S",
     "2017.1.00123.s", "2017.1.00123.SSSSS", "2017.1.00123.S\n", "", None],
)  # fmt: skip
def test_what_is_no_project_code_is_refused(text):
    with pytest.raises(CodeError, match="not an ALMA project code"):
        codes.parse(text)


def test_only_the_second_call_is_supplemental():
    assert codes.parse("2019.2.00001.S").supplemental
    assert not codes.parse("2019.1.00001.S").supplemental


def test_a_code_is_found_in_the_name_of_a_tar():
    assert codes.found_in("2017.1.01185.S_uid___A001_X12a3_Xe9_001_of_001.tar") == "2017.1.01185.S"
    assert codes.found_in("member.uid___A001_X12a3_Xe9.README.txt") is None


CODE = st.builds(
    "{}.{}.{:05}.{}".format,
    st.integers(2000, 2099),
    st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    st.integers(0, 99_999),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=4),
)


@given(CODE, CODE)
def test_codes_sort_by_their_numbers_as_by_their_letters(one, other):
    assert (codes.order(one) < codes.order(other)) == (one < other)
    assert (codes.order(one) == codes.order(other)) == (one == other)


def test_the_order_of_a_code_fits_into_the_database():
    assert 0 <= codes.order("2000.0.00000.A") < codes.order("2099.Z.99999.ZZZZ") < 2**63


def test_what_is_no_code_has_no_order():
    with pytest.raises(CodeError):
        codes.order("2017.1.00123")
