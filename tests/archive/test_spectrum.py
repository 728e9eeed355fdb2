"""Frequencies and velocities (FACTS 5.2, numeric vectors) and the local standard of rest."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from archive import spectrum
from archive.spectrum import LIGHT_SPEED, QuantityError


@pytest.mark.parametrize(
    ("rest_hz", "velocity_kms", "frequency_hz"),
    [
        (230538000000.0, 0, 230538000000.0),
        (230538000000.0, 100, 230461100800.62122),
        (115271201800.0, -50, 115290426967.0654),
    ],
)
def test_radio_velocity_and_frequency_lead_to_each_other(rest_hz, velocity_kms, frequency_hz):
    assert spectrum.frequency_at(velocity_kms * 1e3, rest_hz) == pytest.approx(frequency_hz, abs=1e-3)
    assert spectrum.velocity_at(frequency_hz, rest_hz) == pytest.approx(velocity_kms * 1e3, abs=1e-5)


@pytest.mark.parametrize(
    ("velocity_kms", "width_hz"), [(0.1, 76899.19937879157), (1, 768991.9937879158), (10, 7689919.937879158)]
)
def test_a_velocity_width_is_a_frequency_width_at_the_rest_frequency(velocity_kms, width_hz):
    assert spectrum.frequency_width(velocity_kms * 1e3, 230.538e9) == pytest.approx(width_hz, rel=1e-12)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (spectrum.frequency_hz, "230.538GHz", 230538000000.0),
        (spectrum.frequency_hz, "115271.2018 MHz", 115271201800.0),
        (spectrum.frequency_hz, "2.30538e11Hz", 230538000000.0),
        (spectrum.velocity_ms, "-50km/s", -50000.0),
        (spectrum.velocity_ms, "+.5m/s", 0.5),
        (spectrum.angle_arcsec, "0.5arcsec", 0.5),
        (spectrum.angle_arcsec, "20mas", 0.02),
        (spectrum.flux_jy, "1.2mJy", 0.0012),
    ],
)
def test_a_quantity_is_read_with_its_unit(read, text, value):
    assert read(text, "start") == value


@pytest.mark.parametrize(
    "text",
    ["230.538", "GHz", "230.538 ghz", "230.538mHz", "1e999GHz", "nanGHz", "infGHz", "230,538GHz", "1GHz+1MHz",
     "1GHz\n1", "2km/s", "\u0661GHz", "1  GHz", "__import__('os')", "", 230.538, None, ["1GHz"]],
)  # fmt: skip
def test_anything_but_a_number_with_a_unit_is_refused_by_the_name_of_its_parameter(text):
    with pytest.raises(QuantityError, match="restfreq"):
        spectrum.frequency_hz(text, "restfreq")


# f_TOPO of 100 GHz LSRK by the measures tool of CASA 6.7.0.31 (observatory ALMA, direction ICRS).
CASA = [
    (datetime(2015, 6, 15, 5, 6, 2, 37919), 195.92252110054266, -38.79596284910546, 0.9999219019390265),
    (datetime(2020, 10, 5, 18, 37, 44, 73969), 225.25930947889944, -79.28466172110485, 0.9999283845376596),
    (datetime(2012, 3, 10, 18, 58, 6, 692808), 301.48886955472557, -53.50591609437498, 1.0000735145561972),
]


@pytest.mark.parametrize(("at", "ra", "dec", "ratio"), CASA)
def test_the_step_to_the_local_standard_of_rest_is_that_of_casa(at, ra, dec, ratio):
    metres_per_second = (spectrum.lsrk_ratio(at, ra, dec) - ratio) * LIGHT_SPEED

    assert abs(metres_per_second) < 1.0


def test_a_time_says_that_it_is_utc_or_is_refused():
    at, ra, dec, _ = CASA[0]

    assert spectrum.lsrk_ratio(at.replace(tzinfo=UTC), ra, dec) == spectrum.lsrk_ratio(at, ra, dec)
    with pytest.raises(ValueError, match="not UTC"):
        spectrum.lsrk_ratio(at.replace(tzinfo=timezone(timedelta(hours=-4))), ra, dec)


def test_coverage_is_what_every_execution_block_saw():
    # Ratios of a June day and of one three weeks later: the second block sees the line 4 MHz lower in the sky.
    ranges = [(230.0e9, 231.0e9, 1.00002), (230.0e9, 231.0e9, 1.0)]

    low, high = spectrum.lsrk_coverage(ranges)

    assert low == 230.0e9
    assert high == pytest.approx(231.0e9 / 1.00002, abs=1)


def test_blocks_that_share_no_frequency_have_no_coverage():
    assert spectrum.lsrk_coverage([(230e9, 231e9, 1.0), (232e9, 233e9, 1.0)]) is None
