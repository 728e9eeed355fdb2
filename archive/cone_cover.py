"""The HEALPix cells that a cone touches: never one too few, at the poles and at RA 0 as elsewhere.

A cell is left out only where its centre is farther from the cone than any point of a cell of its depth is from the
cell's own centre.  (The cover that the library offers now and then leaves out a sliver, and of wide cones more.)  Small
cones are looked for in a window of cells around their centre, which is one step; those that reach beyond one of the
twelve base cells, and wide ones, from the base cells down.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Cells = tuple[Ints, Ints, Ints]  # base cell, and place in it along its two sides

SIDE_RAD = math.sqrt(math.pi / 3)  # of a base cell, as a square of the same area
DEEPEST = 25
_FINE = 4  # sides of the smallest cells in a radius, at least: some twenty ranges, and half as much sky again
_NARROWEST = 0.66  # least distance across a cell, in sides; the least there is is 0.68
_ROUNDING = 1e-13
_MERIDIANS = np.array([1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7])  # of the middles of the base cells, in 45 degrees


def cells_of_cone(point: Floats, radius_rad: float) -> tuple[Ints, int]:
    """Numbers (nested, sorted) of the cells of some depth that together hold the cone, and that depth."""
    radius = radius_rad + _ROUNDING
    last = min(DEEPEST, max(0, math.ceil(math.log2(_FINE * SIDE_RAD / radius))))
    cells = _window(point, radius, last)
    if cells is not None:
        return _numbers(_touched(cells, last, point, radius), last), last
    cells = (np.arange(12), np.zeros(12, np.int64), np.zeros(12, np.int64))
    for depth in range(last):
        base, x, y = _touched(cells, depth, point, radius)
        cells = np.repeat(base, 4), (2 * x[:, None] + (0, 1, 0, 1)).ravel(), (2 * y[:, None] + (0, 0, 1, 1)).ravel()
    return _numbers(_touched(cells, last, point, radius), last), last


def _window(point: Floats, radius: float, depth: int) -> Cells | None:
    """The cells around the point that the cone cannot reach beyond, if all of them are in one base cell."""
    sides = 1 << depth
    half = math.ceil(radius / (_NARROWEST * SIDE_RAD / sides)) + 1
    base, x, y = _place(point)
    at_x, at_y = int(x * sides), int(y * sides)
    if not (half <= min(at_x, at_y) and max(at_x, at_y) < sides - half):
        return None
    along = np.arange(-half, half + 1)
    width = len(along)
    return np.full(width * width, base), np.repeat(at_x + along, width), np.tile(at_y + along, width)


def _place(point: Floats) -> tuple[int, float, float]:
    """The base cell of a unit vector, and where in it, from 0 to 1."""
    z, turn = float(point[2]), math.atan2(point[1], point[0]) / (math.pi / 2) % 4.0
    if abs(z) <= 2 / 3:
        up, down = 0.5 + turn - 0.75 * z, 0.5 + turn + 0.75 * z
        rising, falling = int(up), int(down)
        base = rising % 4 + 4 if rising == falling else rising % 4 if rising < falling else falling % 4 + 8
        return base, down - falling, 1 - (up - rising)
    quarter = min(3, int(turn))
    across = math.hypot(point[0], point[1]) / math.sqrt((1 + abs(z)) / 3)
    first, second = (turn - quarter) * across, (1 - turn + quarter) * across
    return (quarter, 1 - second, 1 - first) if z > 0 else (quarter + 8, first, second)


def _touched(cells: Cells, depth: int, point: Floats, radius: float) -> Cells:
    base, x, y = cells
    away = _centres(base, (x + 0.5) / (1 << depth), (y + 0.5) / (1 << depth)) - point[:, None]
    chord = 2 * math.sin(min(radius + _reach(depth), math.pi) / 2)
    touched = away[0] * away[0] + away[1] * away[1] + away[2] * away[2] <= chord * chord + _ROUNDING * _ROUNDING
    return base[touched], x[touched], y[touched]


def _centres(base: Ints, x: Floats, y: Floats) -> Floats:
    """Unit vectors, as three rows, of places in base cells."""
    row = 2 + base // 4 - x - y
    cap = np.minimum(np.minimum(row, 4 - row), 1.0)  # below 1 in the polar caps, where rings have fewer cells
    below = cap * cap / 3  # 1 - |z| there
    z = np.where(cap < 1, np.copysign(1 - below, 2 - row), (2 - row) * (2 / 3))
    across = np.where(cap < 1, np.sqrt(below * (2 - below)), np.sqrt(1 - z * z))
    longitude = math.pi / 4 * (_MERIDIANS[base] + (x - y) / cap)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), z])


@cache
def _reach(depth: int) -> float:
    """How far a point of a cell may be from the cell's centre: in those at the feet of the polar caps."""
    sides = 1 << depth
    height = 1 - (1 - 1 / sides) ** 2 / 3
    width, turn = math.sqrt(5) / 3, math.pi / 4 / sides
    centre = (width * math.cos(turn), width * math.sin(turn), 2 / 3)
    return 2 * math.asin(math.dist(centre, (math.sqrt(1 - height**2), 0.0, height)) / 2) * (1 + 1e-9)


def _numbers(cells: Cells, depth: int) -> Ints:
    base, x, y = cells
    return np.sort(base << 2 * depth | _spread(x) | _spread(y) << 1)


def _spread(bits: Ints) -> Ints:
    """Every bit at twice its place."""
    for shift, mask in ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F),
                        (2, 0x3333333333333333), (1, 0x5555555555555555)):  # fmt: skip
        bits = (bits | bits << shift) & mask
    return bits
