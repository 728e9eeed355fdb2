"""The grid of a cube.  One window, 128 channels of 1 MHz, LSRK coverage 230.000 to 230.128 GHz."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ArchiveError
from archive.spectrum import LIGHT_SPEED, QuantityError, frequency_at
from restores.cubes import (
    BadParameterError,
    ChannelTooNarrowError,
    OutsideCoverageError,
    RestFrequencyNeededError,
    UnknownWindowError,
    Window,
    cube_spec,
)

MHZ = 1e6
LOW, HIGH = 230_000 * MHZ, 230_128 * MHZ
REST = "230.064GHz"
WINDOW = Window(25, "X1#ALMA_RB_06#BB_1#SW-01#FULL_RES", LOW, HIGH, MHZ)
WITH_LINE = Window(27, "X1#ALMA_RB_06#BB_2#SW-01#FULL_RES", LOW, HIGH, MHZ, representative_hz=230_064 * MHZ)
WINDOWS = {25: WINDOW, 27: WITH_LINE}
# At 230.064 GHz, 1 MHz is 1.3031 km/s
KMS_PER_MHZ = LIGHT_SPEED / 230_064e6 * 1e3


def spec(**asked):
    return cube_spec({"spw": 25} | asked, WINDOWS)


def test_without_numbers_the_cube_is_the_window_without_its_edge_channels():
    """FACTS 5.2: start f_lo + 1.5 w, nchan (f_hi - f_lo) / w - 2."""
    cube = spec()

    assert (cube.start_hz, cube.width_hz, cube.nchan) == (LOW + 1.5 * MHZ, MHZ, 126)
    assert (cube.spw_name, cube.virtual_spw, cube.mode) == (WINDOW.name, 25, "frequency")
    assert (cube.start, cube.width) == ("230.0015GHz", "0.001GHz")


def test_a_cube_in_frequency_has_its_first_channel_at_start():
    cube = spec(mode="frequency", start="230.010GHz", width="2MHz", nchan=40)

    assert (cube.start_hz, cube.width_hz, cube.nchan) == (230_010 * MHZ, 2 * MHZ, 40)
    assert cube.end_hz == 230_088 * MHZ


def test_the_unit_of_a_frequency_is_free():
    assert spec(start="230010MHz", width="2000kHz", nchan=4) == spec(start="230.010GHz", width="2e6Hz", nchan=4)


def test_rising_velocity_is_falling_frequency():
    cube = spec(mode="velocity", start="-50km/s", width="2km/s", nchan=50, restfreq=REST)

    assert cube.start_hz == pytest.approx(230_064e6 * (1 + 50e3 / LIGHT_SPEED), abs=1)
    assert cube.width_hz == pytest.approx(-230_064e6 * 2e3 / LIGHT_SPEED, abs=1e-3)
    assert cube.end_hz == pytest.approx(frequency_at(48e3, 230_064e6), abs=10)
    assert (cube.start, cube.width) == ("-50km/s", "2km/s")
    assert cube.restfreq_hz == 230_064e6


def test_falling_velocity_is_rising_frequency():
    cube = spec(mode="velocity", start="50km/s", width="-2km/s", nchan=50, restfreq=REST)

    assert cube.width_hz > 0
    assert cube.end_hz > cube.start_hz


def test_a_cube_in_velocity_without_numbers_begins_at_the_lowest_velocity():
    cube = spec(mode="velocity", restfreq=REST)

    assert cube.start_hz == HIGH - 1.5 * MHZ
    assert (cube.width_hz, cube.nchan) == (-MHZ, 126)


def test_a_total_width_gives_the_number_of_channels():
    assert spec(start="230.010GHz", width="2MHz", total_width="80MHz").nchan == 40
    assert spec(mode="velocity", start="-50km/s", width="2km/s", total_width="100km/s", restfreq=REST).nchan == 50


def test_a_start_alone_takes_the_rest_of_the_window():
    cube = spec(start="230.1005GHz")

    assert cube.nchan == 27
    assert cube.end_hz == HIGH - 1.5 * MHZ


def test_a_number_may_come_from_a_form_as_text():
    assert cube_spec({"spw": "25", "start": "230.010GHz", "nchan": "12"}, WINDOWS).nchan == 12


def test_a_slightly_narrow_channel_is_the_native_one():
    assert spec(start="230.010GHz", width="0.96MHz", nchan=10).width_hz == MHZ
    assert spec(start="230.010GHz", width="-0.96MHz", nchan=10).width_hz == -MHZ


@pytest.mark.parametrize("width", ["0.94MHz", "-0.5MHz", "1Hz"])
def test_a_channel_narrower_than_the_data_is_refused(width):
    with pytest.raises(ChannelTooNarrowError, match=r"which are 0\.001GHz"):
        spec(start="230.010GHz", width=width, nchan=10)


def test_a_narrow_channel_in_velocity_is_refused_in_velocity():
    with pytest.raises(ChannelTooNarrowError, match=r"which are 1\.303\d*km/s"):
        spec(mode="velocity", start="-50km/s", width="0.1km/s", nchan=10, restfreq=REST)


@pytest.mark.parametrize("start", ["229.999GHz", "230.0004GHz", "230.1276GHz", "235GHz", "1GHz"])
def test_a_start_outside_the_coverage_is_refused_with_the_range(start):
    with pytest.raises(OutsideCoverageError, match=start) as refused:
        spec(start=start, width="1MHz", nchan=5)
    assert "230.000000 to 230.128000 GHz" in refused.value.remedy


def test_an_end_outside_the_coverage_is_refused_with_the_most_channels_that_fit():
    with pytest.raises(OutsideCoverageError, match=r"last of 60 channels, at 230\.128GHz") as refused:
        spec(start="230.010GHz", width="2MHz", nchan=60)
    assert "at most 59 channels" in refused.value.remedy
    assert spec(start="230.010GHz", width="2MHz", nchan=59).end_hz + MHZ <= HIGH


def test_both_ends_are_checked_when_velocity_rises():
    """-83.4 km/s is the upper, +83.4 km/s the lower edge of the window."""
    with pytest.raises(OutsideCoverageError, match="first channel, at -90km/s"):
        spec(mode="velocity", start="-90km/s", width="2km/s", nchan=10, restfreq=REST)
    with pytest.raises(OutsideCoverageError, match="last of 90 channels") as refused:
        spec(mode="velocity", start="-80km/s", width="2km/s", nchan=90, restfreq=REST)
    assert "-83.397 to 83.397 km/s" in refused.value.remedy
    assert "at most 82 channels" in refused.value.remedy
    assert spec(mode="velocity", start="-80km/s", width="2km/s", nchan=82, restfreq=REST).nchan == 82


def test_the_whole_coverage_can_be_asked_for_by_its_own_numbers():
    cube = spec(start="230.0005GHz", width="1MHz", nchan=128)

    assert cube.end_hz == HIGH - 0.5 * MHZ


def test_velocity_needs_a_line():
    with pytest.raises(RestFrequencyNeededError, match="spw 25"):
        spec(mode="velocity", start="-50km/s", width="2km/s", nchan=5)


def test_the_representative_frequency_is_the_line_when_none_is_given():
    cube = spec(spw=27, mode="velocity", start="-50km/s", width="2km/s", nchan=5)

    assert cube.restfreq_hz == 230_064e6


@pytest.mark.parametrize("spw", [19, "27x", None, True, 25.0, "", [25]])
def test_an_unknown_window_is_refused_with_those_there_are(spw):
    with pytest.raises(UnknownWindowError) as refused:
        cube_spec({"spw": spw}, WINDOWS)
    assert "25 (X1#ALMA_RB_06#BB_1" in refused.value.remedy


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"start": "230.010"}, "start"),
        ({"start": 230.01}, "start"),
        ({"start": "NaNGHz"}, "start"),
        ({"start": "1e999GHz"}, "start"),
        ({"start": "-50km/s"}, "start"),
        ({"start": "230,010GHz"}, "start"),
        ({"width": "1parsec"}, "width"),
        ({"total_width": "80"}, "total_width"),
        ({"restfreq": "115km/s"}, "restfreq"),
        ({"mode": "velocity", "restfreq": REST, "start": "230.01GHz"}, "start"),
        ({"mode": "velocity", "restfreq": REST, "width": "2MHz"}, "width"),
    ],
)
def test_a_quantity_needs_a_number_and_its_unit(asked, parameter):
    with pytest.raises(QuantityError, match=f"^{parameter} is"):
        spec(**asked)


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"mode": "channel"}, "mode"),
        ({"mode": None}, "mode"),
        ({"width": "0MHz"}, "width"),
        ({"nchan": 0}, "nchan"),
        ({"nchan": -4}, "nchan"),
        ({"nchan": 4.5}, "nchan"),
        ({"nchan": True}, "nchan"),
        ({"nchan": "many"}, "nchan"),
        ({"nchan": 4, "total_width": "4MHz"}, "total_width"),
        ({"total_width": "0MHz"}, "total_width"),
        ({"total_width": "-4MHz"}, "total_width"),
        ({"restfreq": "0GHz"}, "restfreq"),
        ({"restfreq": "-230GHz"}, "restfreq"),
    ],
)
def test_a_senseless_value_is_refused_by_the_name_of_its_parameter(asked, parameter):
    with pytest.raises(BadParameterError, match=f"^{parameter} is"):
        spec(**asked)


@pytest.mark.parametrize("nchan", [10**6, 10**400], ids=["a million", "more than a float holds"])
def test_absurdly_many_channels_are_refused_like_any_that_do_not_fit(nchan):
    with pytest.raises(OutsideCoverageError):
        spec(nchan=nchan)


quantities = st.builds(
    lambda number, unit: f"{number}{unit}",
    st.one_of(st.floats(allow_nan=True), st.floats(229.9, 230.2), st.floats(-100, 100)),
    st.sampled_from(["GHz", "MHz", "Hz", "km/s", "m/s", ""]),
)
anything = st.fixed_dictionaries(
    {"spw": st.sampled_from([25, 27])},
    optional={
        "mode": st.sampled_from(["frequency", "velocity"]),
        "start": quantities,
        "width": quantities,
        "nchan": st.integers(-5, 300),
        "total_width": quantities,
        "restfreq": quantities,
    },
)


@given(anything)
def test_whatever_is_asked_is_refused_or_lies_within_the_coverage(asked):
    try:
        cube = cube_spec(asked, WINDOWS)
    except ArchiveError:
        return
    half = abs(cube.width_hz) * 0.499
    low, high = sorted((cube.start_hz, cube.end_hz))
    assert low - half >= LOW - 1
    assert high + half <= HIGH + 1
    assert cube.nchan >= 1
    assert abs(cube.width_hz) >= MHZ
    assert math.isfinite(cube.restfreq_hz)
