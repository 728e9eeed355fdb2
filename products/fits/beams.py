"""The beam of an image: in its header, or one for each channel in a table that CASA adds (CASAMBM)."""

from dataclasses import dataclass

import numpy

from products.fits.cards import Cards

ARCSEC = 3600.0
# FITS standard 4.0, section 7.3.3: types of columns that numbers of a beam may have.
_TYPES = {"E": ">f4", "D": ">f8", "J": ">i4", "I": ">i2", "K": ">i8"}
_TO_ARCSEC = {"arcsec": 1.0, "deg": ARCSEC, "": 1.0}


@dataclass(frozen=True)
class Beam:
    major_arcsec: float
    minor_arcsec: float
    angle_deg: float


def of_header(cards: Cards) -> Beam | None:
    """BMAJ and BMIN are in degrees."""
    major, minor = cards.number("BMAJ"), cards.number("BMIN")
    if not major or not minor:
        return None
    return Beam(major * ARCSEC, minor * ARCSEC, cards.number("BPA", 0.0) or 0.0)


def of_table(cards: Cards, rows: bytes | bytearray) -> list[Beam]:
    """Of all channels and Stokes parameters that have one; none where the table has another form."""
    columns, width = _columns(cards), cards.count("NAXIS1")
    fields = [columns[name] for name in ("BMAJ", "BMIN", "BPA") if name in columns]
    if len(fields) < 3 or any(start + kind.itemsize > width for start, kind, _ in fields):
        return []
    table = numpy.frombuffer(rows, "u1")[: len(rows) // width * width].reshape(-1, width)
    major, minor, angle = (_column(table, start, kind) for start, kind, _ in fields)
    major, minor = (axis * _TO_ARCSEC.get(field[2], 1.0) for axis, field in zip((major, minor), fields, strict=False))
    known = numpy.isfinite(major) & numpy.isfinite(minor) & numpy.isfinite(angle) & (major > 0)
    return [Beam(*map(float, beam)) for beam in zip(major[known], minor[known], angle[known], strict=True)]


def middle(beams: list[Beam]) -> Beam | None:
    """The median by major axis: the beam to tell where there are many."""
    return sorted(beams, key=lambda beam: beam.major_arcsec)[len(beams) // 2] if beams else None


def _columns(cards: Cards) -> dict[str, tuple[int, numpy.dtype, str]]:
    """Name -> first byte, type and unit; what follows a column of a form we do not know has no known place."""
    found = {}
    start = 0
    for number in range(1, cards.count("TFIELDS", 0) + 1):
        form = cards.text(f"TFORM{number}").removeprefix("1")
        if form not in _TYPES:
            break
        kind = numpy.dtype(_TYPES[form])
        found[cards.text(f"TTYPE{number}")] = start, kind, cards.text(f"TUNIT{number}")
        start += kind.itemsize
    return found


def _column(table: numpy.ndarray, start: int, kind: numpy.dtype) -> numpy.ndarray:
    return table[:, start : start + kind.itemsize].copy().view(kind)[:, 0].astype("f8")
