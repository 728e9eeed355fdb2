"""Ranges with units as readers write them, `a..b`, `..b` or `a..`, in the units of the index."""

import math
import re
from collections.abc import Mapping

from archive.search.refusals import CriterionError

Range = tuple[float | None, float | None]

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*([^\d\s.][^\s]*)?", re.IGNORECASE | re.ASCII)
ARCSEC = {"arcsec": 1.0, '"': 1.0, "''": 1.0, "mas": 1e-3, "arcmin": 60.0, "'": 60.0, "deg": 3600.0}
HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9, "thz": 1e12}
METRES_PER_SECOND = {"m/s": 1.0, "km/s": 1e3, "kms": 1e3}
_FLUX = {"jy": 1e3, "mjy": 1.0, "ujy": 1e-3, "\N{MICRO SIGN}jy": 1e-3, "\N{GREEK SMALL LETTER MU}jy": 1e-3}
MILLIJANSKY = _FLUX | {f"{unit}/beam": factor for unit, factor in _FLUX.items()}
PLAIN = {"": 1.0}


def measured(parameter: str, text: str, units: Mapping[str, float]) -> Range:
    """Both ends in the index's unit, that of factor 1; None where the range is open."""
    low, high = _ends(parameter, text)
    parts = [_split(parameter, end, text) if end else None for end in (low, high)]
    common = next((unit for part in reversed(parts) if part for unit in [part[1]] if unit), "")
    start, stop = (part and _scaled(parameter, text, (part[0], part[1] or common), units) for part in parts)
    if start is not None and stop is not None and start > stop:
        raise CriterionError(parameter, f"the range {text} ends before it begins.", "Write the smaller value first.")
    return start, stop


def exact(parameter: str, text: str, units: Mapping[str, float]) -> float:
    if ".." in text:
        raise CriterionError(parameter, f"{text} is a range.", "Give a single value.")
    value = _scaled(parameter, text, _split(parameter, text, text), units)
    if value == 0:
        raise CriterionError(parameter, "zero is not possible.", "Give a positive value.")
    return value


def _ends(parameter: str, text: str) -> tuple[str, str]:
    low, dots, high = (part.strip() for part in text.partition(".."))
    if not dots or (not low and not high):
        raise CriterionError(parameter, f"{text!r} is not a range.", f"Write a..b, ..b or a.., as in {_SAMPLE}.")
    return low, high


_SAMPLE = "0.1..0.3 with a unit"


def _split(parameter: str, end: str, text: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(end)
    if not match or not math.isfinite(float(match[1])):
        raise CriterionError(parameter, f"{text!r} has no number where one belongs.", f"Write it as {_SAMPLE}.")
    return float(match[1]), (match[2] or "").casefold()


def _scaled(parameter: str, text: str, part: tuple[float, str], units: Mapping[str, float]) -> float:
    value, unit = part
    if unit not in units:
        known = ", ".join(units)
        said = f"does not know the unit {unit}" if unit else "needs a unit"
        raise CriterionError(parameter, f"{text!r} {said}.", f"Use one of: {known}.")
    if value < 0:
        raise CriterionError(parameter, f"{text!r} is negative.", "Give values of 0 or more.")
    return value * units[unit]
