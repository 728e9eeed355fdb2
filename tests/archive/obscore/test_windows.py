"""The spectral window that an `obs_id` names."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.obscore import windows


def read(*ids):
    found = windows.numbers(pl.Series(ids, dtype=pl.String)).tolist()
    return [None if math.isnan(number) else number for number in found]


@pytest.mark.parametrize(
    ("obs_id", "number"),
    [
        ("uid://A001/X12a/X4.source.HL_Tau.spw.25", 25),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.0", 0),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.007", 7),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.1234", 1234),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.99999", 99999),
        ("b'uid://A001/X12a/X4.source.HL_Tau.spw.25'", 25),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.25 \t", 25),
        ("spw.spw.spw.3", 3),
        (".spw.4", 4),
        ("Höhe.spw.31", 31),
        ("spw.4", None),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.123456", None),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.", None),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.2x", None),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.-1", None),
        ("uid://A001/X12a/X4.source.HL_Tau.spw.1:", None),
        ("uid://A001/X12a/X4.source.HL_Tau.SPW.25", None),
        ("uid://A001/X12a/X4", None),
        ("", None),
        (None, None),
    ],
)
def test_the_window_is_the_number_at_the_end(obs_id, number):
    assert read(obs_id) == [number]
    assert read("x.spw.17", obs_id, "x.spw.17") == [17, number, 17]


@given(st.lists(st.text(st.sampled_from(".spw.0129' éx"), max_size=12).map(lambda end: f"uid.spw.{end}"), max_size=9))
def test_bytes_say_the_same_as_the_pattern(ids):
    column = pl.Series(ids, dtype=pl.String)
    by_pattern = windows._by_pattern(column).tolist()

    assert str(windows.numbers(column).tolist()) == str(by_pattern)
