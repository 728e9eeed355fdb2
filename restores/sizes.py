"""How big a cube would become, and the limit beyond which none is begun (FACTS 5.4, the limits of NRAO's AUDI).

An estimate: the image of a single field, with the pixel of the resolution asked for or the sharpest that the array
has.  A mosaic is larger by the field it covers, which the index does not know.
"""

from django.db.models import Max

from archive.errors import ArchiveError
from archive.models import MemberOUS
from restores import estimates
from restores.cubes import CubeSpec

CUBE_LIMIT = 120e9  # bytes of one layer
# A coarser beam than this many natural ones is not reached by weighting and tapering.
COARSEST_OF_NATURAL = 5


class CubeTooLargeError(ArchiveError):
    code = "cube-too-large"

    def __init__(self, cube: CubeSpec, side: int, size: int) -> None:
        super().__init__(
            f"The cube of spw {cube.virtual_spw} would have {side} x {side} pixels and {cube.nchan} channels, "
            f"{size / 1e9:.0f} GB; the limit is {CUBE_LIMIT / 1e9:.0f} GB.",
            f"Ask for at most {int(CUBE_LIMIT * cube.nchan // size)} channels, wider ones, "
            "or a coarser angular_resolution.",
        )


def require_makeable(cube: CubeSpec, mous: MemberOUS, resolution_arcsec: float | None) -> int:
    """The size of one layer of `cube` in bytes; `CubeTooLargeError` beyond the limit."""
    side = image_side(mous, (cube.start_hz + cube.end_hz) / 2, resolution_arcsec)
    size = estimates.cube_bytes(side, cube.nchan)
    if size > CUBE_LIMIT:
        raise CubeTooLargeError(cube, side, size)
    return size


def image_side(mous: MemberOUS, frequency: float, resolution_arcsec: float | None = None) -> int:
    """Pixels on a side of an image at `frequency` (Hz)."""
    diameter = 7.0 if mous.array == "7m" else 12.0
    longest = mous.ebs.exclude(used=False).aggregate(Max("longest_baseline_m"))["longest_baseline_m__max"]
    natural = estimates.natural_beam(frequency, longest) if longest else 1.0
    beam = min(max(natural, resolution_arcsec or 0.0), COARSEST_OF_NATURAL * natural)
    return estimates.image_pixels(frequency, diameter, estimates.cell_for(beam))
