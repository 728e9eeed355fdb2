"""The STC-S that ALMA writes for footprints: Circle, Polygon, Union ( ... ) and Not (...), in ICRS degrees.

A text becomes a flat list of rings.  Rings under Not are holes, and a hole is taken from the whole, wherever it is
written; all others are outlines.
"""

import re
from dataclasses import dataclass

from archive.errors import ArchiveError

LONGEST = 200_000  # characters; the longest of ALMA's have some ten thousand

_WORDS = {"circle", "polygon", "union", "not", "(", ")"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


class RegionError(ArchiveError):
    code = "not-a-region"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This region cannot be used: {why}.",
            "Write it as ALMA does, in degrees: Circle ICRS 337.2507 -69.1751 0.0082, or Polygon ICRS with three or "
            "more vertices, several of them as Union ICRS ( ... ), holes as Not ( ... ).",
        )
        self.why = why


@dataclass(slots=True)
class Ring:
    """A circle has one vertex, its centre, and a radius; a polygon has three or more and none."""

    degrees: list[float]  # ra, dec, ra, dec, ...
    radius_deg: float | None = None
    hole: bool = False


def read(text: str) -> list[Ring]:
    if len(text) > LONGEST:
        raise RegionError(f"its text has {len(text)} characters, more than {LONGEST}")
    if not text.isascii() or "_" in text:
        raise RegionError("its text has characters that are in no region")
    pieces = text.replace("(", " ( ").replace(")", " ) ").replace(",", " ").split()
    # Numbers, which most are, lie between these two
    words = [at for at, piece in enumerate(pieces) if not "*" < piece < ":" and piece.lower() in _WORDS]
    if not words or words[0]:
        raise RegionError(f"it begins with {_short(pieces[0])}" if pieces else "it has no shape")
    reading = _Reading()
    for at, next_ in zip(words, [*words[1:], len(pieces)], strict=True):
        reading.take(pieces[at].lower(), pieces[at + 1 : next_])
    return reading.end()


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else f"{text[:30]}...")


class _Reading:
    """How far a text is read: whether each open bracket is one of holes, and what word waits for its bracket."""

    def __init__(self) -> None:
        self.rings: list[Ring] = []
        self.brackets = [False]
        self.waiting = ""

    def take(self, word: str, numbers: list[str]) -> None:
        if word in ("circle", "polygon"):
            self._shape(word, _degrees(numbers))
            return
        if numbers and not (word == "union" and [number.upper() for number in numbers] == ["ICRS"]):
            raise RegionError(f"{_short(numbers[0])} follows {word!r}")
        if word == "(":
            self._open()
        elif word == ")":
            self._close()
        elif self.waiting:
            raise RegionError(f"{word!r} follows {self.waiting!r} without a bracket")
        else:
            self.waiting = word

    def end(self) -> list[Ring]:
        if len(self.brackets) > 1 or self.waiting:
            raise RegionError("its text ends too early")
        if all(ring.hole for ring in self.rings):
            raise RegionError("it has no shape but holes" if self.rings else "it has no shape")
        return self.rings

    def _shape(self, word: str, degrees: list[float]) -> None:
        if self.waiting == "union":
            raise RegionError("Union has no bracket")
        hole = self._within_not()
        if word == "polygon":
            if len(degrees) % 2:
                raise RegionError(f"Polygon with {len(degrees)} numbers, which make no pairs")
            if len(degrees) < 6:
                raise RegionError(f"Polygon with {len(degrees) // 2} vertices")
            self.rings.append(Ring(degrees, None, hole))
        elif len(degrees) == 3:
            self.rings.append(Ring(degrees[:2], degrees[2], hole))
        else:
            raise RegionError(f"Circle with {len(degrees)} numbers instead of three")

    def _within_not(self) -> bool:
        hole, self.waiting = self.waiting == "not", ""
        if hole and self.brackets[-1]:
            raise RegionError("Not within Not")
        return hole or self.brackets[-1]

    def _open(self) -> None:
        if not self.waiting:
            raise RegionError("a bracket opens without Union or Not")
        self.brackets.append(self._within_not())

    def _close(self) -> None:
        if len(self.brackets) == 1 or self.waiting:
            raise RegionError("a bracket closes where none is open")
        self.brackets.pop()


def _degrees(words: list[str]) -> list[float]:
    if words and words[0].upper() == "ICRS":
        del words[0]
    try:
        return list(map(float, words))
    except ValueError:
        strange = next(word for word in words if not _NUMBER.fullmatch(word))
        raise RegionError(f"{_short(strange)} is no number") from None
