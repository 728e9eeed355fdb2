"""The tables of an ASDM."""

import io
import re
from datetime import UTC, datetime

import pytest

from archive.readers import asdm, asdm_tables
from archive.readers.asdm import AsdmError
from archive.readers.xml_text import XmlError
from tests import deliveries
from tests.deliveries import FIRST, archive_form


def read(**kind):
    tables = deliveries.asdm(FIRST, **kind)
    return asdm.read(lambda name: io.BytesIO(tables[name]), FIRST)


def test_a_block_says_when_and_with_which_antennas_it_was_observed():
    block = read()

    assert block.uid == archive_form(FIRST)
    assert block.project_uid == "uid://A001/X3621/X1"
    assert block.started_at == datetime(2024, 4, 16, 16, 0, tzinfo=UTC)
    assert block.antennas == ("DA40", "DA41")  # a third is in the table but not in the array


def test_the_longest_baseline_is_that_between_the_stations_of_the_block():
    # DA40 and DA41 stand 300 m and 400 m apart along two axes; DA42, 9 km away, is not in the array.
    assert read().longest_baseline_m == pytest.approx(500.0)


def test_without_the_table_of_stations_the_longest_baseline_is_unknown():
    tables = deliveries.asdm(FIRST)
    del tables["Station.xml"]

    assert asdm.read(lambda name: io.BytesIO(tables[name]), FIRST).longest_baseline_m is None


@pytest.mark.parametrize("place", [b"nan", b"1.7e308"])
def test_where_a_station_stands_nowhere_the_longest_baseline_is_unknown(place):
    tables = deliveries.asdm(FIRST)
    tables["Station.xml"] = re.sub(rb"<position>.*?</position>", b"<position>1 3 0 -1.7e308 %s</position>" % place,
                                   tables["Station.xml"], count=1)  # fmt: skip

    assert asdm.read(lambda name: io.BytesIO(tables[name]), FIRST).longest_baseline_m is None


def test_windows_have_their_outer_edges_whichever_way_the_channels_run():
    falling, rising = read().windows[1:]

    assert (falling.low_hz, falling.high_hz) == (229.8725e9, 230.0005e9)
    assert (rising.low_hz, rising.high_hz) == (229.9995e9, 230.1275e9)
    assert (rising.channels, rising.channel_width_hz) == (128, 1e6)


def test_science_windows_are_those_on_the_target_with_more_than_four_channels():
    assert [window.science for window in read(first_window=2).windows] == [False, False, True, True]


def test_windows_are_numbered_by_their_identifiers_in_whatever_order_the_table_has_them():
    # As importasdm of CASA 6.7.0.31 does with the rows of a table turned round.
    tables = deliveries.asdm(FIRST)
    head, *rows = tables["SpectralWindow.xml"].replace(b"</SpectralWindowTable>", b"").split(b"<row>")
    tables["SpectralWindow.xml"] = b"<row>".join([head, *reversed(rows)]) + b"</SpectralWindowTable>"

    windows = asdm.read(lambda name: io.BytesIO(tables[name]), FIRST).windows

    assert [window.name for window in windows] == ["WVR#NOMINAL", "X1#BB_1#FULL_RES", "X1#BB_2#FULL_RES"]


def test_sources_have_all_their_intents_and_a_position():
    bandpass, target = read().sources

    assert bandpass.intents == {"CALIBRATE_BANDPASS", "CALIBRATE_FLUX"}
    assert (target.name, target.intents) == ("HL Tau", {"OBSERVE_TARGET"})
    assert bandpass.ra_deg == pytest.approx(77.74980, abs=1e-5)
    assert target.dec_deg == pytest.approx(17.18873, abs=1e-5)  # of its field: the Source table does not have it


def test_cross_correlations_are_counted_from_main():
    # (5 + 20) integrations x 45 baselines x 2 windows; the radiometer's rows are autocorrelations.
    assert read().cross_rows == 25 * 45 * 2


@pytest.mark.parametrize(("kind", "array"), [({}, "12m"), ({"dish": 7.0}, "7m"), ({"mode": "AUTO_ONLY"}, "TP")])
def test_the_array_is_known_from_dishes_and_correlations(kind, array):
    assert read(**kind).array == array


def test_a_name_in_quotes_is_one_value():
    assert asdm_tables._words('1 2 "HL Tau" b') == ["1", "2", "HL Tau", "b"]


@pytest.mark.parametrize("table", ["Main.xml", "ExecBlock.xml", "SpectralWindow.xml"])
def test_a_table_that_is_missing_or_broken_is_named(table):
    tables = deliveries.asdm(FIRST)

    with pytest.raises(AsdmError, match=f"no table {table}"):
        asdm.read(lambda name: io.BytesIO({**tables, table: None}[name] or tables["no " + name]), FIRST)
    with pytest.raises(XmlError, match=table):
        asdm.read(lambda name: io.BytesIO(tables[name][: -20 if name == table else None]), FIRST)


@pytest.mark.parametrize("column", ["numIntegration", "numAntenna", "configDescriptionId"])
def test_a_value_that_makes_no_sense_is_a_refusal(column):
    tables = deliveries.asdm(FIRST)
    tables["Main.xml"] = tables["Main.xml"].replace(f"<{column}> ".encode(), f"<{column}> x".encode())

    with pytest.raises(AsdmError, match=FIRST):
        asdm.read(lambda name: io.BytesIO(tables[name]), FIRST)
