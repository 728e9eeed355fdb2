"""Footprints: their shapes, bounds, circles of pointings, and a whole column of them."""

import math

import numpy as np
import polars as pl
import pytest

from archive import region_columns, regions, sky
from archive.region_text import RegionError, read
from tests.archive import footprints

ARCSEC = math.radians(1 / 3600)


@pytest.mark.parametrize("text", footprints.REAL + footprints.MADE)
def test_the_bound_is_the_way_to_the_farthest_vertex_or_edge_of_a_circle(text):
    for ra, dec in ((53.12, -27.807), (0, 0), (11, 11), (266.3375, -29.0466)):
        place, farthest = sky.vectors(ra, dec), 0.0
        for ring in read(text):
            if not ring.hole:
                corners = sky.vectors(ring.degrees[::2], ring.degrees[1::2])
                away = sky.separation_rad(corners, place).max() + math.radians(ring.radius_deg or 0)
                farthest = max(farthest, away)

        bound = regions.parse(text).bound_rad(ra, dec)

        if farthest < math.pi / 2:
            assert farthest <= bound <= farthest * (1 + 1e-11) + 1e-14
        else:
            assert bound == math.pi


def test_a_cone_that_is_farther_than_the_bound_does_not_overlap():
    for text in footprints.REAL:
        ra, dec = read(text)[0].degrees[:2]
        region = regions.parse(text)
        bound = region.bound_rad(ra, dec)
        if dec + math.degrees(bound) < 89:
            assert not region.overlaps(ra, dec + math.degrees(bound + ARCSEC), 0.99 * ARCSEC)


def test_a_shape_leads_back_to_its_region():
    for text in footprints.REAL + footprints.MADE:
        region = regions.parse(text)

        assert regions.Region.from_shape(memoryview(region.shape())) == region
        assert len(region.shape()) < 2 * len(text) + 200 or " Not " in text


def test_pointings_are_a_union_of_circles():
    circles = [(10.0, 20.0, 0.01), (10.01, 20.0, 0.01)]
    union = regions.circles_region(circles)

    assert regions.circles_text(circles[:1]) == "Circle ICRS 10.000000 20.000000 0.010000"
    assert regions.parse(regions.circles_text(circles)) == union
    assert regions.circle_region(10, 20, 0.01) == regions.parse("Circle ICRS 10 20 0.01")
    assert union.overlaps(10.0195, 20, 0)
    assert not union.overlaps(10.005, 20.0099, ARCSEC)
    with pytest.raises(RegionError, match="no shape"):
        regions.circles_region([])


COLUMN = [
    "Circle ICRS 10.000000 20.000000 0.008223",
    footprints.DIAMOND,
    None,
    "",
    "circle 359.999999 -5.000001 0.5",
    "Circle ICRS 10.1 20.0 0.008223",
    footprints.DIAMOND,
    "Polygon ICRS 1 2 3 4",
    "Polygon ICRS 1 2 3 95 4 5",
    "Circle ICRS 10 20 nan",
    footprints.HOLED,
    footprints.DIAMOND,
]
RA = [10, 83.83095833330503, 1, 1, 0, 10, 83.83095833330503, 1, 1, 10, 53.11983108973377, math.nan]
DEC = [20, -5.260619444445853, 1, 1, -5, 20, -5.2606, 1, 1, 20, -27.807152863261976, math.nan]


def many(texts, ra, dec):
    """As rows that say these come: each text once."""
    known = list(dict.fromkeys(texts))
    number = np.array([known.index(text) for text in texts], int)
    return region_columns.many(pl.Series("text", known, dtype=pl.String), number, ra, dec)


def test_a_column_of_footprints_is_read_at_once():
    found = many(COLUMN, RA, DEC)

    assert found.footprint.tolist() == [-1, 0, -1, -1, -1, 1, 0, -1, -1, -1, 2, -1]
    assert found.regions.to_list() == [footprints.DIAMOND, COLUMN[5], footprints.HOLED]
    assert found.shapes == [regions.parse(text).shape() for text in found.regions]
    assert found.problems == {
        7: "Polygon with 2 vertices",
        8: "dec 95 is not between -90 and 90 degrees",
        9: "radius nan is not between 0 and 180 degrees",
    }
    none = [2, 3, 7, 8, 9, 11]
    assert np.flatnonzero(np.isnan(found.bound_rad)).tolist() == none
    assert found.bound_rad[[0, 4]].tolist() == [math.radians(0.008223), math.radians(0.5)]
    for row in (1, 5, 6, 10):
        assert found.bound_rad[row] == regions.parse(COLUMN[row]).bound_rad(RA[row], DEC[row])


@pytest.mark.parametrize(
    "text",
    [
        "Union ICRS ( Polygon 1 2 3 4 5 8 Polygon 11 2 13 4 15 9 16 3)",
        "Union ICRS ( Polygon 1 2 3 4 5 8 )",
        "Union ICRS ( Polygon 1 2 3 4 5 8 Circle 11 2 3 )",
        "Union ICRS ( Polygon ICRS 1 2 3 4 5 8 Polygon 11 2 13 4 15 9 )",
        "Polygon ICRS 1 2 3 4 5 8 Polygon 11 2 13 4 15 9",
        "Polygon ICRS 1 2 9 4 5 8 Not (Polygon 4 4 5 4 5 5)",
        "Polygon ICRS 1 2 9 4 5 8 Not (Polygon 4 4 5 4 5 5) Not (Polygon 5.5 5 6 5 6 6)",
        "Polygon ICRS 1 2 9 4 5 8 Polygon 11 2 13 4 15 9 Not (Polygon 4 4 5 4 5 5)",
        "Polygon ICRS 1 2 9 4 5 8 Not (Polygon 4 4 5 4 5 5 Polygon 5.5 5 6 5 6 6)",
        "Union ICRS ( Polygon 1 2 9 4 5 8 Not (Polygon 4 4 5 4 5 5))",
    ],
)
def test_shapes_of_several_rings_are_those_of_the_text_alone(text):
    one = "Polygon ICRS 1 2 3 4 5 9"

    found = many([one, text, one], [1, 1, 1], [2, 2, 2])

    assert found.shapes == [regions.parse(each).shape() for each in (one, text)]
    assert found.bound_rad[1] == regions.parse(text).bound_rad(1, 2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Union ICRS ( Polygon 1 2 3 4 5 8 Polygon 11 2 3 )", "Polygon with 3 numbers, which make no pairs"),
        ("Union ICRS ( Polygon 1 2 3 4 5 8 Polygon 11 2 13 4 15 99 )", "dec 99 is not between -90 and 90 degrees"),
        ("Union ICRS ( Polygon 1 2 3 4 5 8 ) )", "a bracket closes where none is open"),
        ("Polygon ICRS 1 2 9 4 5 8)", "a bracket closes where none is open"),
        ("Polygon ICRS 1 2 9 4 5 8 Not (Polygon 4 4 5 4 5 5", "its text ends too early"),
        ("Polygon ICRS 1 2 9 4 5 8 Not (Polygon 4 4 5 4 5 5))", "a bracket closes where none is open"),
        ("Polygon ICRS 1 2 9 4 5 8 Not (Polygon 4 4 5 4)", "Polygon with 2 vertices"),
    ],
)
def test_one_ring_that_cannot_be_used_spoils_the_text(text, why):
    assert many(["Polygon ICRS 1 2 3 4 5 9", text], [1, 1], [2, 2]).problems == {1: why}


@pytest.mark.parametrize(
    "text",
    [
        "Polygon ICRS 1 2 1 2 3 4 5 9",
        "Polygon ICRS 1 2 3 4 5 9 5 9 5 9",
        "Polygon ICRS 1 2 3 4 5 9 1 2",
    ],
)
def test_a_vertex_that_is_repeated_is_one(text):
    assert regions.parse(text).shape() == regions.parse("Polygon ICRS 1 2 3 4 5 9").shape()


@pytest.mark.parametrize(
    ("text", "radius"),
    [
        ("Circle ICRS 10 20 0.5", 0.5),
        (" circle  icrs +10.0\t2e1 5E-1 ", 0.5),
        ("Circle 10 20 0.5", 0.5),
        ("Circle ICRS  10 20 0.5", 0.5),
        ("Circle ICRS 10 20 0.5 ", 0.5),
        ("Circle ICRS 10 20", None),
        ("Circle ICRS 10 20 0.5 1", None),
        ("Circle ICRS 10 20 inf", None),
        ("Circle ICRS 10 20 nan", None),
        ("Circle ICRS 10 20 1_0", None),
        ("Circle ICRS 10 20 0.5x", None),
    ],
)
def test_a_circle_around_a_position_is_read_however_it_is_written(text, radius):
    plain = "Circle ICRS 10 20 0.25"

    found = many([plain, text, footprints.DIAMOND, plain], [10] * 4, [20] * 4)

    assert found.bound_rad[[0, 3]].tolist() == [math.radians(0.25)] * 2
    assert found.bound_rad[1] == pytest.approx(math.nan if radius is None else math.radians(radius), nan_ok=True)
    assert (found.footprint[1] == -1) == (radius is not None or 1 in found.problems)


def test_a_column_without_any_region_is_read():
    assert np.isnan(many([None, "", "  "], [1, 2, 3], [1, 2, 3]).bound_rad).all()
    assert many([], [], []).shapes == []


def test_all_rows_of_a_text_that_cannot_be_used_are_named():
    assert many(["Circle 1 2", "junk", "Circle 1 2"], [1, 1, 1], [2, 2, 2]).problems == {
        0: "Circle with 2 numbers instead of three",
        1: "it begins with 'junk'",
        2: "Circle with 2 numbers instead of three",
    }
