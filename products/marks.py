"""What can be odd about a file that is good to have.  A mark refuses nothing: it is shown with its sentence."""

from collections.abc import Iterable

from archive import roles
from archive.sources import source_key
from products import naming

UNRECOGNISED = "unrecognised"
COARSE_PIXELS = "coarse-pixels"
NO_PB = "no-pb"
OTHER_OBJECT = "other-object"
OTHER_SPW = "other-spw"
OTHER_STOKES = "other-stokes"
OTHER_CHANNELS = "other-channels"
BLANK = "blank"
UNREAD = "unread"

SENTENCES = {
    UNRECOGNISED: "The form of its name is not known.",
    COARSE_PIXELS: "Its pixels are coarse for its beam: fewer than three across the minor axis.",
    NO_PB: "The package holds no primary beam for it.",
    OTHER_OBJECT: "Its header names another object than its name.",
    OTHER_SPW: "Its header names other spectral windows than its name.",
    OTHER_STOKES: "Its Stokes axis is another than its name says.",
    OTHER_CHANNELS: "Its number of channels does not fit the mode in its name.",
    BLANK: "None of its pixels has a value.",
    UNREAD: "The archive has not read its bytes yet; its checksums are those that came with it.",
}


def sentences(product) -> list[str]:
    return [SENTENCES[mark] for mark in product.marks]


def of_name(name: str, role: str, *, cycle0: bool = False) -> list[str]:
    """The marks that a file has by its name and role alone.  Images of Cycle 0 had names as their makers liked."""
    free = role == "science_image" and naming.parse(name).source is None and not cycle0
    return [UNRECOGNISED] if free or role == roles.OTHER else []


def without_pb(names: Iterable[str]) -> list[str]:
    """Those corrected images among the names of one package that come without their primary beam.

    Total power has none.  Stokes parameters and Taylor terms of one image share it; a self-calibrated image may have
    another extent than the other one, and then it has a primary beam of its own.  Early packages call it `flux`.
    """
    images = [naming.parse(name) for name in names]
    there = {_subject(image) for image in images if image.layer in {"pb", "flux"}}
    return [image.name for image in images if image.layer == "pbcor" and _subject(image) not in there]


def _subject(image: naming.ProductName) -> tuple:
    return source_key(image.source or ""), image.intent, image.spws, image.mode, image.calibration
