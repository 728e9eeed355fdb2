"""Numbers on axes: round steps, as many digits as they need, and the range of brightness of a picture."""

import math
import re
from itertools import pairwise

import numpy as np

LOWEST, HIGHEST = 0.5, 99.995  # percentiles between which a picture has its shades
SAMPLED = 2**18
TINY = 1e-30  # what float32 reckons with


def step_of(span: float, most: int) -> float:
    """The smallest of 1, 2 or 5 times a power of ten that divides `span` into `most` parts or fewer."""
    rough = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999999)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`; none where there is nothing between them."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return []
    step = step_of(high - low, most)
    if not abs(high) / step < 1e12:
        return []
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def labels(values: list[float]) -> list[str]:
    """All with as many decimals as tell them apart; large and small ones with a power of ten."""
    if not values:
        return []
    step = min((b - a for a, b in pairwise(values)), default=abs(values[0]) or 1.0)
    largest = max(abs(value) for value in values)
    if largest and not 1e-2 <= largest < 1e6:
        return [_short(value) for value in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value + 0.0:.{decimals}f}" if abs(value) > step / 1e6 else f"{0:.{decimals}f}" for value in values]


def _short(value: float) -> str:
    return re.sub(r"e([+-])0?", lambda sign: f"e{sign[1].strip('+')}", f"{value:.4g}")


def bounds(image: np.ndarray) -> tuple[float, float]:
    """Of the shades; `(0, 1)` of an image without values.  What is beyond them has the first or the last shade."""
    sample = image.ravel()[:: max(1, image.size // SAMPLED)]
    values = sample[np.isfinite(sample)]
    if not values.size:
        return 0.0, 1.0
    low, high = (float(edge) for edge in np.percentile(values, [LOWEST, HIGHEST]))
    top = float(np.nanmax(image))
    if high <= low:
        low, high = float(values.min()), top
    room = abs(high) / 2 or 0.5
    return (low, high) if high > low else (low - room, high + room)


def shaded(image: np.ndarray, bounds: tuple[float, float], shades: int, nothing: int) -> np.ndarray:
    """Indices of shades, and `nothing` where there is no value."""
    low, high = bounds
    if not TINY < high - low < 1 / TINY:
        image = image.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = (image - image.dtype.type(low)) * image.dtype.type((shades - 1) / (high - low))
        found = np.nan_to_num(np.clip(scaled, 0, shades - 1), nan=0.0)
    return np.where(np.isfinite(image), np.rint(found).astype(np.uint8), np.uint8(nothing))
