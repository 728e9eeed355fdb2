"""How far from its row's position a footprint reaches: the radius of a circle around the position that holds it."""

import math
from collections.abc import Sequence

import numpy as np

from archive.region_table import CIRCLE, POLYGON, ROW, Floats, Ints, heads_of, kinds_of

_ROUNDING = 1e-12  # of the radius: a bound is never below what it bounds


def bounds(shapes: Sequence[bytes], of: Ints, points: Floats) -> Floats:
    """For each point (a unit vector) the bound of shape number `of`, in rad."""
    table = np.frombuffer(b"".join(shapes)).reshape(-1, 3)
    lengths = np.array([len(shape) // ROW for shape in shapes])
    places, reach = _outer_points(table)
    first = np.searchsorted(places, np.cumsum(lengths) - lengths)
    counts = np.diff([*first, len(places)])
    some = counts[of]
    starts = np.cumsum(some) - some
    picked = np.repeat(first[of] - starts, some) + np.arange(int(some.sum()))
    away = table[places[picked]] - np.repeat(points, some, axis=0)
    half = np.sqrt(np.einsum("ij,ij->i", away, away)) / 2
    farthest = np.maximum.reduceat(2 * np.arcsin(np.minimum(half, 1.0)) + reach[picked], starts)
    # A cap that is wider than half of the sky may hold the vertices of a polygon and yet not all of its edges
    return np.where(farthest < math.pi / 2, farthest * (1 + _ROUNDING) + 1e-15, math.pi)


def _outer_points(table: Floats) -> tuple[Ints, Floats]:
    """Rows of vertices of outlines, and of centres of circles with their radius."""
    heads = heads_of(table)
    kinds, rows = kinds_of(table[heads])[0], table[heads, 1].astype(np.int64) + 1
    kind = np.repeat(kinds, rows)
    kept = (kind == POLYGON) | (kind == CIRCLE)
    kept[heads] = False
    kept[heads[kinds < CIRCLE] + 1] = False
    reach = np.repeat(np.where(kinds == CIRCLE, table[heads, 2], 0.0), rows)
    places = np.flatnonzero(kept)
    return places, reach[places]
