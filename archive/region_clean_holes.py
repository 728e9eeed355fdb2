"""Regions of one outline and one hole that does not cross it, which almost all with holes are: thousands at once.

Which rings are silent (archive/region_holes.py) depends on signs alone.  Where none is too near to zero to be sure of
it, the answers are those of `settled`, to the bit; it is asked one by one about all other regions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive.region_holes import cross, settled
from archive.region_table import POLYGON, POLYGON_HOLE, ROW, SILENT, Flags, Floats, Ints
from archive.region_text import RegionError

_UNSURE = 1e-13  # of products of unit vectors, which are rounded by less than a hundredth of it
_MOST = 4096  # pairs of edges of one region


@dataclass
class _Polygons:
    """One of each region."""

    axes: Floats
    sizes: Ints
    vertices: Floats  # of all, one after the other
    after: Ints  # the next of the same ring
    normals: Floats  # of the edges that begin at them, of length one

    @property
    def starts(self) -> Ints:
        return np.cumsum(self.sizes) - self.sizes

    @property
    def first(self) -> Floats:
        return self.vertices[self.starts]


def settled_all(shapes: Sequence[bytes]) -> list[bytes | RegionError]:
    """The table of each, as `settled` has it, or what is wrong with it."""
    table = np.frombuffer(bytearray(b"".join(shapes))).reshape(-1, 3)
    sizes = np.array([len(shape) // ROW for shape in shapes])
    heads = np.cumsum(sizes) - sizes
    plain, silent = _silent(table, heads, sizes)
    table[silent, 0] += SILENT
    made = table.tobytes()
    return [
        made[ROW * head : ROW * (head + size)] if done else _alone(shape)
        for shape, head, size, done in zip(shapes, heads.tolist(), sizes.tolist(), plain.tolist(), strict=True)
    ]


def _alone(shape: bytes) -> bytes | RegionError:
    try:
        return settled(np.frombuffer(shape).reshape(-1, 3)).tobytes()
    except RegionError as problem:
        return problem


def _silent(table: Floats, heads: Ints, sizes: Ints) -> tuple[Flags, Ints]:
    """Of which regions all is known, and the heads of their silent rings."""
    second = heads + 1 + table[heads, 1].astype(np.int64)
    holes = np.minimum(second, len(table) - 1)
    plain = (table[heads, 0] == POLYGON) & (second < heads + sizes) & (table[holes, 0] == POLYGON_HOLE)
    plain &= holes + 1 + table[holes, 1] == heads + sizes
    plain &= (table[heads, 1] - 1) * (table[holes, 1] - 1) <= _MOST
    heads, holes = heads[plain], holes[plain]
    if not len(heads):
        return plain, heads
    outlines, inner = _polygons(table, heads), _polygons(table, holes)
    apart, heights = _apart(outlines, inner)
    over, within = _holds(inner, outlines.first, heights[1]), _holds(outlines, inner.first, heights[0])
    plain[plain] = apart
    return plain, np.concatenate([heads[apart & over], holes[apart & ~within]])


def _polygons(table: Floats, heads: Ints) -> _Polygons:
    sizes = table[heads, 1].astype(np.int64) - 1
    ends = np.cumsum(sizes)
    vertices = table[np.arange(int(ends[-1])) + np.repeat(heads + 2 - (ends - sizes), sizes)]
    after = np.arange(1, len(vertices) + 1)
    after[ends - 1] = ends - sizes
    normals = cross(vertices, vertices[after] - vertices)
    normals /= np.sqrt(_dot(normals, normals))[:, None]
    return _Polygons(table[heads + 1], sizes, vertices, after, normals)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.einsum("ij,ij->i", a, b)


def _apart(one: _Polygons, other: _Polygons) -> tuple[Flags, tuple[Floats, Floats]]:
    """Where surely no edge of one crosses an edge of the other; and how high above the edges of one the first vertex
    of the other is, and the other way round.
    """
    counts = one.sizes * other.sizes
    starts = np.cumsum(counts) - counts
    width = np.repeat(other.sizes, counts)
    row, column = np.divmod(np.arange(len(width)) - np.repeat(starts, counts), width)
    edge, across = row + np.repeat(one.starts, counts), column + np.repeat(other.starts, counts)
    height, depth = _dot(one.normals[edge], other.vertices[across]), _dot(other.normals[across], one.vertices[edge])
    pair = np.arange(len(width))
    beside, below = height > 0, depth > 0
    meet = beside != beside[pair + other.after[across] - across]
    meet &= below != below[pair + (one.after[edge] - edge) * width]
    meet |= np.minimum(np.abs(height), np.abs(depth)) < _UNSURE
    return ~np.logical_or.reduceat(meet, starts), (height[column == 0], depth[row == 0])


def _holds(rings: _Polygons, points: Floats, heights: Floats) -> Flags:
    """Whether each ring holds its point, which is on no edge: a vertex straight above it is on either side then."""
    side = cross(points, np.eye(3)[np.abs(points).argmin(axis=1)])
    left = _dot(np.repeat(side, rings.sizes, axis=0), rings.vertices) > 0
    after = left[rings.after]
    crossed = (left != after) & ((heights > 0) == after)
    return (np.add.reduceat(crossed, rings.starts, dtype=np.int64) % 2 == 1) & (_dot(points, rings.axes) > 0)
