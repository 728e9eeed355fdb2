"""An image is looked at while its bytes pass: what it is, what is odd about it, what is wrong with it.

Only the blocks of its headers, running sums and a sample of its pixels are held, whatever its size.
"""

from dataclasses import dataclass, field

from products import marks, naming
from products.fits import beams, packed
from products.fits.broken import BrokenError
from products.fits.differences import differences
from products.fits.facts import facts
from products.fits.units import Data, Units


@dataclass(frozen=True)
class Inspected:
    """`header` is empty where there is no image; `problem` is the reason of a quarantine, or empty."""

    header: dict = field(default_factory=dict)  # products/fits/facts.py says what is in it
    marks: list[str] = field(default_factory=list)  # products/marks.py
    problem: str = ""


class Inspection:
    """Told the bytes of a file piece by piece, of any size; where the name promises no FITS it has nothing to say.

    `name` is the file's own name, which its header is held against; `size` its bytes as delivered, packed if it is.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._told = 0
        self._promised = packed.is_fits(name)
        self._layer, self._units = packed.layer(name), Units()
        self._broken = ""

    def update(self, piece: bytes | memoryview) -> "Inspection":
        self._told += len(piece)
        if self._promised and not self._broken:
            try:
                for part in self._layer.unpack(piece):
                    self._units.update(part)
            except BrokenError as error:
                self._broken = str(error)
        return self

    def result(self) -> Inspected:
        """What was found, once all bytes have passed."""
        if not self._promised:
            return Inspected()
        problem = self._problem()
        first = self._units.all[0] if self._units.all else None
        if first is None or not first.unit.is_image:
            return Inspected(problem=problem)
        return self._of_image(first, problem)

    def _problem(self) -> str:
        """A packing that is not whole says more than the image that is cut short by it."""
        try:
            if not self._broken and self._told != self._size:
                raise BrokenError(f"ends too early: {self._told} of its {self._size} bytes were there")
            if not self._broken:
                self._layer.end()
                self._units.end()
        except BrokenError as error:
            self._broken = str(error)
        return f"The file {self._name} {self._broken}." if self._broken else ""

    def _of_image(self, first: Data, problem: str) -> Inspected:
        header = facts(first.unit, _beams(self._units.all))
        if problem:
            return Inspected(header, [], problem)
        assert first.pixels  # noqa: S101 (for mypy: it is an image)
        header |= {"rms": first.pixels.rms, "peak": first.pixels.peak}
        found = differences(self._name, first.unit.cards, header)
        if first.pixels.blank and naming.parse(self._name).layer == "pbcor":
            found.append(marks.BLANK)
        return Inspected(header, found)


def _beams(units: list[Data]) -> list[beams.Beam]:
    """Of the table that the first header promises."""
    if units[0].unit.cards.get("CASAMBM") is not True:
        return []
    tables = (one for one in units if one.table is not None)
    return next((beams.of_table(one.unit.cards, bytes(one.table or b"")) for one in tables), [])
