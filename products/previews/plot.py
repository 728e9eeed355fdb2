"""The two spectra of a cube as a picture: the largest and the mean value of each channel."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from products.previews import scales
from products.previews.canvas import BLUES, Canvas
from products.previews.picture import FRAMES, TICK, Frame

HIGH = {1024: 680, 256: 190}
GAP = 0.06  # of the height, between the plots


@dataclass(frozen=True)
class Spectra:
    """Values by channel; NaN where a channel has none."""

    axis: np.ndarray
    axis_words: str
    peak: np.ndarray
    mean: np.ndarray
    unit: str
    title: str


@dataclass(frozen=True)
class Panel:
    canvas: Canvas
    frame: Frame
    box: tuple[float, float, float, float]  # left, top, right, bottom


def plot(spectra: Spectra, width: int) -> bytes:
    """A PNG, `width` pixels wide: the peak above, the mean below, over the same axis."""
    frame, canvas = FRAMES[width], Canvas(width, HIGH[width])
    top, bottom, right = frame.top - 34 if frame.bar else frame.top, canvas.height - frame.bottom, width - 44
    right = right if frame.bar else width - 16
    middle, gap = (top + bottom) / 2, GAP * canvas.height / 2
    upper, lower = (frame.left, top, right, middle - gap), (frame.left, middle + gap, right, bottom)
    _curve(Panel(canvas, frame, upper), spectra.axis, spectra.peak, last=False)
    _curve(Panel(canvas, frame, lower), spectra.axis, spectra.mean, last=True)
    for box, word in ((upper, "peak"), (lower, "mean")):
        canvas.text((box[2] - 4, box[1] + frame.letters * 0.7), word, frame.letters, "rm")
    canvas.text((frame.left, top - 6), spectra.title, frame.letters, "ls")
    canvas.text(((frame.left + right) / 2, canvas.height - 6), spectra.axis_words, frame.letters, "ms")
    canvas.upright((frame.letters * 0.75, (top + bottom) / 2), spectra.unit, frame.letters)
    return canvas.png()


def _curve(panel: Panel, axis: np.ndarray, values: np.ndarray, *, last: bool) -> None:
    left, top, right, bottom = panel.box
    across, (low, high) = _span(axis, 0.0), _span(values, 0.08)
    x = left + (axis - across[0]) / (across[1] - across[0]) * (right - left)
    y = bottom - (values - low) / (high - low) * (bottom - top)
    for part in _unbroken(y):
        places = list(zip(x[part].tolist(), y[part].tolist(), strict=True))
        if len(places) > 1:
            panel.canvas.line(places, width=1.6 if panel.frame.bar else 1, shades=BLUES)
        else:
            panel.canvas.dots(places, 2 if panel.frame.bar else 1)
    panel.canvas.frame(panel.box)
    _numbers(panel, across if last else None, (low, high))


def _numbers(panel, across, up):
    left, top, right, bottom = panel.box
    canvas, size, tick = panel.canvas, panel.frame.letters, TICK if panel.frame.bar else 3
    for value, words in _labelled(across, 7 if panel.frame.bar else 3):
        x = left + (value - across[0]) / (across[1] - across[0]) * (right - left)
        canvas.line([(x, bottom), (x, bottom + tick)])
        canvas.text((x, bottom + tick + 2), words, size, "mt")
    for value, words in _labelled(up, 5 if panel.frame.bar else 3):
        y = bottom - (value - up[0]) / (up[1] - up[0]) * (bottom - top)
        canvas.line([(left - tick, y), (left, y)])
        canvas.text((left - tick - 3, y), words, size, "rm")


def _labelled(span, many) -> list[tuple[float, str]]:
    found = scales.ticks(*span, many) if span else []
    return list(zip(found, scales.labels(found), strict=True))


def _span(values: np.ndarray, margin: float) -> tuple[float, float]:
    there = values[np.isfinite(values)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    if high <= low:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    return low - margin * (high - low), high + margin * (high - low)


def _unbroken(values: np.ndarray) -> Iterator[slice]:
    """Stretches of channels that have a value."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.isfinite(values), [False]]).astype(np.int8)))
    return (slice(int(first), int(last)) for first, last in edges.reshape(-1, 2))
