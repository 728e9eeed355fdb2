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


def picture(shown: Shown, width: int) -> bytes:
    """A PNG, `width` pixels wide."""
    frame = FRAMES[width]
    rows, columns = shown.image.shape
    high = max(1, round(frame.across * rows / columns))
    across = frame.across if high <= frame.across else max(1, round(frame.across * frame.across / high))
    high = min(high, frame.across)
    box = (frame.left, frame.top, frame.left + across, frame.top + high)
    canvas = Canvas(width, frame.top + high + frame.bottom)
    low, high_value = scales.bounds(shown.image)
    canvas.put(_turned(scales.shaded(shown.image, low, high_value, SHADES, NOTHING), shown.sky), box)
    canvas.frame(box)
    axes = _axes(shown)
    _beam(canvas, frame, box, shown, axes)
    _scale_bar(canvas, frame, box, shown, axes)
    _ticks(canvas, frame, box, axes)
    _words(canvas, frame, box, shown)
    if frame.bar:
        _brightness(canvas, frame, box, (low, high_value), shown.unit)
    return canvas.png()


def _turned(shades, sky):
    """Rows from the top; east on the left and north on top."""
    mirrored, upside_down = sky.mirrored
    shades = shades[:, ::-1] if mirrored else shades
    return shades if upside_down else shades[::-1]


def _axes(shown):
    """Offsets at the left, right, bottom and top border of the plot."""
    rows, columns = (length * shown.block for length in shown.image.shape)
    mirrored, upside_down = shown.sky.mirrored
    x, y = shown.sky.x.edges(columns), shown.sky.y.edges(rows)
    return (x[::-1] if mirrored else x) + (y[::-1] if upside_down else y)


def _ticks(canvas, frame, box, axes):
    left, top, right, bottom = box
    size, tick = frame.letters, TICK if frame.bar else 3
    many = 7 if frame.bar else 3
    for values, words in _labelled(axes[0], axes[1], many):
        x = left + (values - axes[0]) / (axes[1] - axes[0]) * (right - left)
        canvas.line([(x, bottom), (x, bottom + tick)])
        canvas.text((x, bottom + tick + 2), words, size, "mt")
    for values, words in _labelled(axes[2], axes[3], many):
        y = bottom - (values - axes[2]) / (axes[3] - axes[2]) * (bottom - top)
        canvas.line([(left - tick, y), (left, y)])
        canvas.text((left - tick - 3, y), words, size, "rm")


def _labelled(low, high, many):
    found = scales.ticks(min(low, high), max(low, high), many)
    return zip(found, scales.labels(found), strict=True)


def _words(canvas, frame, box, shown):
    left, top, right, bottom = box
    sky, size = shown.sky, frame.letters
    kind = "offset" if sky.centre else "axis"
    unit = sky.x.unit if frame.bar else {"arcsec": '"'}.get(sky.x.unit, sky.x.unit)
    canvas.text(((left + right) / 2, canvas.height - 6), f"{sky.x.name} {kind} ({unit})", size, "ms")
    canvas.upright((size * 0.75, (top + bottom) / 2), f"{sky.y.name} {kind} ({unit})", size)
    if not frame.bar:
        canvas.text((left, top - 6), _fitting(canvas, f"{shown.title} ({shown.unit})", frame), size, "ls")
        return
    canvas.text((left, top - 38), _fitting(canvas, shown.title, frame), size * 1.1, "ls")
    turned = f", y axis {sky.north_deg:.1f} degrees from north" if sky.north_deg else ""
    canvas.text((left, top - 12), f"offsets from {position(sky)}{turned}" if sky.centre else "", size * 0.85, "ls")


def _fitting(canvas, words, frame):
    room, size = frame.width - frame.left - 4, frame.letters * 1.1
    if canvas.length_of(words, size) <= room:
        return words
    while words and canvas.length_of(f"{words}...", size) > room:
        words = words[:-1]
    return f"{words}..."


def _brightness(canvas, frame, box, bounds, unit):
    low, high = bounds
    left, top, right, bottom = box[2] + 16, box[1], box[2] + 38, box[3]
    canvas.put(np.arange(SHADES, dtype=np.uint8)[::-1, None], (left, top, right, bottom))
    canvas.frame((left, top, right, bottom))
    for value, words in _labelled(low, high, 8):
        y = bottom - (value - low) / (high - low) * (bottom - top)
        canvas.line([(right, y), (right + TICK, y)])
        canvas.text((right + TICK + 3, y), words, frame.letters * 0.9, "lm")
    canvas.upright((canvas.width - frame.letters * 0.75, (top + bottom) / 2), unit, frame.letters)


def _beam(canvas, frame, box, shown, axes):
    """An ellipse as large as the beam, in the lower left corner; not where it would hide the picture."""
    if shown.beam is None or shown.sky.x.unit != "arcsec" or shown.sky.north_deg:
        return
    scale = (box[2] - box[0]) / abs(axes[1] - axes[0])
    major, minor = (max(1.0, length * scale / 2) for length in shown.beam[:2])
    room = 2 * major + frame.letters * 0.6
    if not room < (box[2] - box[0]) / 3:
        return
    corner = (box[0] + 1, box[3] - room, box[0] + room, box[3])
    canvas.blank(corner)
    canvas.frame(corner, 0.5)
    middle = ((corner[0] + corner[2]) / 2, (corner[1] + corner[3]) / 2)
    canvas.polygon(_ellipse(middle, major, minor, math.radians(shown.beam[2])))


def _ellipse(middle, major, minor, angle):
    """`angle` from the top to the left, as from north to east."""
    for step in range(60):
        along, across = major * math.cos(step * math.pi / 30), minor * math.sin(step * math.pi / 30)
        x = -along * math.sin(angle) + across * math.cos(angle)
        y = -along * math.cos(angle) - across * math.sin(angle)
        yield middle[0] + x, middle[1] + y


def _scale_bar(canvas, frame, box, shown, axes):
    if shown.sky.x.unit != "arcsec":
        return
    span = abs(axes[1] - axes[0])
    length = scales.step_of(span / 5, 1) if span > 0 else 0
    if not 0 < length < span / 2:
        return
    pixels, words = length / span * (box[2] - box[0]), f"{length:.6g} arcsec"
    room = max(pixels, canvas.length_of(words, frame.letters * 0.9)) + frame.letters
    corner = (box[2] - room, box[3] - frame.letters * 2.1, box[2], box[3])
    canvas.blank(corner)
    canvas.frame(corner, 0.5)
    middle, y = (corner[0] + corner[2]) / 2, box[3] - frame.letters * 0.5
    canvas.line([(middle - pixels / 2, y), (middle + pixels / 2, y)], width=frame.letters / 6)
    canvas.text((middle, y - frame.letters * 0.35), words, frame.letters * 0.9, "ms")
