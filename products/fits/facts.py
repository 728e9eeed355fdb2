"""What a header says of its image, as plain values for a JSON column.

Frequencies in Hz, angles of beam and pixel in arcsec, the position angle in degrees, world coordinates in the units
that the header gives; lists by axis begin with NAXIS1.  What the header does not say is null or empty.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.sources import source_key
from products.fits import beams
from products.fits.beams import ARCSEC, Beam
from products.fits.cards import Cards
from products.fits.units import Unit

# Paper III names the frames; old headers have only the number of AIPS, which casacore extends (as its COMMENT says).
_VELREF = {1: "LSRK", 2: "BARYCENT", 3: "TOPOCENT", 4: "LSRD", 5: "GEOCENTR", 6: "SOURCE", 7: "GALACTOC"}
_RADIO = 256
_STOKES = {1: "I", 2: "Q", 3: "U", 4: "V"}
_DEGREES = {"": 1.0, "deg": 1.0, "rad": math.degrees(1), "arcsec": 1 / ARCSEC, "arcmin": 1 / 60}
_CASA = re.compile(r"CASA (\d[\w.-]*)")
_VERSION = re.compile(r"version: (?:CASA )?(\d[\w.-]*)")


@dataclass(frozen=True)
class SpectralAxis:
    """FITS paper III; `first` is the centre of channel one, `width` is signed."""

    ctype: str
    unit: str
    first: float
    width: float
    nchan: int


def facts(unit: Unit, table: Sequence[Beam] = ()) -> dict:
    """Of the image in `unit`; `table` are the beams of its channels where they have their own."""
    cards, shape = unit.cards, unit.shape
    one = beams.of_header(cards)
    found = [one] if one else list(table)
    beam = beams.middle(found)
    axis = spectral(cards, shape)
    name = cards.text("OBJECT")
    return {
        "shape": shape,
        "bitpix": unit.bitpix,
        "data_offset": unit.offset,
        "data_bytes": unit.data_bytes,
        **_scaling(cards),
        "unit": cards.text("BUNIT"),
        "object": name,
        "object_key": source_key(name),
        "wcs": wcs(cards, len(shape)),
        "beam": vars(beam) if beam else None,
        "beams": len(found),
        "spectral": vars(axis) if axis else None,
        "stokes": stokes(cards, shape),
        "frame": frame(cards),
        "restfreq_hz": cards.number("RESTFRQ", cards.number("RESTFREQ")),
        "pixel_arcsec": pixel(cards, shape),
        "rms": None,
        "peak": None,
        "date_obs": cards.text("DATE-OBS"),
        "date": cards.text("DATE"),
        "casa": casa(cards),
        "pipeline": cards.text("PIPEVER"),
    }


def wcs(cards: Cards, axes: int) -> dict:
    """Enough to make the coordinate system again; what is as the standard presumes is left out."""
    numbers = range(1, axes + 1)
    told = {
        "ctype": [cards.text(f"CTYPE{axis}") for axis in numbers],
        "crval": [cards.number(f"CRVAL{axis}", 0.0) for axis in numbers],
        "crpix": [cards.number(f"CRPIX{axis}", 0.0) for axis in numbers],
        "cdelt": [cards.number(f"CDELT{axis}", 1.0) for axis in numbers],
        "cunit": [cards.text(f"CUNIT{axis}") for axis in numbers],
        "radesys": cards.text("RADESYS") or cards.text("RADECSYS"),
        "equinox": cards.number("EQUINOX"),
        "specsys": cards.text("SPECSYS"),
    }
    said = {"pc": _matrix(cards, axes), "lonpole": cards.number("LONPOLE"), "latpole": cards.number("LATPOLE")}
    return told | {key: value for key, value in said.items() if value is not None}


def spectral(cards: Cards, shape: list[int]) -> SpectralAxis | None:
    for axis in range(1, len(shape) + 1):
        ctype, width = cards.text(f"CTYPE{axis}"), cards.number(f"CDELT{axis}")
        if ctype[:4] in {"FREQ", "VRAD", "VELO", "VOPT"} and width is not None:
            first = (cards.number(f"CRVAL{axis}", 0.0) or 0.0) + (
                1 - (cards.number(f"CRPIX{axis}", 1.0) or 0.0)
            ) * width
            return SpectralAxis(ctype, cards.text(f"CUNIT{axis}"), first, width, shape[axis - 1])
    return None


def stokes(cards: Cards, shape: list[int]) -> list[str] | None:
    """The parameters along the Stokes axis, if there is one; those beyond I, Q, U, V by number (paper I, table 7)."""
    for axis, length in enumerate(shape, start=1):
        if cards.text(f"CTYPE{axis}") == "STOKES":
            first, step = cards.number(f"CRVAL{axis}", 1.0) or 0.0, cards.number(f"CDELT{axis}", 1.0) or 0.0
            reference = cards.number(f"CRPIX{axis}", 1.0) or 0.0
            codes = [first + (pixel + 1 - reference) * step for pixel in range(min(length, 8))]
            return [_STOKES.get(round(code), str(round(code))) if math.isfinite(code) else "" for code in codes]
    return None


def frame(cards: Cards) -> str:
    said, velref = cards.text("SPECSYS"), cards.number("VELREF")
    return said or _VELREF.get(int(velref or 0) % _RADIO, "")


def pixel(cards: Cards, shape: list[int]) -> float | None:
    """The longer side of a pixel on the sky."""
    sides = []
    for axis in range(1, len(shape) + 1):
        step = cards.number(f"CDELT{axis}")
        if step and cards.text(f"CTYPE{axis}")[:4] in {"RA--", "DEC-", "GLON", "GLAT"}:
            sides.append(abs(step) * _DEGREES.get(cards.text(f"CUNIT{axis}"), 1.0) * ARCSEC)
    return max(sides, default=None)


def casa(cards: Cards) -> str:
    """The pipeline says it in CASAVER, exportfits in ORIGIN, and tclean in its log."""
    origin = _CASA.match(cards.text("ORIGIN"))
    if said := cards.text("CASAVER").removeprefix("CASA ") or (origin[1] if origin else ""):
        return said
    found = (_VERSION.search(line) for line in cards.history_with("version: "))
    return next((match[1] for match in found if match), "")


def _scaling(cards: Cards) -> dict:
    scale, zero = cards.number("BSCALE", 1.0), cards.number("BZERO", 0.0)
    return {} if (scale, zero) == (1.0, 0.0) else {"bscale": scale, "bzero": zero}


def _matrix(cards: Cards, axes: int) -> list[list[float]] | None:
    """PCi_j by rows, old headers write PC0i_0j; none where it is the unit matrix."""
    if not cards.any_begins("PC"):
        return None
    numbers = range(1, axes + 1)
    unit = [[float(row == column) for column in numbers] for row in numbers]
    rows = [[_element(cards, row, column) for column in numbers] for row in numbers]
    return None if rows == unit else rows


def _element(cards: Cards, row: int, column: int) -> float:
    said = cards.number(f"PC{row}_{column}")
    if said is None:
        said = cards.number(f"PC{row:02}_{column:02}", float(row == column))
    return said or 0.0
