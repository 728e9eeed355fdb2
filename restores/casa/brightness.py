"""Numbers of a CASA image, plane by plane, without reading it into memory whole."""

import contextlib
import math
import pathlib
from collections.abc import Iterator
from typing import Any

import casatools
import numpy as np

from restores.casa.geometry import Beam

MAD_TO_SIGMA = 1.4826
QUIET_PERCENT = 20


@contextlib.contextmanager
def opened(path: pathlib.Path) -> Iterator[Any]:
    image = casatools.image()
    image.open(str(path))
    try:
        yield image
    finally:
        image.close()
        image.done()


def noise_and_peak(path: pathlib.Path) -> tuple[float, float]:
    """Robust sigma of the quieter channels and the largest absolute value, in the unit of the image; zeros if blank.

    Sidelobes of a line raise the spread of its channels, so the noise is that of the lower fifth of all channels.
    """
    with opened(path) as image:
        found = image.statistics(axes=[0, 1, 2], robust=True)
    if not len(found["max"]):
        return 0.0, 0.0
    spread = found["medabsdevmed"]
    peak = max(float(np.max(np.abs(found[end]))) for end in ("max", "min"))
    return MAD_TO_SIGMA * float(np.percentile(spread[spread > 0], QUIET_PERCENT)) if np.any(spread > 0) else 0.0, peak


def plane_peaks(path: pathlib.Path) -> list[float]:
    """The largest absolute value of each channel; 0 where a channel is blank."""
    with opened(path) as image:
        channels = image.shape()[3]
        found = image.statistics(axes=[0, 1, 2])
    pairs = zip(_filled(found["max"], channels), _filled(found["min"], channels), strict=True)
    return [max(abs(high), abs(low)) for high, low in pairs]


def _filled(values: Any, channels: int) -> list[float]:
    return [float(value) if math.isfinite(value) else 0.0 for value in values] or [0.0] * channels


def beam_of(path: pathlib.Path) -> Beam:
    """The restoring beam, arcsec; of the first channel where each has its own."""
    with opened(path) as image:
        fitted = image.restoringbeam()
    fitted = fitted.get("beams", {}).get("*0", {}).get("*0", fitted)
    return Beam(float(fitted["major"]["value"]), float(fitted["minor"]["value"]))


def sidelobe(psf: pathlib.Path, *, main_lobe: float) -> float:
    """The largest absolute value beyond `main_lobe` pixels from the peak of the PSF, in its middle channel."""
    with opened(psf) as image:
        nx, ny, _, channels = image.shape()
        middle = int(channels) // 2
        plane = image.getchunk(blc=[0, 0, 0, middle], trc=[int(nx) - 1, int(ny) - 1, 0, middle])[:, :, 0, 0]
    x, y = np.ogrid[: plane.shape[0], : plane.shape[1]]
    beyond = np.hypot(x - plane.shape[0] // 2, y - plane.shape[1] // 2) > main_lobe
    return float(np.max(np.abs(plane[beyond])))
