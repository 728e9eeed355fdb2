"""Which edges are boundary, where holes and outlines do not lie cleanly within each other.

A hole inside an outline is the rule, and all edges count.  Otherwise an edge under a hole, or of a hole where nothing
is, is no edge of the region: its ring is kept for telling inside from outside, but silent, and where rings cross, the
pieces that do count are kept besides, each as a polygon of two vertices.  A circle that is crossed is taken in pieces
of a degree.
"""

import math
from itertools import combinations

import numpy as np

from archive.region_table import CIRCLE, POLYGON, SILENT, Flags, Floats, Ints, heads_of
from archive.region_text import RegionError

_PIECES = 360
_ON, _BACK = np.array([1, 2, 0]), np.array([2, 0, 1])
_MOST = 4000  # edges that are laid across each other


def settled(table: Floats) -> Floats:
    """The table of one region with holes, with silent rings and pieces of edges where there must be some."""
    rings = [table[head : head + 1 + int(table[head, 1])] for head in heads_of(table)]
    count = sum(_PIECES if ring[0, 0] >= CIRCLE else len(ring) - 2 for ring in rings)
    if count > _MOST:
        raise RegionError(f"it has holes and {count} edges (those of circles counted by the degree), above {_MOST}")
    edges = [_edges(ring) for ring in rings]
    cuts = _cuts(rings, edges)
    if not any(len(points) for _, points in cuts):
        kept = [_counts(ring[:1], at, rings)[0] for at, (ring, _) in enumerate(edges)]
        return np.concatenate([ring if keep else _silent(ring) for ring, keep in zip(rings, kept, strict=True)])
    pieces = [piece for at, ring in enumerate(edges) for piece in _pieces(ring, cuts[at], at, rings)]
    return np.concatenate([*map(_silent, rings), *pieces])


def _silent(ring: Floats) -> Floats:
    return np.concatenate([ring[:1] + np.array([SILENT, 0, 0]), ring[1:]])


def _is_hole(ring: Floats) -> bool:
    return int(ring[0, 0]) % 2 == 1


def _edges(ring: Floats) -> tuple[Floats, Floats]:
    """Where edges begin and where they end."""
    begins = _around(ring[1], ring[0, 2]) if ring[0, 0] >= CIRCLE else ring[2:]
    return begins, _next(begins)


def _around(centre: Floats, radius: float) -> Floats:
    across = np.zeros(3)
    across[np.abs(centre).argmin()] = 1.0
    east = cross(centre, across) / np.linalg.norm(cross(centre, across))
    turn = np.linspace(0, 2 * math.pi, _PIECES, endpoint=False)[:, None]
    sideways = np.cos(turn) * east + np.sin(turn) * cross(centre, east)
    return math.cos(radius) * centre + math.sin(radius) * sideways


def _cuts(rings: list[Floats], edges: list[tuple[Floats, Floats]]) -> list[tuple[Ints, Floats]]:
    """For each ring the points where another crosses it, of which one is a hole, each with the number of its edge."""
    found: list[list[tuple[Ints, Floats]]] = [[] for _ in rings]
    for one, other in combinations(range(len(rings)), 2):
        crossed = _crossings(edges[one], edges[other]) if _may_cross(rings[one], rings[other]) else _joined([])
        if len(crossed[0]):
            found[one].append(crossed)
            found[other].append(_crossings(edges[other], edges[one]))
    return list(map(_joined, found))


def _joined(found: list[tuple[Ints, Floats]]) -> tuple[Ints, Floats]:
    numbers, points = [np.empty(0, np.int64)], [np.empty((0, 3))]
    return (np.concatenate([*numbers, *(each for each, _ in found)]),
            np.concatenate([*points, *(each for _, each in found)]))  # fmt: skip


def _may_cross(one: Floats, other: Floats) -> bool:
    if not (_is_hole(one) or _is_hole(other)):
        return False
    reach = min(one[0, 2] + other[0, 2], math.pi)
    return math.dist(one[1], other[1]) <= 2 * math.sin(reach / 2) + 1e-12


def _crossings(own: tuple[Floats, Floats], others: tuple[Floats, Floats]) -> tuple[Ints, Floats]:
    """Where edges cross others: the number of the edge, and the point."""
    normals, other_normals = _normal(*own), _normal(*others)
    crossing = (normals @ others[0].T > 0) != (normals @ others[1].T > 0)
    crossing &= ((other_normals @ own[0].T > 0) != (other_normals @ own[1].T > 0)).T
    edge, other = np.nonzero(crossing)
    points = cross(normals[edge], other_normals[other])
    with np.errstate(invalid="ignore"):  # edges on one great circle have no such point, and NaN is not near below
        points /= np.linalg.norm(points, axis=1)[:, None]
    points *= np.sign(np.einsum("ij,ij->i", points, (own[0] + own[1])[edge]))[:, None]
    near = np.einsum("ij,ij->i", points, (others[0] + others[1])[other]) > 0  # not on the far side of the sky
    return edge[near], points[near]


def _next(points: Floats) -> Floats:
    """For each point of a ring the one after it."""
    return np.concatenate([points[1:], points[:1]])


def cross(a: Floats, b: Floats) -> Floats:
    """As numpy's, which takes many times as long for few vectors."""
    return a[..., _ON] * b[..., _BACK] - a[..., _BACK] * b[..., _ON]


def _normal(a: Floats, b: Floats) -> Floats:
    return cross(a, b - a)


def _pieces(edges: tuple[Floats, Floats], cuts: tuple[Ints, Floats], at: int, rings: list[Floats]) -> list[Floats]:
    """The pieces of a ring's edges that are boundary."""
    begins, ends = [], []
    for number, (begin, end) in enumerate(zip(*edges, strict=True)):
        points = cuts[1][cuts[0] == number]
        along = points[np.argsort(np.linalg.norm(points - begin, axis=1))]
        begins += [begin, *along]
        ends += [*along, end]
    middles = np.array(begins) + np.array(ends)
    middles /= np.linalg.norm(middles, axis=1)[:, None]
    return [
        np.array([(POLYGON, 3, 2 * math.asin(math.dist(begin, middle) / 2) * (1 + 1e-12) + 1e-15), middle, begin, end])
        for begin, end, middle, counts in zip(begins, ends, middles, _counts(middles, at, rings), strict=True)
        if counts
    ]


def _counts(points: Floats, at: int, rings: list[Floats]) -> Flags:
    """Points on a ring that are points of the region, by the other rings; an outline's own are in an outline."""
    in_hole, in_outline = np.zeros(len(points), bool), np.full(len(points), not _is_hole(rings[at]))
    for other, ring in enumerate(rings):
        if other != at and _is_hole(ring):
            in_hole |= _holds(ring, points)
        elif other != at:
            in_outline |= _holds(ring, points)
    return in_outline & ~in_hole


def _holds(ring: Floats, points: Floats) -> Flags:
    if ring[0, 0] >= CIRCLE:
        return np.linalg.norm(points - ring[1], axis=1) < 2 * math.sin(ring[0, 2] / 2)
    vertices, after = ring[2:], _next(ring[2:])
    across = np.eye(3)[np.abs(points).argmin(axis=1)]
    beside = cross(points, across) @ vertices.T > 0
    beside_next = np.concatenate([beside[:, 1:], beside[:, :1]], axis=1)
    height = points @ _normal(vertices, after).T
    crossed = (beside != beside_next) & ((height > 0) == beside_next)
    return (crossed.sum(axis=1) % 2 == 1) & (points @ ring[1] > 0)
