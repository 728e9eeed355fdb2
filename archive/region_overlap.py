"""Whether footprints overlap a cone, exactly and for thousands of them at once.

A footprint overlaps a closed cone when the centre of the cone is in it, or some point of its boundary is within the
radius.  Edges of polygons are great circles.  All distances are taken from differences of vectors, which keep their
digits for the smallest shapes.
"""

import math
from collections.abc import Sequence

import numpy as np

from archive import sky
from archive.region_table import CIRCLE, ROW, Flags, Floats, Ints, heads_of, kinds_of

_SLACK = 1e-15  # what is rounded: touching counts as overlapping
_PORTION = 250  # polygons


def overlaps(shapes: Sequence[bytes], ra_deg: float, dec_deg: float, radius_rad: float) -> Flags:
    """Of each shape, whether it overlaps the closed cone."""
    if not len(shapes):
        return np.zeros(0, bool)
    table = np.frombuffer(b"".join(shapes)).reshape(-1, 3)
    starts = np.cumsum([0, *map(len, shapes[:-1])]) // ROW
    heads = heads_of(table)
    kinds, silent = kinds_of(table[heads])
    point = sky.vectors(ra_deg, dec_deg)[0]
    inside, near = np.zeros(len(heads), bool), np.zeros(len(heads), bool)
    for some, look in ((kinds < CIRCLE, _polygons), (kinds >= CIRCLE, _circles)):
        if some.any():
            inside[some], near[some] = look(table, heads[some], point, radius_rad)
    first = np.searchsorted(heads, starts)
    holes = kinds % 2 == 1
    in_outline = np.logical_or.reduceat(inside & ~holes, first)
    in_hole = np.logical_or.reduceat(inside & holes, first)
    return (in_outline & ~in_hole) | np.logical_or.reduceat(near & ~silent, first)


def _circles(table: Floats, heads: Ints, point: Floats, radius: float) -> tuple[Flags, Flags]:
    separation, own = _separations(table[heads + 1], point), table[heads, 2]
    return separation <= own, np.abs(separation - own) <= radius + _SLACK


def _separations(vectors: Floats, point: Floats) -> Floats:
    away = vectors - point
    return 2 * np.arcsin(np.minimum(np.sqrt(np.einsum("ij,ij->i", away, away)) / 2, 1.0))


def _polygons(table: Floats, heads: Ints, point: Floats, radius: float) -> tuple[Flags, Flags]:
    """For each polygon whether the point is in it, and whether an edge is within the radius.

    Most are told by the circle about their axis: out of reach, or held by the cone.  The others are looked at in
    portions that the processor's caches hold.
    """
    separation, own = _separations(table[heads + 1], point), table[heads, 2]
    near = separation + own <= radius
    inside = np.zeros(len(heads), bool)
    open_ = np.flatnonzero(~near & (separation <= radius + own + _SLACK))
    for some in np.array_split(open_, len(open_) // _PORTION + 1):
        if len(some):
            rows = table[heads[some], 1].astype(np.int64) + 1
            ends = np.cumsum(rows)
            picked = table[np.repeat(heads[some] - ends + rows, rows) + np.arange(ends[-1])]
            inside[some], near[some] = _edges(picked, ends - rows, point, radius)
    return inside, near


def _edges(table: Floats, heads: Ints, point: Floats, radius: float) -> tuple[Flags, Flags]:
    """The same by the edges of each.

    The sums run over all rows of the table and are taken together over the vertices of a polygon alone.
    """
    first, last = heads + 2, heads + table[heads, 1].astype(np.int64)
    a = np.ascontiguousarray(table.T)
    along, away = _following(a, first, last) - a, a - point[:, None]
    normal = _cross(a, along)
    height, away2 = -_dot(normal, away), _dot(away, away)
    ahead2 = _following(away2, first, last)
    near = (height * height <= _reach(radius) ** 2 * _dot(normal, normal)) & _between(_dot(along, along), away2, ahead2)
    near |= away2 <= sky.chord2(radius)
    # Edges that cross half of a great circle from the point to its antipode, which is in no polygon that has the point
    # on its own half of the sky
    beside = _side(point) @ a > 0
    beside_next = _following(beside, first, last)
    crossed = (beside != beside_next) & ((height > 0) == beside_next)
    inside = _over(np.logical_xor, crossed, first, last) & (table[heads + 1] @ point > 0)
    return inside, _over(np.logical_or, near, first, last)


def _following(values: np.ndarray, first: Ints, last: Ints) -> np.ndarray:
    """The values of the next vertex of the same polygon."""
    after = np.roll(values, -1, axis=-1)
    after[..., last] = values[..., first]
    return after


def _over(ufunc: np.ufunc, flags: Flags, first: Ints, last: Ints) -> Flags:
    spans = np.column_stack([first, last + 1]).ravel()
    return ufunc.reduceat(np.append(flags, False), spans)[::2]


def _cross(a: Floats, b: Floats) -> Floats:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _dot(a: Floats, b: Floats) -> Floats:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _side(point: Floats) -> Floats:
    """Normal of a great circle through the point."""
    across = np.zeros(3)
    across[np.abs(point).argmin()] = 1.0
    return np.cross(point, across)


def _reach(radius: float) -> float:
    """Sine of the radius; no great circle is farther than 90 degrees."""
    return math.sin(radius) + _SLACK if radius < math.pi / 2 else math.inf


def _between(length2: Floats, away2: Floats, ahead2: Floats) -> Flags:
    """Edges that the perpendicular from the point meets, by the squared chords to their vertices."""
    return (away2 - ahead2 + length2 * (1 - away2 / 2) >= 0) & (ahead2 - away2 + length2 * (1 - ahead2 / 2) >= 0)
