"""One image that has to be there: a result that we made, or the beginning of a file that may be one."""

import zlib
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from products.fits import packed, scan
from products.fits.broken import BrokenError
from products.fits.facts import facts

READ_BYTES = 2**20


class UnreadableImageError(ArchiveError):
    """A file that should be a FITS image and is not, or not all of it."""

    status = 422
    code = "unreadable-image"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "Make it again, or look at it with a FITS verifier.")


def read_image(path: Path) -> dict:
    """The facts of the image in `path` (products/fits/facts.py); `UnreadableImageError` when there is none or it is cut
    short.  A packed file is read to its end, for only there it is known to be whole."""
    plain = isinstance(packed.layer(path.name), packed.Plain)
    found = scan.header(path) if plain else scan.whole(path)
    if found.problem:
        raise UnreadableImageError(found.problem)
    if not found.header:
        raise UnreadableImageError(f"The file {path.name} holds no image in its first unit.")
    return found.header


def subject(stream: BinaryIO) -> dict:
    """Shape and object of the image that `stream` begins with, plain or gzipped; nothing where it is no image."""
    try:
        start = stream.read(READ_BYTES)
        if start.startswith(packed.GZIP):
            start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start, READ_BYTES)
        unit = scan.first_unit(start)
    except (OSError, EOFError, zlib.error, BrokenError):
        return {}
    if unit is None or not unit.is_image or len(unit.shape) < 2:
        return {}
    said = facts(unit)
    return {name: said[name] for name in ("shape", "object", "object_key")}
