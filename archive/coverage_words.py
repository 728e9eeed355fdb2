"""What frequencies a search asks for: a range as it is, or a line at the velocity or redshift of its source.

Ranges are written `230.5..231GHz`, with one end left open `..100GHz`.  Velocities are of the radio convention, as in
the archive's image headers; a redshift z sees a line at f / (1 + z).
"""

import math
import re
from collections.abc import Callable

from archive import spectrum
from archive.errors import ArchiveError
from archive.spectral_lines import LINES, LineError, rest_hz
from archive.spectrum import QuantityError

__all__ = ["LINES", "CoverageError", "LineError", "frequency_range", "observed_range", "rest_frequency"]

_UNIT = re.compile(r"[A-Za-z][A-Za-z/]*$", re.ASCII)
_REDSHIFT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?", re.IGNORECASE | re.ASCII)


class CoverageError(ArchiveError):
    code = "bad-range"

    def __init__(self, parameter: str, text: object, why: str) -> None:
        shown = text if not isinstance(text, str) or len(text) <= 60 else f"{text[:60]}..."
        super().__init__(
            f"{parameter} is {shown!r}: {why}.",
            f"Write {parameter} as one value or as a range, low..high, one end of which may be left out.",
        )


def frequency_range(text: str, parameter: str = "frequency") -> tuple[float, float]:
    """Hz; 0 and infinity where an end is open.  Both ends are the same for a single value."""
    low, high = _range(text, parameter, spectrum.frequency_hz, (0.0, math.inf))
    if low < 0 or high <= 0:
        raise CoverageError(parameter, text, "frequencies are above 0")
    return low, high


def rest_frequency(text: str, parameter: str = "rest") -> float:
    """Hz, of a frequency or of the name of a line."""
    try:
        hz = spectrum.frequency_hz(text, parameter)
    except QuantityError:
        if not isinstance(text, str) or not re.search("[A-Za-z]", text):
            raise
        return rest_hz(text)
    if hz <= 0:
        raise CoverageError(parameter, text, "frequencies are above 0")
    return hz


def observed_range(rest: float, *, velocity: str | None = None, redshift: str | None = None) -> tuple[float, float]:
    """Where (Hz) a line of rest frequency `rest` is seen at a velocity or a redshift, or between two of them."""
    if velocity is not None and redshift is not None:
        raise CoverageError("velocity", velocity, "a source has a velocity or a redshift, not both")
    if velocity is not None:
        slow, fast = _range(velocity, "velocity", spectrum.velocity_ms, (-spectrum.LIGHT_SPEED, spectrum.LIGHT_SPEED))
        if not -spectrum.LIGHT_SPEED <= slow <= fast <= spectrum.LIGHT_SPEED:
            raise CoverageError("velocity", velocity, "nothing is faster than light")
        return spectrum.frequency_at(fast, rest), spectrum.frequency_at(slow, rest)
    if redshift is not None:
        near, far = _range(redshift, "redshift", _redshift, (0.0, math.inf))
        if near <= -1:
            raise CoverageError("redshift", redshift, "redshifts are above -1")
        return rest / (1 + far), rest / (1 + near)
    return rest, rest


def _redshift(text: str, parameter: str) -> float:
    if not _REDSHIFT.fullmatch(text):
        raise CoverageError(parameter, text, "a redshift is a number")
    return float(text)


def _range(
    text: str, parameter: str, read: Callable[[str, str], float], open_ends: tuple[float, float]
) -> tuple[float, float]:
    """Both ends of `low..high`; the unit of the high end is that of the low one too, where this has none."""
    if not isinstance(text, str) or not text.strip():
        raise CoverageError(parameter, text, "it is empty")
    low_text, dots, high_text = (part.strip() for part in text.partition(".."))
    if not dots:
        value = read(low_text, parameter)
        return value, value
    if not low_text and not high_text:
        raise CoverageError(parameter, text, "both of its ends are open")
    if low_text and high_text and not _UNIT.search(low_text) and (unit := _UNIT.search(high_text)):
        low_text += unit[0]
    low = read(low_text, parameter) if low_text else open_ends[0]
    high = read(high_text, parameter) if high_text else open_ends[1]
    if low > high:
        raise CoverageError(parameter, text, "its low end is above its high end")
    return low, high
