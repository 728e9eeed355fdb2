"""Overlap of footprints and cones against brute force: a cone overlaps where one of many of its points is inside."""

import csv
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive import regions, sky
from archive.region_text import read
from tests.archive import footprints

ARCSEC = math.radians(1 / 3600)


def holds(text, points):
    """Which points are in a region, told from its text alone: by the angle that each outline turns about a point."""
    outlines, holes = np.zeros(len(points), bool), np.zeros(len(points), bool)
    for ring in read(text):
        vertices = sky.vectors(ring.degrees[::2], ring.degrees[1::2])
        if ring.radius_deg is not None:
            within = sky.separation_rad(points, vertices[:1]) <= math.radians(ring.radius_deg)
        else:
            within = (points @ vertices.sum(axis=0) > 0) & (np.abs(_turned(vertices, points)) > math.pi)
        (holes if ring.hole else outlines)[within] = True
    return outlines & ~holes


def _turned(vertices, points):
    across = np.eye(3)[np.abs(points).argmin(axis=1)]
    east = np.cross(points, across)
    azimuths = np.arctan2(np.cross(points, east) @ vertices.T, east @ vertices.T)
    steps = np.roll(azimuths, -1, axis=1) - azimuths
    return np.sum((steps + math.pi) % (2 * math.pi) - math.pi, axis=1)


def disc(ra, dec, radius, rng, count=1500):
    """Points of a cone: its centre, many at its edge, the others all over it."""
    centre = sky.vectors(ra, dec)[0]
    sideways = rng.normal(size=(count, 3))
    sideways -= np.outer(sideways @ centre, centre)
    sideways /= np.linalg.norm(sideways, axis=1)[:, None]
    away = radius * np.append(0, np.where(rng.random(count - 1) < 0.5, 1, np.sqrt(rng.random(count - 1))))[:, None]
    return np.cos(away) * centre + np.sin(away) * sideways


def cones_about(text, rng, count):
    """Cones of the size of a footprint, near its vertices and centres."""
    rings = read(text)
    for _ in range(count):
        ring = rings[rng.integers(len(rings))]
        at = 2 * rng.integers(len(ring.degrees) // 2)
        size = ring.radius_deg or np.ptp(ring.degrees[1::2])
        away = size * 10 ** rng.uniform(-1.5, 0.3)
        dec = float(np.clip(ring.degrees[at + 1] + away * rng.normal(), -90, 90))
        ra = ring.degrees[at] + away * rng.normal() / max(0.02, math.cos(math.radians(dec)))
        yield ra % 360, dec, math.radians(size * 10 ** rng.uniform(-2, 0.2))


@pytest.mark.parametrize("text", footprints.REAL + footprints.MADE)
def test_a_cone_overlaps_a_footprint_where_one_of_its_points_is_inside(text):
    rng, region = np.random.default_rng(6), regions.parse(text)
    for ra, dec, radius in cones_about(text, rng, 25):
        some_inside = bool(holds(text, disc(ra, dec, radius, rng)).any())

        if some_inside:
            assert region.overlaps(ra, dec, radius)
        elif region.overlaps(ra, dec, radius):
            # Points are not everywhere: the overlap is then a sliver, which many more points or a little more cone find
            assert not region.overlaps(ra, dec, 0.9 * radius) or holds(text, disc(ra, dec, radius, rng, 20_000)).any()


def test_all_of_almas_footprints_of_a_galaxy_overlap_as_their_points_say(shared_data):
    rng = np.random.default_rng(7)
    with (shared_data / "metadata" / "obscore_NGC3504.csv").open() as rows:
        texts = sorted({row["s_region"].removeprefix("b'").removesuffix("'") for row in csv.DictReader(rows)})
    shapes = [regions.parse(text).shape() for text in texts]

    for ra, dec, radius in cones_about(texts[-1], rng, 40):
        points = disc(ra, dec, radius, rng)
        overlap = regions.overlaps(shapes, ra, dec, radius)

        assert all(each or not holds(text, points).any() for each, text in zip(overlap, texts, strict=True))
        assert not any(regions.overlaps(shapes, ra, dec, 0)[~overlap])


def test_many_shapes_at_once_are_told_as_each_alone():
    shapes = [regions.parse(text).shape() for text in footprints.REAL + footprints.MADE] * 20
    for ra, dec, radius in ((53.1, -27.8, 0.001), (0, 0, 0.1), (10, 11, 0.02), (200, 10, 0.1), (0, 90, math.pi)):
        alone = [regions.Region.from_shape(shape).overlaps(ra, dec, radius) for shape in shapes]

        assert regions.overlaps(shapes, ra, dec, radius).tolist() == alone


def test_no_shapes_have_no_overlaps():
    assert regions.overlaps([], 10, 20, 0.1).tolist() == []


@pytest.mark.parametrize(
    ("text", "ra", "dec", "near", "far"),
    [
        ("Circle ICRS 10 20 1", 10, 22, 1, 1 - 1e-9),
        ("Polygon ICRS 10 0 12 0 12 2 10 2", 11, -1, 1, 1 - 1e-9),  # the equator is an edge
        ("Polygon ICRS 10 0 12 0 12 2 10 2", 9, 0, 1, 1 - 1e-9),  # and this one meets a vertex
        ("Circle ICRS 10 20 5 Not (Circle 10 20 2)", 10, 20, 2, 2 - 1e-9),
        ("Circle ICRS 10 20 1", 190, -20, 179, 179 - 1e-6),
        ("Polygon ICRS 80 -10 100 -10 100 10 80 10", 270, 0, 165.894, 165.8939),
    ],
)
def test_touching_is_overlapping(text, ra, dec, near, far):
    region = regions.parse(text)

    assert region.overlaps(ra, dec, math.radians(near) + 1e-14)
    assert not region.overlaps(ra, dec, math.radians(far))


def test_edges_are_great_circles():
    # Between two vertices at +50 the great circle rises to 52.9 half-way
    region = regions.parse("Polygon ICRS 10 10 10 50 60 50 60 10")

    assert region.overlaps(35, 52.7, 0)
    assert not region.overlaps(35, 52.9, 0)


def test_the_inner_part_of_a_hole_is_outside_and_its_edge_is_not():
    region = regions.parse("Circle ICRS 10 20 5 Not (Polygon 9 19 11 19 11 21 9 21)")

    assert not region.overlaps(10, 20, 0)
    assert region.overlaps(9, 19, 0)
    assert region.overlaps(10, 20, math.radians(1))
    assert region.overlaps(10, 23, 0)


PLACE = st.tuples(st.floats(0, 360), st.floats(-90, 90))


@given(PLACE, st.floats(0, 1), st.integers(3, 12), PLACE, st.floats(0, math.pi))
def test_outlines_may_be_written_either_way_round_and_from_any_vertex(centre, size, count, place, radius):
    size = max(size, 10 * ARCSEC)
    turns = np.linspace(0, 2 * math.pi, count, endpoint=False)
    middle = sky.vectors(*centre)[0]
    east = np.cross(middle, np.eye(3)[np.abs(middle).argmin()])
    east /= np.linalg.norm(east)
    x, y, z = (math.cos(size) * middle + math.sin(size) * (
        np.cos(turns)[:, None] * east + np.sin(turns)[:, None] * np.cross(middle, east))).T  # fmt: skip
    outline = list(zip(np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y))), strict=True))

    def region(vertices):
        return regions.parse("Polygon ICRS " + " ".join(f"{ra:.12f} {dec:.12f}" for ra, dec in vertices))

    assume(abs(sky.separation_rad(sky.vectors(*place), middle)[0] - size - radius) > 0.3 * size)
    answers = {
        region(written).overlaps(*place, radius) for written in (outline, outline[::-1], outline[1:] + outline[:1])
    }
    assert len(answers) == 1
    # A polygon about a circle of half its size holds that circle, and is held by the circle of its vertices
    if count > 3 and sky.separation_rad(sky.vectors(*place), middle)[0] < radius + 0.4 * size:
        assert answers == {True}
    if sky.separation_rad(sky.vectors(*place), middle)[0] > radius + 1.1 * size:
        assert answers == {False}
