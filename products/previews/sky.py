"""Where the pixels of an image lie on the sky: offsets from its reference position, and its corners.

Offsets are true angles on the tangent plane, in arcsec, exact there and right to a pixel for the small fields of ALMA.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Any

from astropy.wcs import WCS, FITSFixedWarning
from astropy.wcs.wcs import NoConvergence, WcsError

ARCSEC = 3600.0
NAMES = {"RA": "RA", "DEC": "Dec", "GLON": "l", "GLAT": "b", "ELON": "lambda", "ELAT": "beta"}
NORTHWARD = 0.1  # degrees that north may be off the top before it is said


@dataclass(frozen=True)
class Axis:
    """Offset of the middle of pixel `i`, from 0: `(i + 1 - reference) * step`; in pixels where nothing is known."""

    name: str
    unit: str
    reference: float
    step: float

    def at(self, pixel: float) -> float:
        return (pixel + 1 - self.reference) * self.step

    def edges(self, length: int) -> tuple[float, float]:
        """Of the image: the outer borders of its first and last pixel."""
        return self.at(-0.5), self.at(length - 0.5)


@dataclass(frozen=True)
class Sky:
    x: Axis
    y: Axis
    frame: str = ""
    centre: tuple[float, float] | None = None  # degrees, of the offsets
    north_deg: float = 0.0  # of the y axis, from north to east

    @property
    def mirrored(self) -> tuple[bool, bool]:
        """Whether columns and rows must be turned round for east on the left and north on top."""
        return self.x.unit == "arcsec" and self.x.step > 0, self.y.unit == "arcsec" and self.y.step < 0


def sky_of(facts: dict[str, Any]) -> Sky:
    """From the facts of a header; in pixels where it names no directions."""
    wcs = facts.get("wcs") or {}
    try:
        names = [str(ctype).split("-")[0].strip() for ctype in wcs["ctype"][:2]]
        axes = [_axis(NAMES[name], wcs, number) for number, name in enumerate(names)]
        centre = (float(wcs["crval"][0]), float(wcs["crval"][1]))
    except (KeyError, IndexError, TypeError, ValueError):
        return Sky(Axis("x", "pixel", 1.0, 1.0), Axis("y", "pixel", 1.0, 1.0))
    return Sky(*axes, frame=_frame(wcs, names), centre=centre, north_deg=_turned(wcs))


def _axis(name, wcs, number) -> Axis:
    if str((wcs.get("cunit") or ["", ""])[number]).strip() not in {"", "deg"}:
        raise ValueError(name)
    step, reference = float(wcs["cdelt"][number]) * ARCSEC, float(wcs["crpix"][number])
    if not (step and math.isfinite(step) and math.isfinite(reference) and abs(reference * step) < 1e9):
        raise ValueError(name)
    return Axis(name, "arcsec", reference, step)


def _frame(wcs, names) -> str:
    if names[0] == "RA":
        return str(wcs.get("radesys") or "").strip() or ("FK5" if wcs.get("equinox") == 2000 else "")
    return "Galactic" if names[0] == "GLON" else ""


def _turned(wcs) -> float:
    """By PC or CD of the header, where it has one that is more than the identity."""
    pc = wcs.get("pc")
    try:
        angle = math.degrees(math.atan2(float(pc[1][0]), float(pc[0][0]))) if pc else 0.0
    except (IndexError, TypeError, ValueError):
        return 0.0
    return angle if abs(angle) > NORTHWARD else 0.0


def corners(facts: dict[str, Any], nx: int, ny: int) -> list[list[float]] | None:
    """Longitude and latitude (degrees) of the middles of the corner pixels, the first one first."""
    wcs = facts.get("wcs") or {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FITSFixedWarning)
            found = WCS(naxis=2)
            found.wcs.ctype = [str(ctype) for ctype in wcs["ctype"][:2]]
            for name in ("crval", "crpix", "cdelt"):
                setattr(found.wcs, name, [float(value) for value in wcs[name][:2]])
            if wcs.get("pc"):
                found.wcs.pc = [row[:2] for row in wcs["pc"][:2]]
            places = found.wcs_pix2world([[0, 0], [nx - 1, 0], [nx - 1, ny - 1], [0, ny - 1]], 0)
    except (KeyError, IndexError, TypeError, ValueError, WcsError, NoConvergence):
        return None
    rounded = [[round(float(value), 8) for value in place] for place in places]
    return rounded if all(math.isfinite(value) for place in rounded for value in place) else None


def position(sky: Sky) -> str:
    """The reference position in words: `ICRS 02:41:04.799 -08:15:20.75`."""
    if sky.centre is None:
        return ""
    longitude, latitude = sky.centre
    if sky.x.name != "RA":
        return f"{sky.frame} {longitude:.5f} {latitude:+.5f}".strip()
    hours = _sexagesimal((longitude % 360) / 15, 3)
    return f"{sky.frame} {hours} {'-' if latitude < 0 else '+'}{_sexagesimal(abs(latitude), 2)}".strip()


def _sexagesimal(value: float, decimals: int) -> str:
    units = round(value * 3600 * 10**decimals)
    seconds, part = divmod(units, 10**decimals)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{part:0{decimals}d}"
