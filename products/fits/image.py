"""What the header of an image on disk says, as plain values.

Only headers are read.  Frequencies in Hz, angles in arcsec, the position angle in degrees.
"""

import gzip
import io
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from astropy.io import fits
from astropy.io.fits.verify import VerifyError

from archive.errors import ArchiveError
from archive.sources import source_key

ARCSEC = 3600.0
READ_BYTES = 2**20
GZIP = b"\x1f\x8b"
BROKEN = (OSError, EOFError, zlib.error, VerifyError, ValueError, TypeError, KeyError, IndexError)


class UnreadableImageError(ArchiveError):
    """A file that should be a FITS image and is not, or not all of it."""

    status = 422
    code = "unreadable-image"

    def __init__(self, name, why):
        super().__init__(
            f"The file {name} is not a whole FITS image: {why}.", "Make it again, or look at it with a FITS verifier."
        )


@dataclass(frozen=True)
class Beam:
    major_arcsec: float
    minor_arcsec: float
    angle_deg: float


@dataclass(frozen=True)
class SpectralAxis:
    """FITS paper III; `first` is the centre of channel one, `width` is signed."""

    ctype: str
    unit: str
    first: float
    width: float
    nchan: int


@dataclass(frozen=True)
class Image:
    shape: tuple[int, ...]  # NAXIS1 first
    object: str
    unit: str
    frame: str
    restfreq_hz: float | None
    spectral: SpectralAxis | None
    beam: Beam | None
    beams: int  # how many: more than one when each channel has its own

    def facts(self) -> dict:
        """For a JSON column."""
        return asdict(self) | {"object_key": source_key(self.object)}


def read_image(path: Path) -> Image:
    """The header of the image in `path`; `UnreadableImageError` when there is none or the file is cut short."""
    try:
        packed = path.suffix == ".gz"
        with fits.open(path, memmap=not packed, lazy_load_hdus=True) as hdus:
            hdu = hdus[0]
            header = hdu.header
            if not header.get("NAXIS"):
                raise UnreadableImageError(path.name, "its first unit holds no image")
            promised, present = hdu.fileinfo()["datLoc"] + _data_bytes(header), _length(path)
            if present < promised:
                raise UnreadableImageError(path.name, f"{promised - present} bytes are missing at its end")
            return _image(header, _beam_table(hdus, header))
    except BROKEN as error:
        raise UnreadableImageError(path.name, str(error) or type(error).__name__) from error


def subject(stream: BinaryIO) -> dict:
    """Shape and object of the image that `stream` begins with, plain or gzipped; nothing where it is no image."""
    try:
        start = stream.read(READ_BYTES)
        plain = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(start, READ_BYTES) if start[:2] == GZIP else start
        header = fits.Header.fromfile(io.BytesIO(plain), padding=False)
        axes = header.get("NAXIS", 0) if header.get("SIMPLE") is True else 0
        shape = [header[f"NAXIS{axis}"] for axis in range(1, axes + 1)]
    except BROKEN:
        return {}
    name = str(header.get("OBJECT", "")).strip()
    return {"shape": shape, "object": name, "object_key": source_key(name)} if len(shape) > 1 and all(shape) else {}


def _length(path: Path) -> int:
    """Bytes of the file, unpacked: that of a gzip file is known only by reading it to its end."""
    if path.suffix != ".gz":
        return path.stat().st_size
    with gzip.open(path) as stream:
        return sum(map(len, iter(lambda: stream.read(READ_BYTES), b"")))


def _data_bytes(header) -> int:
    count = abs(header["BITPIX"]) // 8
    for axis in range(1, header["NAXIS"] + 1):
        count *= header[f"NAXIS{axis}"]
    return count


def _image(header, beams: list[Beam]) -> Image:
    return Image(
        shape=tuple(header[f"NAXIS{axis}"] for axis in range(1, header["NAXIS"] + 1)),
        object=str(header.get("OBJECT", "")).strip(),
        unit=str(header.get("BUNIT", "")).strip(),
        frame=str(header.get("SPECSYS", "")).strip(),
        restfreq_hz=header.get("RESTFRQ", header.get("RESTFREQ")),
        spectral=_spectral(header),
        beam=_median(beams),
        beams=len(beams),
    )


def _spectral(header) -> SpectralAxis | None:
    for axis in range(1, header["NAXIS"] + 1):
        ctype = str(header.get(f"CTYPE{axis}", "")).strip()
        if ctype[:4] in {"FREQ", "VRAD", "VELO", "VOPT"}:
            width = float(header[f"CDELT{axis}"])
            first = float(header[f"CRVAL{axis}"]) + (1 - float(header.get(f"CRPIX{axis}", 1))) * width
            unit = str(header.get(f"CUNIT{axis}", "")).strip()
            return SpectralAxis(ctype, unit, first, width, header[f"NAXIS{axis}"])
    return None


def _beam_table(hdus, header) -> list[Beam]:
    """CASA writes one beam into the header, or one per channel into a table (CASAMBM)."""
    if "BMAJ" in header:
        return [Beam(header["BMAJ"] * ARCSEC, header["BMIN"] * ARCSEC, float(header.get("BPA", 0.0)))]
    if not header.get("CASAMBM", False):
        return []
    rows = hdus["BEAMS"].data
    return [Beam(float(row["BMAJ"]), float(row["BMIN"]), float(row["BPA"])) for row in rows]


def _median(beams: list[Beam]) -> Beam | None:
    return sorted(beams, key=lambda beam: beam.major_arcsec)[len(beams) // 2] if beams else None
