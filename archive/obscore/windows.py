"""The number of a spectral window, in which `obs_id` ends: read from its last bytes, all rows at once.  Longer numbers,
and texts that go on behind it, are read by a pattern, which takes ten times as long.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint64]  # eight of each row, of which the last one counts least
_PATTERN = r"\.spw\.(\d{1,5})'?\s*$"
_WORD, _BITS = np.uint64(int.from_bytes(b".spw.", "big")), np.uint64(0xFF_FFFF_FFFF)


def numbers(ids: pl.Series) -> Floats:
    """NaN where there is none."""
    last = ids.cast(pl.Binary).bin.tail(8).bin.reinterpret(dtype=pl.UInt64, endianness="big").fill_null(0).to_numpy()
    found = np.full(len(ids), np.nan)
    for digits in (1, 2, 3):
        rows = np.flatnonzero(last >> np.uint64(8 * digits) & _BITS == _WORD)
        found[rows] = _decimal(last[rows], digits)
    others = np.isnan(found)
    if others.any():
        found[others] = _by_pattern(ids.filter(pl.Series(others)))
    return found


def _decimal(last: Bytes, digits: int) -> Floats:
    value, fine = np.zeros(len(last)), np.ones(len(last), bool)
    for place in range(digits):
        digit = (last >> np.uint64(8 * place) & np.uint64(0xFF)) - np.uint64(ord("0"))
        fine &= digit < 10
        value += digit * 10.0**place
    return np.where(fine, value, np.nan)


def _by_pattern(ids: pl.Series) -> Floats:
    return ids.str.tail(14).str.extract(_PATTERN).cast(pl.Float64).to_numpy().astype(float)
