"""Positions inside names, as the IAU recommends them: `J0423-0120`, `2MASS J04393364+2359212`, `G0.02467-0.0727`.

A name is a label: its position is cut off after its last digit, so the object lies up to `within_deg` from it.  `J`
names are equatorial J2000, `B` and IRAS names B1950, `G` names galactic; a file name may have `p` or `m` for the sign.
"""

import math
import re

from archive.frames import Position, from_b1950, from_galactic

_SIGN = r"(?P<sign>[+\-pm])"
_EQUATORIAL = re.compile(
    rf"(?<![A-Za-z0-9.])(?P<epoch>[JB])(?P<ra>\d{{4,9}})(?P<ra_part>\.\d{{1,4}})?{_SIGN}"
    r"(?P<dec>\d{2,8})(?P<dec_part>\.\d{1,4})?(?!\d|\.\d)",
    re.ASCII,
)
_IRAS = re.compile(rf"(?<![A-Za-z0-9])IRAS[ _]?[F]?(?P<ra>\d{{5}}){_SIGN}(?P<dec>\d{{4}})(?!\d)", re.ASCII)
_GALACTIC = re.compile(
    r"(?<![A-Za-z0-9])(?:A?GAL[_ ]?|G)(?P<lon>\d{1,3}\.\d{1,6})(?P<sign>[+\-])(?P<lat>\d{1,2}\.\d{1,6})(?!\d)", re.ASCII
)
_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2212", "-----")


def designation(name: str) -> Position | None:
    """The position that a name says, or None where it says none or an impossible one."""
    text = name[:256].replace("_", " ").translate(_DASHES)
    if match := _EQUATORIAL.search(text):
        return _equatorial(match)
    if match := _IRAS.search(text):
        return _placed(_hours(match["ra"], ""), _degrees(match["dec"], ""), match["sign"], "B")
    if match := _GALACTIC.search(text):
        return _galactic(match)
    return None


def _equatorial(match: re.Match[str]) -> Position | None:
    ra, dec = _hours(match["ra"], match["ra_part"] or ""), _degrees(match["dec"], match["dec_part"] or "")
    return _placed(ra, dec, match["sign"], match["epoch"])


def _galactic(match: re.Match[str]) -> Position | None:
    lon, lat = float(match["lon"]), float(match["sign"] + match["lat"])
    if lon > 360 or abs(lat) > 90:
        return None
    place = from_galactic(lon, lat)
    steps = [10.0 ** -len(match[part].partition(".")[2]) for part in ("lon", "lat")]
    return Position(place.ra_deg, place.dec_deg, math.hypot(*steps))


def _placed(ra: tuple[float, float] | None, dec: tuple[float, float] | None, sign: str, epoch: str) -> Position | None:
    if ra is None or dec is None or ra[0] >= 360 or dec[0] > 90:
        return None
    signed = -dec[0] if sign in "-m" else dec[0]
    within = math.hypot(ra[1] * math.cos(math.radians(dec[0])), dec[1])
    place = from_b1950(ra[0], signed) if epoch == "B" else Position(ra[0], signed)
    return Position(place.ra_deg, place.dec_deg, within)


def _hours(digits: str, part: str) -> tuple[float, float] | None:
    """HHMM, HHMMm, HHMMSS, HHMMSSs...; degrees, and those of one unit of the last digit."""
    read = _sexagesimal(digits, part)
    return None if read is None else (15 * read[0], 15 * read[1])


def _degrees(digits: str, part: str) -> tuple[float, float] | None:
    """DD, DDd (tenths of a degree), DDMM, DDMMm, DDMMSS, DDMMSSs..."""
    if len(digits) == 3:
        return None if part else (int(digits) / 10, 0.1)
    return _sexagesimal(digits, part)


def _sexagesimal(digits: str, part: str) -> tuple[float, float] | None:
    """Two digits each of units, minutes and seconds; further digits are decimals of the last, with or without dot."""
    whole = 2 if len(digits) == 2 else 4 if len(digits) < 6 else 6
    decimals = digits[whole:] + part.removeprefix(".")
    if part and len(digits) > whole:
        return None
    pairs = [int(digits[at : at + 2]) for at in range(0, whole, 2)]
    if any(pair >= 60 for pair in pairs[1:]):
        return None
    last = 60.0 ** (1 - len(pairs))
    value = sum(pair / 60.0**power for power, pair in enumerate(pairs))
    step = last * 10.0 ** -len(decimals)
    return value + int(decimals or 0) * step, step
