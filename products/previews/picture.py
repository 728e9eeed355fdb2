"""An image of the sky as a picture: axes in arcsec, brightness with its unit, the beam and a scale bar.

East is on the left and north on top, however the rows and columns of the file run.
"""

import math
from dataclasses import dataclass

import numpy as np

from products.previews import scales
from products.previews.canvas import NOTHING, SHADES, Canvas
from products.previews.sky import Sky, position

TICK = 6


@dataclass(frozen=True)
class Shown:
    """What is drawn: `image` from the bottom up, each of its pixels `block` by `block` of the file's."""

    image: np.ndarray
    block: int
    sky: Sky
    title: str
    unit: str
    beam: tuple[float, float, float] | None = None  # arcsec, arcsec, degrees from north to east


@dataclass(frozen=True)
class Frame:
    """Margins around the plot and size of the letters, in pixels, for a picture of a given width."""

    width: int
    left: int
    right: int
    top: int
    bottom: int
    letters: float
    bar: bool  # whether there is room for the scale of brightness

    @property
    def across(self) -> int:
        return self.width - self.left - self.right


FRAMES = {1024: Frame(1024, 110, 150, 76, 84, 19, bar=True), 256: Frame(256, 40, 8, 20, 32, 9.5, bar=False)}


@dataclass(frozen=True)
class Plot:
    """The canvas, where on it the image is (left, top, right, bottom), and the offsets at these borders."""

    canvas: Canvas
    frame: Frame
    box: tuple[int, int, int, int]
    x: tuple[float, float]  # from left to right
    y: tuple[float, float]  # from the bottom up

    @property
    def scale(self) -> float:
        """Pixels of the picture in an arcsec."""
        return (self.box[2] - self.box[0]) / abs(self.x[1] - self.x[0])


def picture(shown: Shown, width: int) -> bytes:
    """A PNG, `width` pixels wide."""
    plot, bounds = _plot(shown, FRAMES[width]), scales.bounds(shown.image)
    plot.canvas.put(_turned(scales.shaded(shown.image, bounds, SHADES, NOTHING), shown.sky), plot.box)
    plot.canvas.frame(plot.box)
    if shown.sky.x.unit == "arcsec":
        _beam(plot, shown)
        _scale_bar(plot)
    _ticks(plot)
    _words(plot, shown)
    if plot.frame.bar:
        _brightness(plot, bounds, shown.unit)
    return plot.canvas.png()


def _plot(shown: Shown, frame: Frame) -> Plot:
    """As wide as there is room, but not higher than wide."""
    rows, columns = shown.image.shape
    most = frame.across / max(rows, columns)
    across, high = (max(1, round(length * most)) for length in (columns, rows))
    mirrored, upside_down = shown.sky.mirrored
    x, y = shown.sky.x.edges(columns * shown.block), shown.sky.y.edges(rows * shown.block)
    box = (frame.left, frame.top, frame.left + across, frame.top + high)
    canvas = Canvas(frame.width, frame.top + high + frame.bottom)
    return Plot(canvas, frame, box, x[::-1] if mirrored else x, y[::-1] if upside_down else y)


def _turned(shades, sky):
    """Rows from the top; east on the left and north on top."""
    mirrored, upside_down = sky.mirrored
    shades = shades[:, ::-1] if mirrored else shades
    return shades if upside_down else shades[::-1]


def _ticks(plot):
    left, top, right, bottom = plot.box
    size, tick, many = plot.frame.letters, *((TICK, 7) if plot.frame.bar else (3, 3))
    for value, words in _labelled(*plot.x, many):
        x = left + (value - plot.x[0]) / (plot.x[1] - plot.x[0]) * (right - left)
        plot.canvas.line([(x, bottom), (x, bottom + tick)])
        plot.canvas.text((x, bottom + tick + 2), words, size, "mt")
    for value, words in _labelled(*plot.y, many):
        y = bottom - (value - plot.y[0]) / (plot.y[1] - plot.y[0]) * (bottom - top)
        plot.canvas.line([(left - tick, y), (left, y)])
        plot.canvas.text((left - tick - 3, y), words, size, "rm")


def _labelled(low, high, many):
    found = scales.ticks(min(low, high), max(low, high), many)
    return zip(found, scales.labels(found), strict=True)


def _words(plot, shown):
    left, top, right, bottom = plot.box
    canvas, frame, sky = plot.canvas, plot.frame, shown.sky
    size, kind = frame.letters, "offset" if sky.centre else "axis"
    canvas.text(((left + right) / 2, canvas.height - 8), f"{sky.x.name} {kind} ({sky.x.unit})", size, "ms")
    canvas.upright((size * 0.75, (top + bottom) / 2), f"{sky.y.name} {kind} ({sky.y.unit})", size)
    if not frame.bar:
        canvas.text((4, top - 6), _fitting(canvas, f"{shown.title} ({shown.unit})", frame), size, "ls")
        return
    canvas.text((left, top - 38), _fitting(canvas, shown.title, frame), size * 1.1, "ls")
    turned = f", y axis {sky.north_deg:.1f} degrees from north" if sky.north_deg else ""
    canvas.text((left, top - 12), f"offsets from {position(sky)}{turned}" if sky.centre else "", size * 0.85, "ls")


def _fitting(canvas, words, frame):
    room, size = frame.width - (frame.left if frame.bar else 4) - 4, frame.letters * (1.1 if frame.bar else 1)
    if canvas.length_of(words, size) <= room:
        return words
    while words and canvas.length_of(f"{words}...", size) > room:
        words = words[:-1]
    return f"{words}..."


def _brightness(plot, bounds, unit):
    low, high = bounds
    canvas, letters = plot.canvas, plot.frame.letters
    left, top, right, bottom = plot.box[2] + 16, plot.box[1], plot.box[2] + 38, plot.box[3]
    canvas.put(np.arange(SHADES, dtype=np.uint8)[::-1, None], (left, top, right, bottom))
    canvas.frame((left, top, right, bottom))
    for value, words in _labelled(low, high, 8):
        y = bottom - (value - low) / (high - low) * (bottom - top)
        canvas.line([(right, y), (right + TICK, y)])
        canvas.text((right + TICK + 3, y), words, letters * 0.9, "lm")
    canvas.upright((right + 100, (top + bottom) / 2), unit, letters)


def _beam(plot, shown):
    """An ellipse as large as the beam, in the lower left corner; not where it would hide the picture."""
    if shown.beam is None or shown.sky.north_deg:
        return
    left, _, right, bottom = plot.box
    major, minor = (max(1.0, length * plot.scale / 2) for length in shown.beam[:2])
    room = 2 * major + plot.frame.letters * 0.6
    if not room < (right - left) / 3:
        return
    corner = (left + 1, bottom - room, left + room, bottom)
    plot.canvas.blank(corner)
    plot.canvas.frame(corner, 0.5)
    middle = ((corner[0] + corner[2]) / 2, (corner[1] + corner[3]) / 2)
    plot.canvas.polygon(_ellipse(middle, major, minor, math.radians(shown.beam[2])))


def _ellipse(middle, major, minor, angle):
    """`angle` from the top to the left, as from north to east."""
    for step in range(60):
        along, across = major * math.cos(step * math.pi / 30), minor * math.sin(step * math.pi / 30)
        x = -along * math.sin(angle) + across * math.cos(angle)
        y = -along * math.cos(angle) - across * math.sin(angle)
        yield middle[0] + x, middle[1] + y


def _scale_bar(plot):
    """A round number of arcsec, a fifth of the picture or somewhat more, in the lower right corner."""
    _, _, right, bottom = plot.box
    canvas, letters, span = plot.canvas, plot.frame.letters, abs(plot.x[1] - plot.x[0])
    length = scales.step_of(span / 5, 1)
    pixels, words = length * plot.scale, f"{length:.6g} arcsec"
    room = max(pixels, canvas.length_of(words, letters * 0.9)) + letters
    if not room < span * plot.scale:
        return
    corner = (right - room, bottom - letters * 2.1, right, bottom)
    canvas.blank(corner)
    canvas.frame(corner, 0.5)
    middle, y = (corner[0] + corner[2]) / 2, bottom - letters * 0.5
    canvas.line([(middle - pixels / 2, y), (middle + pixels / 2, y)], width=letters / 6)
    canvas.text((middle, y - letters * 0.35), words, letters * 0.9, "ms")
