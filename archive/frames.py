"""A place on the sky in ICRS degrees, and the ways to it from other frames.

The rotations are those of the IAU's SOFA library.  B1950 places are taken as having no proper motion in an inertial
frame, at the epoch 1950: right for what is far away, and for names and catalogues within their digits.
"""

import math
from dataclasses import dataclass

import erfa

_J2000 = (2451545.0, 0.0)


@dataclass(frozen=True)
class Position:
    ra_deg: float
    dec_deg: float
    within_deg: float = 0.0  # how far from here the object of a name may be, by the name's own digits


def from_galactic(lon_deg: float, lat_deg: float) -> Position:
    return _position(*erfa.g2icrs(math.radians(lon_deg), math.radians(lat_deg)))


def to_galactic(place: Position) -> tuple[float, float]:
    lon, lat = erfa.icrs2g(math.radians(place.ra_deg), math.radians(place.dec_deg))
    return math.degrees(lon), math.degrees(lat)


def from_b1950(ra_deg: float, dec_deg: float) -> Position:
    ra, dec = erfa.fk45z(math.radians(ra_deg), math.radians(dec_deg), 1950.0)
    return _position(*erfa.fk5hz(ra, dec, *_J2000))


def _position(ra: float, dec: float) -> Position:
    return Position(math.degrees(ra) % 360.0, math.degrees(dec))
