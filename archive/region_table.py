"""How a footprint is kept: a table of three numbers a row, so that thousands are looked at with a few array operations.

Each ring has a head, which no unit vector can be: its kind (2 and above), how many rows follow, and a radius.  The rows
of a polygon are its axis, about which all of it lies within that radius (below 90 degrees), and its vertices; that of a
circle is its centre.  The edges of a silent ring are no boundary of the region.
"""

import numpy as np
from numpy.typing import NDArray

POLYGON, POLYGON_HOLE, CIRCLE, CIRCLE_HOLE = 2, 3, 4, 5
SILENT = 4  # added to a kind
ROW = 24  # bytes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def heads_of(table: Floats) -> Ints:
    return np.flatnonzero(table[:, 0] >= POLYGON)


def kinds_of(heads: Floats) -> tuple[Ints, Flags]:
    """The kinds of rings by their heads, and which are silent."""
    kinds = heads[:, 0].astype(np.int64)
    silent = kinds > CIRCLE_HOLE
    return kinds - SILENT * silent, silent
