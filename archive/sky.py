"""Places on the sphere as numbers that a B-tree can search: unit vectors, and nested HEALPix pixels of order 29.

A cone becomes a few ranges of pixels that cover it, some more than it needs and none less; whether a position is
inside is then decided by its vector, by the square of the chord, which is exact at the poles and at RA 0 as elsewhere.
Footprints are found by where their row is and by a circle around it that holds them: rows are sorted into classes by
the radius of that circle, and each class is asked with the cone widened by the class's own bound.
"""

import importlib.util
import math
import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from archive.cone_cover import cells_of_cone

ORDER = 29
WHOLE_SKY = [(0, 12 << 2 * ORDER)]
PIXELS6 = 12 << 2 * 6

# Bounds of the size classes in arcmin: single pointings of the 12 m antennas, those of the 7 m ones, then mosaics.
SIZE_CLASSES = (*(math.radians(arcmin / 60) for arcmin in (0.5, 1.0, 5.0, 30.0, 300.0)), math.pi)

# Two positions nearer than 2 microarcsec are one: notations of the same place differ by their last digit.
_SAME_RAD = 1e-11
_ROUNDING = 1e-15  # of chords between vectors that were computed apart
_WIDEST_RAD = math.radians(170)  # a cone of more than this is the whole sky


def _healpix() -> ModuleType:
    """The compiled half of cdshealpix: the other half brings astropy's units along, two seconds at each start."""
    name = "cdshealpix.cdshealpix"
    if name not in sys.modules:
        package = importlib.util.find_spec("cdshealpix")
        (path,) = Path(str(package and package.origin)).parent.glob("cdshealpix.*")
        spec = cast(ModuleSpec, importlib.util.spec_from_file_location(name, path))
        sys.modules[name] = importlib.util.module_from_spec(spec)
        cast(Loader, spec.loader).exec_module(sys.modules[name])
    return sys.modules[name]


_CDS = _healpix()


def vectors(ra_deg: ArrayLike, dec_deg: ArrayLike) -> NDArray[np.float64]:
    """Unit vectors, one a row; a position that is NaN gives NaNs."""
    ra, dec = np.radians(np.atleast_1d(ra_deg)), np.radians(np.atleast_1d(dec_deg))
    xyz = np.empty((len(ra), 3))
    across = np.cos(dec)
    np.multiply(across, np.cos(ra), out=xyz[:, 0])
    np.multiply(across, np.sin(ra), out=xyz[:, 1])
    np.sin(dec, out=xyz[:, 2])
    return xyz


def pixels(ra_deg: ArrayLike, dec_deg: ArrayLike, order: int = ORDER) -> NDArray[np.int64]:
    """Nested pixels.  Positions must be finite."""
    ra = np.radians(np.atleast_1d(np.asarray(ra_deg, float)))
    dec = np.radians(np.atleast_1d(np.asarray(dec_deg, float)))
    found, dx, dy = np.empty(len(ra), np.uint64), np.empty(len(ra)), np.empty(len(ra))
    _CDS.lonlat_to_healpix(np.full(len(ra), order, np.uint8), ra, dec, found, dx, dy, np.uint16(1))
    return found.astype(np.int64)


def cone_ranges(ra_deg: float, dec_deg: float, radius_rad: float) -> list[tuple[int, int]]:
    """Ranges [low, high) of order-29 pixels, sorted and apart, that together hold every position of the cone."""
    radius = max(radius_rad, _SAME_RAD)
    if not radius < _WIDEST_RAD:
        return WHOLE_SKY
    cells, depth = cells_of_cone(vectors(ra_deg, dec_deg)[0], radius)
    return _merged(cells << 2 * (ORDER - depth), 1 << 2 * (ORDER - depth))


def _merged(low: NDArray[np.int64], width: int) -> list[tuple[int, int]]:
    apart = low[1:] != low[:-1] + width
    starts, ends = np.append(True, apart), np.append(apart, True)
    return list(zip(low[starts].tolist(), (low[ends] + width).tolist(), strict=True))


def order6(hpx29: int) -> int:
    """The pixel of order 6 that a pixel of order 29 lies in; arrays as well."""
    return hpx29 >> 2 * (ORDER - 6)


def cone_pixels6(ra_deg: float, dec_deg: float, radius_rad: float) -> list[int]:
    """The pixels of order 6 that a cone touches."""
    return sorted({pixel for low, high in cone_ranges(ra_deg, dec_deg, radius_rad)
                   for pixel in range(order6(low), order6(high - 1) + 1)})  # fmt: skip


def size_class(bound_rad: ArrayLike) -> NDArray[np.int16]:
    """The class of each bounding radius; -1 where there is none (NaN)."""
    bound = np.atleast_1d(np.asarray(bound_rad, float))
    found = np.searchsorted(SIZE_CLASSES, np.minimum(bound, math.pi), side="left").astype(np.int16)
    return np.where(np.isnan(bound), np.int16(-1), found)


def chord2(radius_rad: float) -> float:
    """Square of the chord of a radius: a position is in the cone when its squared distance is at most this."""
    chord = 2 * math.sin(min(max(radius_rad, _SAME_RAD), math.pi) / 2) + _ROUNDING
    return chord * chord


def far_chord2(radius_rad: float) -> float:
    """The same of a radius of more than 90 degrees from the antipode: what is in the cone is at least as far from it.

    Towards 180 degrees the chord hardly grows any more, by less than a double holds within 0.004 arcsec of it.
    """
    chord = max(2 * math.sin((math.pi - min(radius_rad, math.pi)) / 2) - _ROUNDING, 0.0)
    return chord * chord


def separation_rad(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Angles between unit vectors, exact for small and for large ones; rows by rows."""
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    return 2 * np.arctan2(np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1))
