"""Ranges with units as readers write them, `a..b`, `..b` or `a..`, in the units of the index."""

import math
import re
from collections.abc import Mapping

from archive.search.refusals import CriterionError

Range = tuple[float | None, float | None]
OPEN: Range = (None, None)  # nothing is asked

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_QUANTITY = re.compile(rf"({_NUMBER})\s*([^\d\s.][^\s]*)?", re.IGNORECASE | re.ASCII)
ARCSEC = {"arcsec": 1.0, '"': 1.0, "''": 1.0, "mas": 1e-3, "arcmin": 60.0, "'": 60.0, "deg": 3600.0}
HERTZ = {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12}
METRES_PER_SECOND = {"m/s": 1.0, "km/s": 1e3, "kms": 1e3}
_FLUX = {"Jy": 1e3, "mJy": 1.0, "uJy": 1e-3, "\N{MICRO SIGN}Jy": 1e-3, "\N{GREEK SMALL LETTER MU}Jy": 1e-3}
MILLIJANSKY = _FLUX | {f"{unit}/beam": factor for unit, factor in _FLUX.items()}
_PRINTED = str.maketrans({**dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"), "\u2032": "'", "\u2033": '"'})


def typed(text: str) -> str:
    """Signs as papers print them, in the form that keyboards have."""
    return text.translate(_PRINTED)


def measured(parameter: str, text: str, units: Mapping[str, float]) -> Range:
    """Both ends in the index's unit, that of factor 1; None where the range is open."""
    low, high = _ends(parameter, typed(text))
    parts = [_split(parameter, end, text) if end else None for end in (low, high)]
    common = next((unit for part in reversed(parts) if part for unit in [part[1]] if unit), "")
    start, stop = (part and _scaled(parameter, text, (part[0], part[1] or common), units) for part in parts)
    if start is not None and stop is not None and start > stop:
        raise CriterionError(parameter, f"the range {text} ends before it begins.", "Write the smaller value first.")
    return start, stop


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
    return float(match[1]), match[2] or ""


def _scaled(parameter: str, text: str, part: tuple[float, str], units: Mapping[str, float]) -> float:
    value, unit = part
    factor = next((units[known] for known in units if _same(unit, known)), None)
    if factor is None:
        said = f"does not know the unit {unit}" if unit else "needs a unit"
        raise CriterionError(parameter, f"{text!r} {said}.", f"Use one of: {', '.join(units)}.")
    if value < 0:
        raise CriterionError(parameter, f"{text!r} is negative.", "Give values of 0 or more.")
    return value * factor if factor >= 1 else value / round(1 / factor)  # 9 / 1000 is 0.009, and 9 * 0.001 is not


def _same(unit: str, known: str) -> bool:
    """Whatever the case, but for the first letter of milli and mega."""
    return unit.casefold() == known.casefold() and (unit[:1] == known[:1] or known[:1] not in "mM")
