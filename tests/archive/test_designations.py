"""Positions inside names (FACTS 1.4; the IAU's recommendations for designations)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.designations import designation
from archive.positions import parse

ARCMIN, SECOND_OF_TIME = 1 / 60, 15 / 3600


@pytest.mark.parametrize(
    ("name", "ra", "dec"),
    [
        ("J0423-0120", 65.75, -1 - 20 / 60),
        ("J2136p0041", 324.0, 41 / 60),
        ("J2136m0041", 324.0, -41 / 60),
        ("QSO_J0423-0120", 65.75, -1 - 20 / 60),
        ("J0423\u22120120", 65.75, -1 - 20 / 60),
        ("J0423.5-0120", 65.875, -1 - 20 / 60),
        ("PSR J1745-2900", 266.25, -29.0),
        ("SDSS J123456.78-012345.6", 15 * (12 + 34 / 60 + 56.78 / 3600), -(1 + 23 / 60 + 45.6 / 3600)),
        ("2MASS J04393364+2359212", 15 * (4 + 39 / 60 + 33.64 / 3600), 23 + 59 / 60 + 21.2 / 3600),
        ("_2MASS_J04393364+2359212_", 15 * (4 + 39 / 60 + 33.64 / 3600), 23 + 59 / 60 + 21.2 / 3600),
    ],
)
def test_an_equatorial_name_says_its_position(name, ra, dec):
    place = designation(name)

    assert (place.ra_deg, place.dec_deg) == pytest.approx((ra, dec), abs=1e-9)
    assert parse(name) == place


# The objects as catalogues have them: the name's position is within the name's digits of it.
@pytest.mark.parametrize(
    ("name", "ra", "dec"),
    [
        ("J0423-0120", 65.81584, -1.34252),
        ("B0420-014", 65.81584, -1.34252),
        ("B1921-293", 291.21273, -29.24170),
        ("J1924-2914", 291.21273, -29.24170),
        ("IRAS 16293-2422", 248.0942, -24.4756),
        ("IRAS_16293-2422", 248.0942, -24.4756),
        ("G34.26+0.15", 283.3277, 1.2506),
        ("_G0.02467-0.0727_", 266.4906, -28.9530),
        ("AGAL034.258+00.154", 283.3277, 1.2506),
    ],
)
def test_the_object_of_a_name_is_as_near_as_the_digits_of_the_name_say(name, ra, dec):
    place = designation(name)

    away = math.hypot((place.ra_deg - ra) * math.cos(math.radians(dec)), place.dec_deg - dec)
    assert away <= place.within_deg < 0.3


@pytest.mark.parametrize(
    "name",
    ["TW Hya", "NGC 1333", "M83", "WB89-789", "HD 163296", "CDFS_31127", "J2561-0120", "J0460-0120", "J0423-91.0",
     "J0423-0160", "J0423", "J0423-012099999", "xJ0423-0120", "G999.1-0.1", "G10.1-91.0", "B335", "BX610",
     "HOPS-56", "50_kms_cloud", "3C273", ""],
)  # fmt: skip
def test_a_name_without_a_possible_position_says_none(name):
    assert designation(name) is None


@given(st.integers(0, 24 * 60 - 1), st.integers(-90 * 60 + 1, 90 * 60 - 1), st.sampled_from(["{}", "QSO {}", "_{}_"]))
def test_a_name_of_minutes_leads_back_to_its_place(ra, dec, around):
    sign = "-" if dec < 0 else "+"
    name = f"J{ra // 60:02}{ra % 60:02}{sign}{abs(dec) // 60:02}{abs(dec) % 60:02}"

    place = designation(around.format(name))

    assert place.ra_deg == pytest.approx(ra / 4, abs=1e-9)
    assert place.dec_deg == pytest.approx(dec / 60, abs=1e-9)


@given(st.integers(0, 24 * 360000 - 1), st.integers(-90 * 36000 + 1, 90 * 36000 - 1), st.booleans())
def test_a_name_of_seconds_leads_back_to_its_place_with_and_without_its_dots(ra, dec, dots):
    dot, sign = "." if dots else "", "-" if dec < 0 else "+"
    (ra_min, ra_s), (dec_min, dec_s) = divmod(ra, 6000), divmod(abs(dec), 600)
    name = f"J{ra_min // 60:02}{ra_min % 60:02}{ra_s // 100:02}{dot}{ra_s % 100:02}"
    name += f"{sign}{dec_min // 60:02}{dec_min % 60:02}{dec_s // 10:02}{dot}{dec_s % 10}"

    place = designation(name)

    assert place.ra_deg == pytest.approx(ra / 24000, abs=1e-9)
    assert place.dec_deg == pytest.approx(dec / 36000, abs=1e-9)
    assert place.within_deg <= math.hypot(0.01 * SECOND_OF_TIME, 0.1 * ARCMIN / 60) + 1e-12
