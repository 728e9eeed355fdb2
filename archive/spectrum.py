"""Frequencies, velocities and frames.

Velocities follow the radio convention, f = f0 (1 - v/c): rising velocity is falling frequency.  ALMA observes at
topocentric frequencies (TOPO) and images in the local standard of rest (LSRK); the ratio of the two changes with the
day and the direction, so a range common to several execution blocks must be taken in LSRK.

Quantities from people come with their unit in the string ("230.538GHz", "-50km/s") and are read strictly.
"""

import math
import re
import warnings
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import erfa

from archive.errors import ArchiveError

LIGHT_SPEED = 299_792_458.0  # m/s, exact
_AU_PER_DAY = 149_597_870_700.0 / 86_400.0  # m/s
# ALMA as in the Observatories table of CASA's measures data: longitude, latitude (rad, WGS84) and height (m).
_ALMA = (-1.1825465955049892, -0.4018251640113072, 5056.8)
# The Sun's motion in the LSRK: 20 km/s towards 18h +30d (B1900), the definition of casacore and of astropy,
# as a vector along the ICRS axes (m/s).
_SUN_IN_LSRK = (289.99706839034606, -17317.264789717928, 10001.41199546947)

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?) ?([A-Za-z/]+)", re.ASCII)
_FREQUENCY = {"Hz": "1", "kHz": "1e3", "MHz": "1e6", "GHz": "1e9", "THz": "1e12"}
_VELOCITY = {"m/s": "1", "km/s": "1e3"}
_ANGLE = {"mas": "1e-3", "arcsec": "1", "arcmin": "60", "deg": "3600"}
_FLUX = {"uJy": "1e-6", "mJy": "1e-3", "Jy": "1"}


class QuantityError(ArchiveError):
    code = "bad-quantity"

    def __init__(self, text: object, parameter: str, units: Iterable[str]) -> None:
        names = ", ".join(units)
        super().__init__(
            f"{parameter} is {text!r}, which is not a number with one of the units {names}.",
            f"Write {parameter} as one string with its unit, without other words.",
        )


def _read(text: str, parameter: str, units: dict[str, str]) -> float:
    match = _QUANTITY.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match or match[2] not in units:
        raise QuantityError(text, parameter, units)
    # In decimals, because 230.538GHz is 230538000000 Hz and not the float below it.
    value = float(Decimal(match[1]) * Decimal(units[match[2]]))
    if not math.isfinite(value):
        raise QuantityError(text, parameter, units)
    return value


def frequency_hz(text: str, parameter: str = "frequency") -> float:
    return _read(text, parameter, _FREQUENCY)


def velocity_ms(text: str, parameter: str = "velocity") -> float:
    return _read(text, parameter, _VELOCITY)


def angle_arcsec(text: str, parameter: str = "angle") -> float:
    return _read(text, parameter, _ANGLE)


def flux_jy(text: str, parameter: str = "flux density") -> float:
    return _read(text, parameter, _FLUX)


def frequency_at(velocity: float, rest_hz: float) -> float:
    """Frequency (Hz) at a radio velocity (m/s)."""
    return rest_hz * (1.0 - velocity / LIGHT_SPEED)


def velocity_at(frequency: float, rest_hz: float) -> float:
    """Radio velocity (m/s) at a frequency (Hz)."""
    return LIGHT_SPEED * (1.0 - frequency / rest_hz)


def frequency_width(velocity_width: float, rest_hz: float) -> float:
    """df = f0 dv/c (Hz), with the sign of `velocity_width` (m/s): steps of rising velocity go down by this much."""
    return rest_hz * velocity_width / LIGHT_SPEED


def lsrk_ratio(at: datetime, ra_deg: float, dec_deg: float) -> float:
    """f_TOPO / f_LSRK at ALMA at a UTC time, towards an ICRS direction; above 1 while ALMA moves towards it.

    Earth's rotation takes UTC for UT1: at most 0.9 s of rotation, 0.03 m/s, and no table to keep up to date.
    """
    velocity = _observer_in_lsrk(at)
    ra, dec = math.radians(ra_deg), math.radians(dec_deg)
    towards = (math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec))
    approach = sum(v * n for v, n in zip(velocity, towards, strict=True)) / LIGHT_SPEED
    return math.sqrt((1.0 + approach) / (1.0 - approach))


def _observer_in_lsrk(at: datetime) -> tuple[float, ...]:
    """ALMA's velocity in the LSRK, along the ICRS axes (m/s)."""
    if at.tzinfo is not None and at.utcoffset():
        raise ValueError(f"{at} is not UTC")
    with warnings.catch_warnings():
        # Beyond its leap seconds ERFA calls a year dubious; a second more or less is nothing here.
        warnings.simplefilter("ignore", erfa.ErfaWarning)
        utc = erfa.dtf2d("UTC", at.year, at.month, at.day, at.hour, at.minute, at.second + at.microsecond / 1e6)
        tt = erfa.taitt(*erfa.utctai(*utc))
    earth = erfa.epv00(*tt)[1]["v"] * _AU_PER_DAY
    site = erfa.pvtob(*_ALMA, 0.0, 0.0, 0.0, erfa.era00(*utc))["v"]
    rotation = erfa.rxp(erfa.tr(erfa.c2i06a(*tt)), site)
    return tuple(float(e + r + s) for e, r, s in zip(earth, rotation, _SUN_IN_LSRK, strict=True))


def lsrk_coverage(topo_ranges: Iterable[tuple[float, float, float]]) -> tuple[float, float] | None:
    """The LSRK range (Hz) seen in every one of `topo_ranges`, each (low, high, f_TOPO/f_LSRK); None if there is none.

    The ratio drifts while an execution block is observed: give its range twice, with the ratio at either end.
    """
    lows, highs = zip(*((low / ratio, high / ratio) for low, high, ratio in topo_ranges), strict=True)
    return (max(lows), min(highs)) if max(lows) < min(highs) else None
