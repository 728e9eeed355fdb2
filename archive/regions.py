"""Footprints on the sky: what ObsCore calls `s_region`, and the circles of pointings where a delivery gives them.

A region is closed: its boundary belongs to it, and touching is overlapping.  It is the union of its outlines without
the inner parts of its holes; a polygon is the smaller side of its outline, whichever way round it is written.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from archive import sky
from archive.region_bounds import bounds
from archive.region_overlap import overlaps
from archive.region_shapes import pack
from archive.region_text import RegionError, Ring, read

__all__ = ["Region", "RegionError", "circle_region", "circles_region", "overlaps", "parse"]


@dataclass(frozen=True)
class Region:
    packed: bytes

    @classmethod
    def from_shape(cls, shape: bytes) -> "Region":
        return cls(bytes(shape))

    def shape(self) -> bytes:
        return self.packed

    def bound_rad(self, ra_deg: float, dec_deg: float) -> float:
        """Radius of a circle around a position that holds all of the region."""
        return float(bounds([self.packed], np.zeros(1, np.int64), sky.vectors(ra_deg, dec_deg))[0])

    def overlaps(self, ra_deg: float, dec_deg: float, radius_rad: float) -> bool:
        return bool(overlaps([self.packed], ra_deg, dec_deg, radius_rad)[0])


def parse(text: str) -> Region:
    return _region(read(text))


def circle_region(ra_deg: float, dec_deg: float, radius_deg: float) -> Region:
    return circles_region([(ra_deg, dec_deg, radius_deg)])


def circles_region(circles: Iterable[tuple[float, float, float]]) -> Region:
    """The union of circles, each of ra, dec and radius in degrees."""
    return _region([Ring([ra, dec], radius) for ra, dec, radius in circles])


def circles_text(circles: Iterable[tuple[float, float, float]]) -> str:
    """The same as ALMA would write it."""
    written = [f"{ra:.6f} {dec:.6f} {radius:.6f}" for ra, dec, radius in circles]
    if len(written) == 1:
        return f"Circle ICRS {written[0]}"
    return f"Union ICRS ( {' '.join(f'Circle {each}' for each in written)} )"


def _region(rings: list[Ring]) -> Region:
    if not rings:
        raise RegionError("it has no shape")
    (shape,) = pack([rings])
    if isinstance(shape, RegionError):
        raise shape
    return Region(shape)
