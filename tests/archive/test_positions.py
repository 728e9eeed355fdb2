"""Positions in the notations people write, and radii."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive import positions
from archive.positions import PositionError, RadiusError

# NGC 3504: 11h03m11.2s +27d58m21s, l = 204.6, b = +66.0
DEGREES = (165.796667, 27.9725)


@pytest.mark.parametrize(
    "text",
    [
        "165.796667 27.9725", "165.796667, +27.9725", "(165.796667, 27.9725)", "165.796667d 27.9725d",
        "165.796667deg, 27.9725deg", "165.796667+27.9725", "ra=165.796667 dec=27.9725", "RA: 165.796667, Dec: 27.9725",
        "11:03:11.2 +27:58:21", "11:03:11.2 27:58:21", "11:03:11.2,27:58:21", "11 03 11.2 +27 58 21",
        "11 03 11.2 27 58 21", "11h03m11.2s +27d58m21s", "11h03m11.2s+27d58m21s", "11h 03m 11.2s, 27d 58m 21s",
        "11H03M11.2S 27D58M21S", "11h03m11.2s +27°58'21\"", "11h03m11.2s +27\u00ba58\u203221\u2033",
        "11\u02b003\u1d5011.2\u02e2 +27°58\u203221\u2033",
        "165d47m48s 27d58m21s", "165°47'48\" +27°58'21''", "11:03:11.2 27.58.21", "J2000 11:03:11.2 27.58.21",
        "J2000 11h03m11.2s +27d58m21s", "ICRS 165.796667 27.9725", "165.796667 27.9725 icrs", "fk5 165.796667 27.9725",
        "11h03m11.2s 27.9725", "11.0531111h +27.9725", "\t11:03:11.2\u00a0+27:58:21 ",
    ],
)  # fmt: skip
def test_one_place_in_many_notations(text):
    place = positions.parse(text)

    assert (place.ra_deg, place.dec_deg) == pytest.approx(DEGREES, abs=1e-6)
    assert place.within_deg == 0


@pytest.mark.parametrize(
    ("text", "ra", "dec"),
    [
        ("00:00:00 -00:00:36", 0, -0.01),
        ("0 -0.01", 0, -0.01),
        ("0, \u22120.01", 0, -0.01),
        ("360 -90", 0, -90),
        ("24:00:00 0", 0, 0),
        ("23:59:59.9 +89:59:59", 359.9995833, 89.9997222),
        ("11:03 -27:58", 165.75, -27.9666667),
        ("11 03.2 -27 58.5", 165.8, -27.975),
    ],
)
def test_signs_ends_and_short_forms(text, ra, dec):
    place = positions.parse(text)

    assert (place.ra_deg, place.dec_deg) == pytest.approx((ra, dec), abs=1e-6)


# Centre and poles of the galaxy in ICRS, by the Hipparcos catalogue (vol. 1, 1.5.3)
@pytest.mark.parametrize(
    ("text", "ra", "dec"),
    [
        ("l=0 b=90", 192.85948, 27.12825),
        ("gal 0 -90", 12.85948, -27.12825),
        ("galactic 0.0, 0.0", 266.40499, -28.93617),
        ("0 0 GAL", 266.40499, -28.93617),
        ("GLON=0 GLAT=0", 266.40499, -28.93617),
        ("l 0d b 0d", 266.40499, -28.93617),
    ],
)
def test_galactic_coordinates(text, ra, dec):
    place = positions.parse(text)

    assert (place.ra_deg, place.dec_deg) == pytest.approx((ra, dec), abs=1e-4)


def test_positions_of_1950_are_brought_to_the_present_frame():
    # 3C 273: 12h26m33.246s +02d19m43.47s (B1950), 12h29m06.6997s +02d03m08.598s (ICRS)
    place = positions.parse("B1950 12:26:33.246 +02:19:43.47")

    assert (place.ra_deg, place.dec_deg) == pytest.approx((187.2779154, 2.0523883), abs=1e-4)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("165.8 95", "declination 95 is beyond 90 degrees"),
        ("400 3", "right ascension 400 is not between 0 and 360"),
        ("-10 3", "right ascension -10 is not between 0 and 360"),
        ("165:47:48 27:58:21", "more than 24; degrees are written 165d47m47s"),
        ("l=10 b=95", "latitude 95 is beyond 90"),
        ("11:60:00 5", "minutes and seconds are below 60"),
        ("11:03:61 5", "minutes and seconds are below 60"),
        ("1.5:03:00 5", "only the last number of a coordinate may have decimals"),
        ("1 2 3", "where the second coordinate begins is not clear"),
        ("5", "where the second coordinate begins is not clear"),
        ("1, 2, 3", "more than two coordinates"),
        ("10 -5 -6", "more than two coordinates"),
        ("1 2 3 4 5 6 7 8", "where the second coordinate begins is not clear"),
        ("10h 5h", "only a right ascension is in hours"),
        ("gal 10h 5", "only a right ascension is in hours"),
        ("10s 5m", "units do not follow each other"),
        ("TW Hya", "names no coordinates"),
        ("nan nan", "names no coordinates"),
        ("1e5 3", "names no coordinates"),
        ("\u0661\u0660 \u0662\u0660", "names no coordinates"),
        ("RA", "names no coordinates"),
        (",", "names no coordinates"),
        ("", "it is empty"),
        ("  ", "it is empty"),
        (None, "it is empty"),
        ("1 " * 200, "longer than 200 characters"),
    ],
)
def test_what_is_no_position_is_refused_with_the_reason(text, why):
    with pytest.raises(PositionError, match=why) as refusal:
        positions.parse(text)

    assert "11:03:11.2 +27:58:21" in refusal.value.remedy


@given(st.text(max_size=40) | st.text("0123456789 .:+-dhms'\"lb=,JG", max_size=40))
def test_any_text_is_a_position_or_refused(text):
    try:
        place = positions.parse(text)
    except PositionError:
        return
    assert 0 <= place.ra_deg < 360
    assert -90 <= place.dec_deg <= 90


MICROARCSEC = 3600 * 10**6
RA, DEC = st.integers(0, 360 * MICROARCSEC - 1), st.integers(-90 * MICROARCSEC, 90 * MICROARCSEC)


def sexagesimal(units, form):
    """Of an integer number of millionths of a second."""
    rest, seconds = divmod(abs(units), 60 * 10**6)
    whole, minutes = divmod(rest, 60)
    return form.format(whole, minutes, seconds / 10**6, sign="-" if units < 0 else "+")


@pytest.mark.parametrize(
    ("hours", "degrees"),
    [
        ("{0:02}:{1:02}:{2:010.7f}", " {sign}{0:02}:{1:02}:{2:09.6f}"),
        ("{0} {1} {2:.7f}", " {sign}{0} {1} {2:.6f}"),
        ("{0:02}h{1:02}m{2:010.7f}s", "{sign}{0:02}d{1:02}m{2:09.6f}s"),
        ("{0}h {1}m {2:.7f}s", ", {sign}{0}° {1}\u2032 {2:.6f}\u2033"),
        ("{0:02}:{1:02}:{2:010.7f}", " {sign}{0:02}.{1:02}.{2:09.6f}"),
    ],
)
@given(ra=RA, dec=DEC)
def test_sexagesimal_hours_lead_back_to_the_place(hours, degrees, ra, dec):
    tenths = 10 * ra // 15  # of a millionth of a second of time
    whole, rest = divmod(tenths, 36 * 10**9)
    minutes, seconds = divmod(rest, 60 * 10**7)
    text = hours.format(whole, minutes, seconds / 10**7) + sexagesimal(dec, degrees)

    place = positions.parse(text)

    assert place.ra_deg == pytest.approx(15 * tenths / 10 / MICROARCSEC, abs=1e-10)
    assert place.dec_deg == pytest.approx(dec / MICROARCSEC, abs=1e-10)


@given(ra=RA, dec=DEC)
def test_degrees_lead_back_to_the_place(ra, dec):
    in_degrees = "{sign}{0}d{1:02}m{2:09.6f}s"
    for text in (
        f"{ra / MICROARCSEC:.12f} {dec / MICROARCSEC:+.12f}",
        f"{ra / MICROARCSEC:.12f},{dec / MICROARCSEC:.12f}",
        sexagesimal(ra, in_degrees) + " " + sexagesimal(dec, in_degrees),
    ):
        place = positions.parse(text)

        assert place.ra_deg == pytest.approx(ra / MICROARCSEC, abs=1e-10)
        assert place.dec_deg == pytest.approx(dec / MICROARCSEC, abs=1e-10)


@given(ra=RA, dec=DEC)
def test_galactic_coordinates_lead_back_to_the_place(ra, dec):
    assume(abs(dec) < 89 * MICROARCSEC)
    place = positions.Position(ra / MICROARCSEC, dec / MICROARCSEC)
    lon, lat = positions.to_galactic(place)
    assume(abs(lat) < 89)

    for text in (f"l={lon:.12f} b={lat:.12f}", f"gal {lon:.12f} {lat:+.12f}", f"{lon:.12f}, {lat:.12f} galactic"):
        back = positions.parse(text)

        assert (back.ra_deg - place.ra_deg + 180) % 360 - 180 == pytest.approx(0, abs=1e-9)
        assert back.dec_deg == pytest.approx(place.dec_deg, abs=1e-10)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("10arcsec", 10 / 3600), ("10 arcsec", 10 / 3600), ('10"', 10 / 3600), ("10''", 10 / 3600),
        ("10\u2033", 10 / 3600),
        ("10ARCSEC", 10 / 3600), ("1.5arcmin", 0.025), ("1.5'", 0.025), ("1.5\u2032", 0.025), ("0.5deg", 0.5),
        ("0.5d", 0.5),        ("0.5°", 0.5), ("2 degrees", 2), ("180deg", 180), ("0deg", 0),
        ("1e-3arcsec", 1e-3 / 3600), ("36mas", 1e-5),
    ],
)  # fmt: skip
def test_a_radius_is_read_with_its_unit(text, degrees):
    assert positions.radius_deg(text) == pytest.approx(degrees, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10", "it has no unit"),
        ("-1deg", "not between 0 and 180"),
        ("180.1deg", "not between 0 and 180"),
        ("1e999deg", "not between 0 and 180"),
        ("nan deg", "not a number with a unit"),
        ("5 parsec", "not a number with a unit"),
        ("1,5deg", "not a number with a unit"),
        ("deg", "not a number with a unit"),
        ("", "not a number with a unit"),
        (None, "not a number with a unit"),
        (10, "not a number with a unit"),
    ],
)
def test_what_is_no_radius_is_refused_with_the_reason(text, why):
    with pytest.raises(RadiusError, match=why):
        positions.radius_deg(text)
