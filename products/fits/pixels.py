"""Peak and noise of an image while its pixels pass.

The peak is the largest finite pixel.  The rms is robust: 1.4826 times the median of the absolute deviations from the
median (for Gaussian noise that is its standard deviation), over the finite ones of about 2^17 pixels spread evenly over
the file.  Sources and lines that fill less than a good part of the image do not move it.  Both are in the image's
unit, of the image as it is: the noise of one that is corrected for the primary beam grows towards the rim.
"""

import math

import numpy

SAMPLE = 2**17
GAUSSIAN = 1.4826
TYPES = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}


class Pixels:
    """`scale` and `zero` are BSCALE and BZERO; `blank` the number that an image of integers gives to no value."""

    def __init__(self, bitpix: int, shape: list[int], *, scale: float = 1, zero: float = 0, blank: int | None = None):
        self._type = numpy.dtype(TYPES[bitpix])
        self._blank = blank if bitpix > 0 else None
        self._scale, self._zero = scale, zero
        self._further = numpy.fmin if scale < 0 else numpy.fmax
        self._top = numpy.float64("nan")
        self._step = _step(math.prod(shape), shape[0])
        self._skip = 0  # pixels until the next one of the sample
        self._sample: list[numpy.ndarray] = []

    def update(self, piece: bytes | memoryview) -> None:
        """Whole pixels."""
        values = numpy.frombuffer(piece, self._type)
        if not values.size:
            return
        drawn = values[self._skip :: self._step]
        self._skip = (self._skip - values.size) % self._step
        self._sample.append(self._known(drawn).astype("f8"))
        with numpy.errstate(invalid="ignore"):
            top = self._further.reduce(values)
            if numpy.isinf(top) or self._blank is not None:
                top = self._further.reduce(self._known(values), initial=numpy.nan)
            self._top = self._further(self._top, numpy.float64(top))

    @property
    def blank(self) -> bool:
        """No pixel has a value."""
        return bool(numpy.isnan(self._top))

    @property
    def peak(self) -> float | None:
        return None if self.blank else float(self._top) * self._scale + self._zero

    @property
    def rms(self) -> float | None:
        sample = numpy.concatenate(self._sample) if self._sample else numpy.empty(0)
        if not sample.size:
            return None
        return float(GAUSSIAN * abs(self._scale) * _median(numpy.abs(sample - _median(sample))))

    def _known(self, values: numpy.ndarray) -> numpy.ndarray:
        if self._blank is not None:
            return values[values != self._blank].astype("f8")
        return values[numpy.isfinite(values)] if self._type.kind == "f" else values


def _median(values: numpy.ndarray) -> float:
    """What numpy.median says of one or more finite numbers; it takes longer to look for others than for this."""
    middle = len(values) // 2
    if len(values) % 2:
        return numpy.partition(values, middle)[middle]
    low, high = numpy.partition(values, (middle - 1, middle))[middle - 1 : middle + 1]
    return (low + high) / 2


def _step(count: int, row: int) -> int:
    """How many pixels apart the sample is drawn; it must not fall into the same columns of every row."""
    step = max(1, count // SAMPLE)
    while math.gcd(step, row) > 1:
        step += 1
    return step
