"""Many regions with a hole at once against each by itself, which asks about every edge."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import region_clean_holes, region_shapes
from archive.region_clean_holes import settled_all
from archive.region_holes import settled
from archive.region_table import heads_of, kinds_of
from archive.region_text import RegionError, Ring, read
from tests.archive import footprints

SQUARE = "Polygon 10 10 12 10 12 12 10 12"
WITHIN = f"{SQUARE} Not (Polygon 10.5 10.5 11 10.5 11 11 10.5 11)"
BESIDE = f"{SQUARE} Not (Polygon 20.5 10.5 21 10.5 21 11 20.5 11)"
OVER = f"{SQUARE} Not (Polygon 9 9 13 9 13 13 9 13)"
ACROSS = f"{SQUARE} Not (Polygon 11 11 13 11 13 13 11 13)"
TOUCHING = f"{SQUARE} Not (Polygon 10 10.5 11 10.5 11 11 10 11)"
CORNERED = f"{SQUARE} Not (Polygon 11.5 11.5 11 11.7 12 12)"
BEHIND = f"{SQUARE} Not (Polygon 190.5 -10.5 191 -10.5 191 -11 190.5 -11)"
TWO = f"{WITHIN} Not (Polygon 11.5 11.5 11.8 11.5 11.8 11.8)"
ON_ONE_CIRCLE = "Polygon 195.2 -15.8 195.2 43.9 199 10 Not (Polygon 195.2 15.8 195.2 49.8 198 30)"
ROUND = f"{SQUARE} Not (Circle 11 11 0.2)"


def unsettled(regions):
    """The tables of regions before anything is said of their holes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region_shapes, "settled_all", list)
        return [shape for shape in region_shapes.pack(regions) if isinstance(shape, bytes)]


def alone(shape):
    try:
        return settled(np.frombuffer(shape).reshape(-1, 3)).tobytes()
    except RegionError as problem:
        return problem.why


def together(shapes):
    return [shape.why if isinstance(shape, RegionError) else shape for shape in settled_all(shapes)]


def silent(shape):
    table = np.frombuffer(shape).reshape(-1, 3)
    return kinds_of(table[heads_of(table)])[1].tolist()


def test_a_ring_without_boundary_is_silent():
    inside, beside, over = settled_all(unsettled([read(text) for text in (WITHIN, BESIDE, OVER)]))

    assert [silent(inside), silent(beside), silent(over)] == [[False, False], [False, True], [True, True]]


@pytest.mark.filterwarnings("error")
def test_regions_are_settled_together_as_each_is_alone():
    crossed = [WITHIN, BESIDE, OVER, ACROSS, TOUCHING, CORNERED, BEHIND, TWO, ROUND, ON_ONE_CIRCLE]
    texts = [*footprints.MADE, *crossed, footprints.HOLED]
    shapes = unsettled([rings for rings in map(read, texts) if any(ring.hole for ring in rings)])

    assert together(shapes) == list(map(alone, shapes))


def test_only_where_rings_may_meet_edges_are_asked_one_by_one(monkeypatch):
    asked = []
    monkeypatch.setattr(region_clean_holes, "settled", lambda table: asked.append(table.tobytes()) or table)
    texts = (WITHIN, ACROSS, BESIDE, TOUCHING, CORNERED, footprints.HOLED, TWO, ROUND)
    shapes = unsettled([read(text) for text in texts])

    settled_all(shapes)

    assert asked == [shapes[at] for at in (1, 3, 4, 6, 7)]


def test_a_region_of_too_many_edges_is_refused_beside_good_ones():
    many = Ring([at for turn in np.linspace(0, 6.28, 4001) for at in (10 + math.cos(turn), math.sin(turn))])
    shapes = unsettled([read(WITHIN), [many, Ring([10, 0, 10.1, 0, 10, 0.1], hole=True)]])

    good, bad = settled_all(shapes)

    assert good == alone(shapes[0])
    assert bad.why == alone(shapes[1])
    assert bad.why.startswith("it has holes and 4004 edges")


@st.composite
def rings(draw, centre, reach, hole):
    """A star around a place near a centre, on a grid that lets vertices and edges of two of them meet."""
    turns = sorted(draw(st.lists(st.integers(0, 23), min_size=3, max_size=9, unique=True)))
    size = draw(st.sampled_from([0.2, 0.5, 1.0, 2.0])) * reach
    places = [at + draw(st.sampled_from([-2, -1, -0.5, 0, 0, 0.5, 1])) * reach for at in centre]
    degrees = []
    for turn in turns:
        away = size * draw(st.sampled_from([0.5, 1.0]))
        degrees += [places[0] + away * math.cos(turn * math.pi / 12), places[1] + away * math.sin(turn * math.pi / 12)]
    return Ring([round(value, 6) for value in degrees], None, hole)


@st.composite
def regions(draw):
    centre = (draw(st.sampled_from([0, 83.8, 359.99])), draw(st.sampled_from([0.0, -27.8, 60.0])))
    reach = draw(st.sampled_from([0.0005, 0.01, 4.0]))
    return [draw(rings(centre, reach, hole=False)), draw(rings(centre, reach, hole=True))]


@given(st.lists(regions(), min_size=1, max_size=20))
def test_any_regions_are_settled_together_as_each_is_alone(drawn):
    shapes = unsettled(drawn)

    assert together(shapes) == list(map(alone, shapes))
