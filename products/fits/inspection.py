"""An image is looked at while its bytes pass: what it is, what is odd about it, what is wrong with it."""

import io
from dataclasses import dataclass, field

from products.fits.image import subject

START_BYTES = 2**20


@dataclass(frozen=True)
class Inspected:
    """`header` is empty where there is no image; `problem` is the reason of a quarantine, or empty."""

    header: dict = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)  # products/marks.py
    problem: str = ""


class Inspection:
    """Told the bytes of a file piece by piece, of any size; holds little of them.

    `name` is the file's own name, which its header is held against; `size` its bytes as delivered.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._start = bytearray()

    def update(self, piece: bytes) -> "Inspection":
        self._start += piece[: START_BYTES - len(self._start)]
        return self

    def result(self) -> Inspected:
        """What was found, once all bytes have passed."""
        return Inspected(subject(io.BytesIO(self._start)))
