"""How much scratch a request needs: what is said when it is made is what is asked for when it starts."""

from collections.abc import Iterable

from archive.models import MemberOUS
from restores import estimates
from restores.cubes import CubeSpec
from restores.models import Request
from restores.restorability import raw_bytes
from restores.sizes import require_makeable


def of_image(mous: MemberOUS, cubes: Iterable[CubeSpec], resolution_arcsec: float | None) -> int:
    """Bytes; `CubeTooLargeError` when one of the cubes is not made at all."""
    sizes = [require_makeable(cube, mous, resolution_arcsec) for cube in cubes]
    return estimates.image_scratch(raw_bytes(mous), sum(sizes))


def of_request(request: Request) -> int:
    if request.kind == Request.Kind.RESTORE:
        return estimates.restore_scratch(raw_bytes(request.mous))
    wish = request.imaging
    return of_image(request.mous, [CubeSpec(**cube) for cube in wish.cubes], wish.angular_resolution_arcsec)
