"""Positions as people write them: decimal degrees, sexagesimal hours or degrees, galactic, or inside a name.

A text is a row of numbers with signs, units and commas between; where the second coordinate begins follows from
these.  Without units a first coordinate of several numbers is in hours, as catalogues print it, and a single number is
in degrees.  What could be read in two ways is refused.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from archive.designations import designation
from archive.errors import ArchiveError
from archive.frames import Position, from_b1950, from_galactic, to_galactic

__all__ = ["Position", "PositionError", "RadiusError", "designation", "parse", "radius_deg", "to_galactic"]

LONGEST = 200

_WRITTEN = str.maketrans({
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-", "\ufe63": "-", "\uff0d": "-",
    "\u00b0": "d", "\u00ba": "d", "\u02da": "d", "\u1d48": "d", "\u02b0": "h", "\u1d50": "m", "\u02e2": "s",
    "\u2032": "'", "\u2019": "'", "\u2018": "'", "\u00b4": "'", "\u2033": '"', "\u201d": '"', "\u201c": '"',
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", ";": ",", "(": " ", ")": " ", "[": " ", "]": " ",
})  # fmt: skip
_FRAMES = {"ICRS": "", "J2000": "", "J2000.0": "", "FK5": "", "B1950": "B", "B1950.0": "B", "FK4": "B",
           "GAL": "G", "GALACTIC": "G"}  # fmt: skip
_FRAME = re.compile(
    r"^(?:(?P<first>[A-Z][A-Z0-9.]*)[ :,]+(?=[-+.\dLGRA]))?(?P<rest>.*?)(?:[ ,]+(?P<last>[A-Z][A-Z0-9.]{2,}))?$", re.I
)
_LABELLED = re.compile(
    r"^(?P<a>RA|R\.A\.|L|GLON|LON) *[=:]? *(?=[-+.\d])(?P<lon>.*?)[ ,]*"
    r"(?<![A-Z])(?P<b>DEC|DECL|DE|B|GLAT|LAT)\.? *[=:]? *(?=[-+.\d])(?P<lat>.*)$",
    re.I,
)
_DOTTED = re.compile(r"(?<![\d.])(\d{1,3})\.(\d{2})\.(\d{2}(?:\.\d*)?)(?![\d.])", re.ASCII)  # as CASA writes it
_NUMBER = re.compile(
    r"\s*(?P<comma>,?)\s*(?P<sign>[+-]?)\s*(?P<number>\d+(?:\.\d*)?|\.\d+)\s*"
    r"""(?P<unit>hours?|hrs?|h|degrees?|deg|d|arcmin|min|m|arcsec|sec|s|''|'|"|:)?""",
    re.IGNORECASE | re.ASCII,
)
_UNITS = {"hour": "h", "hours": "h", "hr": "h", "hrs": "h", "h": "h", "degree": "d", "degrees": "d", "deg": "d",
          "d": "d", "arcmin": "m", "min": "m", "m": "m", "'": "m", "arcsec": "s", "sec": "s", "s": "s", "''": "s",
          '"': "s", ":": ":", "": ""}  # fmt: skip
_PLACES = ("hd:", "m:", "s")  # the units that may follow the first, second and third number of a coordinate
_RADIUS = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)\s*([a-z'\"]+)?", re.IGNORECASE | re.ASCII)
_RADII = {
    "mas": Decimal(3600000), "arcsec": Decimal(3600), "arcsecond": Decimal(3600), "arcseconds": Decimal(3600),
    "asec": Decimal(3600), "arcs": Decimal(3600), "as": Decimal(3600), '"': Decimal(3600), "''": Decimal(3600),
    "arcmin": Decimal(60), "arcminute": Decimal(60), "arcminutes": Decimal(60), "amin": Decimal(60),
    "am": Decimal(60), "'": Decimal(60), "deg": Decimal(1), "degree": Decimal(1), "degrees": Decimal(1),
    "d": Decimal(1),
}  # fmt: skip


class PositionError(ArchiveError):
    code = "not-a-position"

    def __init__(self, text: object, why: str) -> None:
        super().__init__(
            f"{_short(text)} is not a position on the sky: {why}.",
            "Write 165.7966 +27.9724 (degrees), 11:03:11.2 +27:58:21 or 11h03m11.2s +27d58m21s, galactic as "
            "l=204.603 b=66.040, or a name with a position in it such as J0423-0120.",
        )


class RadiusError(ArchiveError):
    code = "not-a-radius"

    def __init__(self, text: object, why: str) -> None:
        super().__init__(
            f"{_short(text)} is not a radius: {why}.",
            "Write a number with its unit, as in 10arcsec, 1.5arcmin or 0.5deg; from 0 to 180 deg.",
        )


@dataclass(frozen=True)
class _Number:
    sign: str
    text: str
    unit: str
    comma: bool


def parse(text: str) -> Position:
    if not isinstance(text, str) or not text.strip():
        raise PositionError(text, "it is empty")
    if len(text) > LONGEST:
        raise PositionError(text, f"it is longer than {LONGEST} characters")
    frame, coordinates = _framed(" ".join(text.translate(_WRITTEN).split()))
    numbers = _numbers(coordinates)
    if not numbers:
        return _from_name(text)
    at = _second(numbers, text)
    # Of longitudes in hours there are only right ascensions
    lon = _angle(numbers[:at], text, hours=frame != "G", longitude=True)
    lat = _angle(numbers[at:], text, hours=False, longitude=False)
    return _placed(_checked_lon(lon, text, "longitude" if frame == "G" else "right ascension"), lat, frame, text)


def radius_deg(text: str) -> float:
    match = _RADIUS.fullmatch(text.translate(_WRITTEN).strip()) if isinstance(text, str) else None
    if not match or (match[2] or "deg").lower() not in _RADII:
        raise RadiusError(text, "it is not a number with a unit of angle")
    if not match[2]:
        raise RadiusError(text, "it has no unit")
    value = float(Decimal(match[1]) / _RADII[match[2].lower()])
    if not 0 <= value <= 180:
        raise RadiusError(text, "it is not between 0 and 180 degrees")
    return value


def _short(text: object) -> str:
    return repr(text if not isinstance(text, str) or len(text) <= 80 else f"{text[:80]}...")


def _framed(text: str) -> tuple[str, str]:
    """The frame, `B` or `G` or nothing for ICRS, and what is left without it and without labels."""
    match = _FRAME.match(text)
    frame = ""
    if match:
        named = [match[part] for part in ("first", "last") if (match[part] or "").upper() in _FRAMES]
        if len(named) == 1:
            frame = _FRAMES[named[0].upper()]
            text = text.removeprefix(named[0]).removesuffix(named[0]).strip(" ,:")
    labelled = _LABELLED.match(text)
    if labelled and (labelled["a"][0] in "rR") == (labelled["b"][0] in "dD"):
        frame = frame if labelled["a"][0] in "rR" else "G"
        text = f"{labelled['lon']}, {labelled['lat']}"
    return frame, text


def _numbers(text: str) -> list[_Number] | None:
    """The numbers of a text that has nothing else in it, or None."""
    text, found, at = _DOTTED.sub(r"\1d\2m\3s", text), [], 0
    while at < len(text.rstrip()):
        match = _NUMBER.match(text, at)
        if not match or not match["number"]:
            return None
        unit = _UNITS[(match["unit"] or "").lower()]
        found.append(_Number(match["sign"], match["number"], unit, bool(match["comma"])))
        at = match.end()
    return found


def _from_name(text: str) -> Position:
    place = designation(text.strip())
    if place is None:
        raise PositionError(text, "it has words that are no unit or frame, and names no coordinates")
    return place


def _second(numbers: list[_Number], text: str) -> int:
    """Where the second coordinate begins: a comma or a sign says so, else units, else the middle."""
    for marks in (
        [at for at, number in enumerate(numbers) if at and number.comma],
        [at for at, number in enumerate(numbers) if at and number.sign],
        [at for at, number in enumerate(numbers) if at and number.unit in ("h", "d")],
        _ends(numbers),
    ):
        if len(marks) == 1:
            return marks[0]
        if len(marks) > 1:
            raise PositionError(text, "it has more than two coordinates")
    if len(numbers) not in (2, 4, 6):
        raise PositionError(text, "where the second coordinate begins is not clear")
    return len(numbers) // 2


def _ends(numbers: list[_Number]) -> list[int]:
    """The places after a last number, where numbers are tied by colons or units."""
    before = numbers[0].unit
    for at in range(1, len(numbers)):
        tied = numbers[at - 1].unit
        if tied == "s" or (before and not tied):
            return [at]
    return []


def _angle(numbers: list[_Number], text: str, *, hours: bool, longitude: bool) -> float:
    """Degrees of one coordinate."""
    if not numbers or len(numbers) > 3:
        raise PositionError(text, "a coordinate is one number, or two or three of units, minutes and seconds")
    _require_units(numbers, text, longitude and hours)
    parts = [float(number.text) for number in numbers]
    if any("." in number.text for number in numbers[:-1]):
        raise PositionError(text, "only the last number of a coordinate may have decimals")
    if (len(parts) > 1 and parts[1] >= 60) or (len(parts) > 2 and parts[2] >= 60):
        raise PositionError(text, "minutes and seconds are below 60")
    value = sum(part / 60.0**power for power, part in enumerate(parts))
    if hours and numbers[0].unit != "d" and (len(parts) > 1 or numbers[0].unit == "h"):
        value = _from_hours(value, text)
    return -value if numbers[0].sign == "-" else value


def _require_units(numbers: list[_Number], text: str, hours: bool) -> None:
    if numbers[0].unit == "h" and not hours:
        raise PositionError(text, "only a right ascension is in hours")
    for number, allowed in zip(numbers, _PLACES, strict=False):
        if number.unit and number.unit not in allowed:
            raise PositionError(text, "units do not follow each other as degrees or hours, minutes and seconds")


def _from_hours(value: float, text: str) -> float:
    if value > 24:
        raise PositionError(
            text, f"a right ascension of {value:g} hours is more than 24; degrees are written 165d47m47s"
        )
    return 15 * value


def _checked_lon(lon: float, text: str, name: str) -> float:
    if not 0 <= lon <= 360:
        raise PositionError(text, f"{name} {lon:g} is not between 0 and 360 degrees")
    return math.fmod(lon, 360.0)


def _placed(lon: float, lat: float, frame: str, text: str) -> Position:
    if not abs(lat) <= 90:
        raise PositionError(text, f"{'latitude' if frame == 'G' else 'declination'} {lat:g} is beyond 90 degrees")
    if frame == "G":
        return from_galactic(lon, lat)
    return from_b1950(lon, lat) if frame == "B" else Position(lon, lat)
