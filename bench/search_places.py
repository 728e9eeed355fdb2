"""Positions as people write them, each with the degrees that it says."""

import math


def notation(ra: float, dec: float, draw) -> tuple[str, float, float]:
    """One of the usual notations, and what it means."""
    return (_decimal, _colons, _letters, _decimal)[draw.integers(4)](ra, dec)


def _decimal(ra, dec):
    written = f"{ra:.5f} {dec:+.5f}"
    return written, *map(float, written.split())


def _colons(ra, dec):
    (hours, minutes, seconds), (sign, degrees, arcmin, arcsec) = _sexagesimal(ra, dec)
    written = f"{hours:02d}:{minutes:02d}:{seconds:05.2f} {sign}{degrees:02d}:{arcmin:02d}:{arcsec:04.1f}"
    return written, *_meant(hours, minutes, seconds, sign, degrees, arcmin, arcsec)


def _letters(ra, dec):
    (hours, minutes, seconds), (sign, degrees, arcmin, arcsec) = _sexagesimal(ra, dec)
    written = f"{hours}h{minutes}m{seconds:.2f}s {sign}{degrees}d{arcmin}m{arcsec:.1f}s"
    return written, *_meant(hours, minutes, seconds, sign, degrees, arcmin, arcsec)


def _sexagesimal(ra, dec):
    """In whole hundredths of a second and tenths of an arcsecond, so that no 60 is written."""
    hundredths, tenths = math.floor(ra * 24_000) % 8_640_000, math.floor(abs(dec) * 36_000)
    hours, rest = divmod(hundredths, 360_000)
    degrees, small = divmod(tenths, 36_000)
    return (hours, rest // 6000, rest % 6000 / 100), ("-" if dec < 0 else "+", degrees, small // 600, small % 600 / 10)


def _meant(hours, minutes, seconds, sign, degrees, arcmin, arcsec):  # noqa: PLR0917 (as they are read)
    dec = degrees + arcmin / 60 + arcsec / 3600
    return 15 * (hours + minutes / 60 + seconds / 3600), -dec if sign == "-" else dec
