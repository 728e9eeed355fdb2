"""Cones and pixels against brute force: every position of a cone is in its ranges, at poles and RA 0 as elsewhere."""

import math

import numpy as np
import pytest
from cdshealpix import nested
from hypothesis import example, given
from hypothesis import strategies as st

from archive import cone_cover, sky
from archive.positions import parse

PLACES = [(0, 0), (360, 0), (359.9999999, 1e-9), (0, 90), (0, -90), (123.4, 89.99999), (45, 0), (90, -19.47122063),
          (45, 41.81031490), (44.99999, -41.81031490), (135, 89.0), (266.4168, -29.0078), (83.8, -5.4)]  # fmt: skip
RADII = [0.0, 1e-9, 5e-6, 3e-4, 0.0175, 0.2, 0.7854, 1.5708, 2.2, 2.9, math.pi]


def positions_in(point, radius, rng, count=400):
    """Positions of a cone, half of them on its very edge."""
    sideways = rng.normal(size=(count, 3))
    sideways -= np.outer(sideways @ point, point)
    sideways /= np.linalg.norm(sideways, axis=1)[:, None]
    away = radius * np.where(rng.random(count) < 0.5, 1.0, np.sqrt(rng.random(count)))[:, None]
    x, y, z = (np.cos(away) * point + np.sin(away) * sideways).T
    ra, dec = np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))
    inside = np.sum((sky.vectors(ra, dec) - point) ** 2, axis=1) <= sky.chord2(radius)
    return ra[inside], dec[inside]


def missed(ra, dec, radius, rng):
    """How many positions of a cone are in none of its ranges."""
    low, high = np.array(sky.cone_ranges(ra, dec, radius)).T
    assert np.all(low[1:] > high[:-1])  # sorted and apart
    found = sky.pixels(*positions_in(sky.vectors(ra, dec)[0], radius, rng))
    before = np.searchsorted(low, found, side="right") - 1
    return int(np.sum((before < 0) | (found >= high[before])))


@pytest.mark.parametrize("radius", RADII)
def test_no_position_of_a_cone_is_missed_at_the_special_places_of_the_sky(radius):
    rng = np.random.default_rng(1)

    assert [missed(ra, dec, radius, rng) for ra, dec in PLACES] == [0] * len(PLACES)


def test_no_position_of_a_thousand_random_cones_is_missed():
    rng = np.random.default_rng(2)
    ra, dec = 360 * rng.random(1000), np.degrees(np.arcsin(2 * rng.random(1000) - 1))

    assert sum(missed(*place, math.pi * 10 ** rng.uniform(-8, 0), rng) for place in zip(ra, dec, strict=True)) == 0


def test_no_position_of_a_cone_around_a_corner_of_a_pixel_is_missed():
    rng = np.random.default_rng(3)
    for order in (0, 1, 2, 5, 10, 15, 20):
        cells = rng.integers(0, 12 << 2 * order, 20, dtype=np.uint64)
        lon, lat = nested.vertices(cells, order)
        for ra, dec in zip(lon.deg[:, 0] % 360, lat.deg[:, 0], strict=True):
            assert missed(ra, np.clip(dec, -90, 90), 2.0**-order * 10 ** rng.uniform(-2, 0.3), rng) == 0


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(0, math.pi), st.integers(0, 2**32))
@example(0.0, 90.0, math.pi, 0)
@example(360.0, -90.0, 0.0, 0)
def test_no_position_of_any_cone_is_missed(ra, dec, radius, seed):
    assert missed(ra, dec, radius, np.random.default_rng(seed)) == 0


@pytest.mark.parametrize("radius_deg", [1 / 3600, 1 / 60, 10 / 60, 1, 10, 50])
def test_a_cover_is_a_few_ranges_and_not_much_more_sky_than_the_cone(radius_deg):
    radius = math.radians(radius_deg)
    for ra, dec in PLACES:
        ranges = sky.cone_ranges(ra, dec, radius)

        covered = sum(high - low for low, high in ranges) / (12 << 58)
        assert len(ranges) <= 45
        assert covered < 1.8 * (1 - math.cos(radius)) / 2


def test_the_farthest_point_of_a_cell_is_as_near_as_the_cover_takes_it():
    for depth in range(7):
        cells = np.arange(12 << 2 * depth, dtype=np.uint64)
        middle, edge = nested.healpix_to_lonlat(cells, depth), nested.vertices(cells, depth, step=4)
        middles = sky.vectors(middle[0].deg, middle[1].deg)
        edges = sky.vectors(edge[0].deg.ravel(), edge[1].deg.ravel()).reshape(len(cells), -1, 3)

        farthest = 2 * np.arcsin(np.linalg.norm(edges - middles[:, None], axis=2).max() / 2)
        assert farthest <= cone_cover._reach(depth) <= farthest * (1 + 1e-6)


def test_pixels_of_order_6_hold_those_of_order_29():
    rng = np.random.default_rng(4)
    ra, dec = positions_in(sky.vectors(10, -80)[0], 0.1, rng)

    assert np.array_equal(sky.order6(sky.pixels(ra, dec)), sky.pixels(ra, dec, 6))
    assert set(sky.pixels(ra, dec, 6).tolist()) <= set(sky.cone_pixels6(10, -80, 0.1))
    assert len(sky.cone_pixels6(0, 0, math.pi)) == 12 * 4**6


def test_a_position_is_in_a_cone_of_radius_zero_around_it():
    rng = np.random.default_rng(5)
    ra, dec = 360 * rng.random(10_000), np.degrees(np.arcsin(2 * rng.random(10_000) - 1))
    alone = np.array([sky.vectors(*place)[0] for place in zip(ra, dec, strict=True)])

    assert np.all(np.sum((sky.vectors(ra, dec) - alone) ** 2, axis=1) <= sky.chord2(0))
    assert sky.chord2(0) < math.radians(1e-5 / 3600) ** 2


def test_one_place_in_two_notations_is_in_a_cone_of_radius_zero():
    degrees, hours = parse("165.796666666667 -27.972222222222"), parse("11:03:11.2 -27:58:20")
    one, other = (sky.vectors(place.ra_deg, place.dec_deg) for place in (degrees, hours))

    assert not np.array_equal(one, other)
    assert np.sum((one - other) ** 2) <= sky.chord2(0)


def test_all_positions_are_in_a_cone_of_180_degrees():
    assert np.sum((sky.vectors(10, 20) - sky.vectors(190, -20)) ** 2) <= sky.chord2(math.pi)
    assert sky.cone_ranges(10, 20, math.pi) == sky.WHOLE_SKY


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(0, 360), st.floats(-90, 90))
def test_separations_follow_the_law_of_haversines(ra, dec, other_ra, other_dec):
    a, b, turn = math.radians(dec), math.radians(other_dec), math.radians(ra - other_ra)
    haversine = math.sin((a - b) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2

    angle = sky.separation_rad(sky.vectors(ra, dec), sky.vectors(other_ra, other_dec))[0]

    assert angle == pytest.approx(2 * math.asin(min(1.0, math.sqrt(haversine))), abs=1e-7)


def test_a_size_class_is_the_first_whose_bound_holds_the_radius():
    bounds = [0.0, sky.SIZE_CLASSES[0], np.nextafter(sky.SIZE_CLASSES[0], 1), math.pi, 4.0, math.nan]

    assert sky.size_class(bounds).tolist() == [0, 0, 1, len(sky.SIZE_CLASSES) - 1, len(sky.SIZE_CLASSES) - 1, -1]
    assert list(sky.SIZE_CLASSES) == sorted(sky.SIZE_CLASSES)
    assert sky.SIZE_CLASSES[-1] == math.pi
