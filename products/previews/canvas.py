"""What is drawn on: one byte per pixel; ink is drawn twice as large and made small, so that its edges are soft.

Colours are indices: first the scale of brightness, then greys for the ink, then blues for curves.  A picture of that
kind is made, and made small, several times as fast as one of true colours.
"""

import functools
import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SHADES = 192
GREYS = range(SHADES, SHADES + 32)  # white to black
BLUES = range(GREYS.stop, GREYS.stop + 31)  # white to blue
NOTHING = BLUES.stop  # the colour of a pixel without value
BLUE = (11, 92, 143)
FINER = 2


def cubehelix(shades: int = SHADES) -> np.ndarray:
    """Green 2011 (Bull. Astron. Soc. India 39, 289): brightness rises evenly, in colour as in grey.  RGB, 0 to 255."""
    light = np.linspace(0, 1, shades)
    angle = 2 * math.pi * (0.5 / 3 + 1 - 1.5 * light)
    amount = 1.0 * light * (1 - light) / 2
    turn = np.array([[-0.14861, 1.78277], [-0.29227, -0.90649], [1.97294, 0.0]])
    colours = light[:, None] + amount[:, None] * (np.stack([np.cos(angle), np.sin(angle)], axis=1) @ turn.T)
    return np.round(255 * np.clip(colours, 0, 1)).astype(np.uint8)


@functools.cache
def palette() -> bytes:
    greys = np.linspace(255, 20, len(GREYS))[:, None].repeat(3, axis=1)
    blues = np.linspace((255, 255, 255), BLUE, len(BLUES))
    return np.concatenate([cubehelix(), greys, blues, [[222, 226, 230]]]).astype(np.uint8).tobytes()


@functools.cache
def font(size: int):
    return ImageFont.load_default(size)


class Canvas:
    """`size` pixels wide and `height` high; places are pixels from the upper left corner, and may be fractions."""

    def __init__(self, size: int, height: int | None = None) -> None:
        self.width, self.height = size, height or size
        self._colours = np.full((self.height, self.width), GREYS.start, np.uint8)
        self._layers = {shades: self._layer() for shades in (BLUES, GREYS)}  # what is written stands on what is drawn

    def _layer(self):
        image = Image.new("L", (self.width * FINER, self.height * FINER), 0)
        return image, ImageDraw.Draw(image)

    def put(self, shades: np.ndarray, box: tuple[int, int, int, int]) -> None:
        """A picture of colour indices, its first row on top, stretched over `box` (left, top, right, bottom)."""
        left, top, right, bottom = box
        image = Image.fromarray(np.ascontiguousarray(shades)).resize((right - left, bottom - top), Image.NEAREST)
        self._colours[top:bottom, left:right] = np.asarray(image)

    def blank(self, box: tuple[float, float, float, float]) -> None:
        left, top, right, bottom = (round(value) for value in box)
        self._colours[top:bottom, left:right] = GREYS.start

    def line(self, points, *, width: float = 1, shades: range = GREYS) -> None:
        places = [(FINER * x, FINER * y) for x, y in points]
        self._layers[shades][1].line(places, fill=255, width=max(1, round(FINER * width)), joint="curve")

    def dots(self, points, radius: float, shades: range = BLUES) -> None:
        for x, y in points:
            box = [FINER * (x - radius), FINER * (y - radius), FINER * (x + radius), FINER * (y + radius)]
            self._layers[shades][1].ellipse(box, fill=255)

    def frame(self, box: tuple[float, float, float, float], width: float = 1) -> None:
        left, top, right, bottom = box
        self.line([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], width=width)

    def polygon(self, points) -> None:
        self._layers[GREYS][1].polygon([(FINER * x, FINER * y) for x, y in points], fill=255)

    def text(self, place: tuple[float, float], words: str, size: float, anchor: str = "mm") -> None:
        """`anchor` as Pillow has it: l, m or r of the line, then t, m or s (its foot)."""
        at = (FINER * place[0], FINER * place[1])
        self._layers[GREYS][1].text(at, words, fill=255, font=font(round(FINER * size)), anchor=anchor)

    def upright(self, place: tuple[float, float], words: str, size: float) -> None:
        """Text that is read from below to above, its middle at `place`."""
        letters = font(round(FINER * size))
        left, top, right, bottom = (round(edge) for edge in letters.getbbox(words))
        flat = Image.new("L", (right - left + 4, bottom - top + 4), 0)
        ImageDraw.Draw(flat).text((2 - left, 2 - top), words, fill=255, font=letters)
        turned = flat.rotate(90, expand=True)
        corner = (round(FINER * place[0] - turned.width / 2), round(FINER * place[1] - turned.height / 2))
        self._layers[GREYS][0].paste(turned, corner)

    def length_of(self, words: str, size: float) -> float:
        return font(round(FINER * size)).getlength(words) / FINER

    def png(self) -> bytes:
        for shades, (image, _) in self._layers.items():
            ink = np.asarray(image.reduce(FINER), np.uint16)
            inked = ink > 4
            self._colours[inked] = (shades.start + ink[inked] * (len(shades) - 1) // 255).astype(np.uint8)
        picture = Image.fromarray(self._colours, "P")
        picture.putpalette(palette())
        packed = io.BytesIO()
        picture.save(packed, "PNG", compress_level=3)
        return packed.getvalue()
