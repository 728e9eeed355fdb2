"""FITS files of an image: written, compressed where the archive does, and their header compared with the order.

CASA moves a start that lies outside the data into the band and says nothing, so what the header says is checked, not
what was asked.  The header is read by its 80-character cards; no FITS library is needed for that.
"""

import gzip
import math
import pathlib
import shutil

from restores.casa import names, spectra, tasks
from restores.casa.failures import Failure
from restores.casa.order import Cube, ImageOrder

CARD = 80
BLOCK = 2880
# pbcor as it is, its companions compressed, as the archive delivers them.
LAYERS = {"pbcor": "image.pbcor", "pb": "pb", "mask": "mask"}


def export(name: pathlib.Path, stem: pathlib.Path, layer: str, *, velocity: bool) -> pathlib.Path | None:
    """The FITS file of one layer, or None where CASA made no such image."""
    image = name.with_name(f"{name.name}.{LAYERS[layer]}")
    if not image.exists():
        return None
    plain = stem.with_name(f"{stem.name}.{layer}.fits")
    tasks.run("exportfits", imagename=image, fitsimage=plain, velocity=velocity, optical=False, stokeslast=True)
    return plain if layer == "pbcor" else _compressed(plain)


def _compressed(plain: pathlib.Path) -> pathlib.Path:
    packed = plain.with_name(f"{plain.name}.gz")
    with (
        plain.open("rb") as source,
        packed.open("wb") as target,
        # Neither name nor time inside, so that the same image gives the same bytes.
        gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=target, mtime=0) as out,
    ):
        shutil.copyfileobj(source, out, 1024**2)
    plain.unlink()
    return packed


def header(path: pathlib.Path) -> dict[str, str | float]:
    cards: dict[str, str | float] = {}
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            for card in (block[at : at + CARD].decode("ascii") for at in range(0, len(block), CARD)):
                if card.startswith("END "):
                    return cards
                if card[8:10] == "= ":
                    cards[card[:8].strip()] = _value(card[10:])
    return cards


def _value(text: str) -> str | float:
    text = text.strip()
    if text.startswith("'"):
        return text[1:].split("'", 1)[0].strip()
    try:
        return float(text.split("/", 1)[0])
    except ValueError:
        return text.split("/", 1)[0].strip()


def require_sky(path: pathlib.Path, image: ImageOrder) -> None:
    """Unit, frame, beam and object of any image."""
    cards = header(path)
    _require(path, "BUNIT", cards.get("BUNIT"), cards.get("BUNIT") == "Jy/beam")
    _require(path, "SPECSYS", cards.get("SPECSYS"), cards.get("SPECSYS") == "LSRK")
    _require(path, "BMAJ", cards.get("BMAJ"), float(cards.get("BMAJ") or 0) > 0)
    same = names.source_key(str(cards.get("OBJECT", ""))) == image.source_key
    _require(path, "OBJECT", cards.get("OBJECT"), same)


def require_channels(path: pathlib.Path, cube: Cube) -> None:
    """The spectral axis is the one that was ordered, to a hundredth of a channel."""
    cards = header(path)
    kind, start, step = spectral_axis(cube)
    number = lambda card: float(cards.get(card, math.nan))  # noqa: E731 - six uses, one meaning
    _require(path, "CTYPE3", cards.get("CTYPE3"), cards.get("CTYPE3") == kind)
    _require(path, "NAXIS3", cards.get("NAXIS3"), number("NAXIS3") == cube.nchan)
    _require(path, "RESTFRQ", cards.get("RESTFRQ"), math.isclose(number("RESTFRQ"), cube.restfreq_hz, rel_tol=1e-9))
    first = number("CRVAL3") + (1 - number("CRPIX3")) * number("CDELT3")
    _require(path, "CRVAL3", first, abs(first - start) < 0.01 * abs(step))
    drift = abs(number("CDELT3") - step) * cube.nchan
    _require(path, "CDELT3", cards.get("CDELT3"), drift < 0.01 * abs(step))


def spectral_axis(cube: Cube) -> tuple[str, float, float]:
    """Type of the axis, centre of its first channel and its step: Hz, or m/s for a velocity request."""
    if cube.mode == "frequency":
        return "FREQ", cube.start_hz, cube.width_hz
    first = spectra.velocity_at(cube.start_hz, cube.restfreq_hz)
    return "VRAD", first, spectra.velocity_at(cube.start_hz + cube.width_hz, cube.restfreq_hz) - first


def _require(path: pathlib.Path, card: str, found: object, right: bool) -> None:
    if not right:
        raise Failure(
            "header-differs",
            f"{card} of {path.name} is {found}, which is not what was ordered.",
            "This is a fault of the imaging, not of the request: tell the helpdesk.",
        )
