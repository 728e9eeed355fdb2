"""Where in a FITS file the pixels of each channel are, and what its axes mean, from the facts of its header.

The facts come from outside: what is too large, or contradicts itself, is refused before a byte is read.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from archive import spectrum
from archive.errors import ArchiveError

DTYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
SPECTRAL = ("FREQ", "VRAD", "VELO", "VOPT", "VELOCITY")
MOST_CHANNELS = 2**16
MOST_ACROSS = 2**16
MOST_PACKED = 1100  # gzip makes nothing smaller than a 1032nd of it
TO_HZ = {"": 1.0, "Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9}
TO_MS = {"": 1.0, "m/s": 1.0, "m s-1": 1.0, "m.s-1": 1.0, "km/s": 1e3, "km s-1": 1e3, "km.s-1": 1e3}


class NotShowableError(ArchiveError):
    """No picture can be made of the file, and never will be."""

    status = 422
    code = "not-showable"

    def __init__(self, why: str) -> None:
        super().__init__(f"No preview can be made: {why}.", "Download the file itself.")


@dataclass(frozen=True)
class Layout:
    """`nx` by `ny` pixels in each of `nchan` channels; of all other axes, such as Stokes, the first plane is taken."""

    nx: int
    ny: int
    nchan: int
    offset: int
    stride: int  # bytes from one channel to the next
    bitpix: int
    scale: float = 1.0
    zero: float = 0.0
    blank: int | None = None
    planes_left_out: int = 0

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(DTYPES[self.bitpix])

    def start(self, channel: int, pixel: int = 0) -> int:
        return self.offset + channel * self.stride + pixel * self.dtype.itemsize


def layout_of(facts: dict[str, Any], size: int, *, packed: bool) -> Layout:
    """From the facts of a header (products/fits) and the size of the file that it stands in."""
    shape = [int(length) for length in facts.get("shape") or ()]
    bitpix = facts.get("bitpix")
    if len(shape) < 2 or min(shape) < 1:
        raise NotShowableError("the file holds no image")
    if bitpix not in DTYPES:
        raise NotShowableError(f"its pixels are of an unknown kind, BITPIX {bitpix}")
    ctypes = (facts.get("wcs") or {}).get("ctype") or []
    axis = _channel_axis(shape, ctypes)
    nchan = shape[axis] if axis else 1
    _require_sane(shape, nchan, ctypes)
    pixel = abs(bitpix) // 8
    offset = int(facts["data_offset"])
    if offset + math.prod(shape) * pixel > size * (MOST_PACKED if packed else 1):
        raise NotShowableError("the file is shorter than its header says")
    return Layout(
        nx=shape[0],
        ny=shape[1],
        nchan=nchan,
        offset=offset,
        stride=math.prod(shape[:axis]) * pixel if axis else 0,
        bitpix=bitpix,
        scale=_finite(facts.get("bscale"), 1.0),
        zero=_finite(facts.get("bzero"), 0.0),
        blank=facts.get("blank"),
        planes_left_out=math.prod(shape[2:]) - nchan,
    )


def _require_sane(shape, nchan, ctypes) -> None:
    if max(shape[:2]) > MOST_ACROSS:
        raise NotShowableError(f"it is {shape[0]} by {shape[1]} pixels, more than {MOST_ACROSS} across")
    if nchan > MOST_CHANNELS:
        raise NotShowableError(f"it has {nchan} channels, more than {MOST_CHANNELS}")
    if any(str(ctype).startswith(SPECTRAL) for ctype in ctypes[:2]):
        raise NotShowableError("its first two axes are not on the sky")


def _channel_axis(shape, ctypes) -> int | None:
    """The spectral axis by its name; without names, the third."""
    named = [axis for axis, ctype in enumerate(ctypes) if axis > 1 and str(ctype).startswith(SPECTRAL)]
    if named:
        return named[0] if named[0] < len(shape) else None
    return 2 if len(shape) > 2 and len(ctypes) < 3 else None


def _finite(value, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else otherwise


def frequencies_ghz(facts: dict[str, Any], nchan: int) -> np.ndarray | None:
    """Centres of the channels; None where the header does not tell them."""
    axis, rest = facts.get("spectral"), _finite(facts.get("restfreq_hz"), 0.0)
    if not axis or not axis["width"] or not math.isfinite(axis["first"] + axis["width"]):
        return None
    values = axis["first"] + axis["width"] * np.arange(nchan)
    kind, unit = axis["ctype"][:4], axis["unit"].strip()
    if kind == "FREQ":
        return values * TO_HZ[unit] / 1e9 if unit in TO_HZ else None
    if rest <= 0 or unit not in TO_MS:
        return None
    speeds = values * TO_MS[unit]
    if kind == "VOPT":
        return rest / (1 + speeds / spectrum.LIGHT_SPEED) / 1e9
    return spectrum.frequency_at(speeds, rest) / 1e9


def channel_width_kms(facts: dict[str, Any], ghz: np.ndarray | None) -> float | None:
    """Radio velocity across a channel, of the rest frequency or else of the middle of the band."""
    if ghz is None or len(ghz) < 2:
        return None
    rest = _finite(facts.get("restfreq_hz"), 0.0) / 1e9 or float(ghz.mean())
    step = abs(float(ghz[-1] - ghz[0])) / (len(ghz) - 1)
    return step / rest * spectrum.LIGHT_SPEED / 1e3 if rest > 0 and step else None
