"""What the header of an image says otherwise than its name, and pixels that are too coarse: marks, no faults.

Names are made by hand now and then, and old packages spell sources in their own way; so only what cannot be two
spellings of one thing is a difference.
"""

import re

from archive.sources import source_key
from products import marks, naming
from products.fits.cards import Cards

# NRAO's analysts look at images with fewer pixels across the minor axis; the pipeline goes down to as many to save
# space (FACTS 5 and 6).
PIXELS_PER_BEAM = 3
ONE_PLANE, MANY_PLANES = {"mfs", "cont"}, {"cube", "repBW"}
POLARISATIONS = {"I", "Q", "U", "V", "IQUV"}
_P_FOR_PLUS = re.compile(r"(?<=\d)p(?=\d)")


def differences(name: str, cards: Cards, header: dict) -> list[str]:
    """Marks of the image called `name`; `header` are its facts."""
    found = [marks.COARSE_PIXELS] if _coarse(header) else []
    parsed = naming.parse(name)
    if not parsed.intent:
        return found
    checks = {
        marks.OTHER_OBJECT: _other_object(parsed.source or "", header["object"]),
        marks.OTHER_SPW: _other_windows(list(parsed.spws), cards),
        marks.OTHER_STOKES: _other_stokes(parsed.stokes, header["stokes"]),
        marks.OTHER_CHANNELS: _other_channels(parsed.mode, header["spectral"]),
    }
    return found + [mark for mark, differs in checks.items() if differs]


def _coarse(header: dict) -> bool:
    beam, pixel = header["beam"], header["pixel_arcsec"]
    return bool(beam and pixel) and beam["minor_arcsec"] < PIXELS_PER_BEAM * pixel


def _other_object(named: str, said: str) -> bool:
    """Packages of early cycles write `J2136p0041` for J2136+0041 (FACTS 2.1)."""
    return bool(said) and _spelt(named) != _spelt(said)


def _spelt(name: str) -> str:
    return _P_FOR_PLUS.sub("+", source_key(name))


def _other_windows(named: list[int], cards: Cards) -> bool:
    """Names give virtual numbers; a long list is shortened in the header to `first,...,last` (FACTS 2.1)."""
    if "VIRTSPW" not in cards.keywords() and cards.get("SPWISVRT") is False:
        return False
    said = re.findall(r"\d+|\.\.\.", cards.text("VIRTSPW") or cards.text("SPW"))
    numbers = [int(word) for word in said if word != "..."]
    if "..." in said:
        return {min(named), max(named)} != {min(numbers), max(numbers)} if numbers else False
    return bool(numbers) and sorted(named) != sorted(numbers)


def _other_stokes(named: str | None, said: list[str] | None) -> bool:
    return bool(said) and named in POLARISATIONS and list(named) != said


def _other_channels(mode: str | None, spectral: dict | None) -> bool:
    channels = spectral["nchan"] if spectral else 1
    return (mode in ONE_PLANE and channels > 1) or (mode in MANY_PLANES and channels == 1)
