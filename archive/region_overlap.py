"""Whether footprints overlap a cone, exactly and for thousands of them at once.

A footprint overlaps a closed cone when the centre of the cone is in it, or some point of its boundary is within the
radius.  Edges of polygons are great circles.  All distances are taken from differences of vectors, which keep their
digits for the smallest shapes.
"""

import math
from collections.abc import Sequence

import numpy as np

from archive import sky
from archive.region_shapes import CIRCLE, POLYGON, Flags, Floats, Ints, following

_SLACK = 1e-15  # what is rounded: touching counts as overlapping


def overlaps(shapes: Sequence[bytes], ra_deg: float, dec_deg: float, radius_rad: float) -> Flags:
    """Of each shape, whether it overlaps the closed cone."""
    if not len(shapes):
        return np.zeros(0, bool)
    table = np.frombuffer(b"".join(shapes)).reshape(-1, 3)
    starts = np.cumsum([0, *map(len, shapes[:-1])]) // (3 * 8)
    heads = np.flatnonzero(table[:, 0] >= POLYGON)
    kinds = table[heads, 0].astype(np.int64)
    point = sky.vectors(ra_deg, dec_deg)[0]
    inside, near = np.zeros(len(heads), bool), np.zeros(len(heads), bool)
    for some, look in ((kinds < CIRCLE, _polygons), (kinds >= CIRCLE, _circles)):
        if some.any():
            inside[some], near[some] = look(table, heads[some], point, radius_rad)
    first = np.searchsorted(heads, starts)
    holes = kinds % 2 == 1
    in_outline = np.logical_or.reduceat(inside & ~holes, first)
    in_hole = np.logical_or.reduceat(inside & holes, first)
    return (in_outline & ~in_hole) | np.logical_or.reduceat(near, first)


def _circles(table: Floats, heads: Ints, point: Floats, radius: float) -> tuple[Flags, Flags]:
    away = table[heads + 1] - point
    half = np.sqrt(np.einsum("ij,ij->i", away, away)) / 2
    separation, own = 2 * np.arcsin(np.minimum(half, 1.0)), table[heads, 2]
    return separation <= own, np.abs(separation - own) <= radius + _SLACK


def _polygons(table: Floats, heads: Ints, point: Floats, radius: float) -> tuple[Flags, Flags]:
    """For each polygon whether the point is in it, and whether an edge is within the radius."""
    sizes = table[heads, 1].astype(np.int64) - 1
    starts = np.cumsum(sizes) - sizes
    vertices = table[np.repeat(heads + 2 - starts, sizes) + np.arange(int(sizes.sum()))]
    after = following(sizes)
    away = vertices - point
    away2 = np.einsum("ij,ij->i", away, away)
    along = vertices[after] - vertices
    normal = np.cross(along, vertices[after] + vertices) / 2
    height = -np.einsum("ij,ij->i", normal, away)
    near = away2 <= sky.chord2(radius)
    reach = _reach(radius)
    close = height * height <= reach * reach * np.einsum("ij,ij->i", normal, normal)
    near |= close & _between(np.einsum("ij,ij->i", along, along), away2, away2[after])
    inside = np.add.reduceat(_crossed(vertices, after, height, point), starts) % 2 == 1
    return inside & (table[heads + 1] @ point > 0), np.logical_or.reduceat(near, starts)


def _reach(radius: float) -> float:
    """Sine of the radius; no great circle is farther than 90 degrees."""
    return math.sin(radius) + _SLACK if radius < math.pi / 2 else math.inf


def _between(length2: Floats, away2: Floats, ahead2: Floats) -> Flags:
    """Edges that the perpendicular from the point meets, by the squared chords to their vertices."""
    return (away2 - ahead2 + length2 * (1 - away2 / 2) >= 0) & (ahead2 - away2 + length2 * (1 - ahead2 / 2) >= 0)


def _crossed(vertices: Floats, after: Ints, height: Floats, point: Floats) -> Flags:
    """Edges that cross a half of a great circle from the point to its antipode, which is outside of every polygon that
    has the point on its side of the sky."""
    across = np.zeros(3)
    across[np.abs(point).argmin()] = 1.0
    beside = np.cross(point, across) @ vertices.T > 0
    return (beside != beside[after]) & ((height > 0) == beside[after])
