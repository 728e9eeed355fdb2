"""What a person asks for in an image request, read strictly: an unknown word is refused by name, never passed over.

The pipeline's own recipe template renders a misspelt parameter as an empty one and goes on; hours later the cube is
another one than was asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from archive import asked, sources
from archive.errors import ArchiveError
from archive.models import MemberOUS, Source
from archive.spectrum import angle_arcsec
from restores.cubes import BadParameterError

BODY = ("mous", "cubes", "continuum", "angular_resolution", "replaces", "reason")
CUBE = ("mode", "start", "width", "nchan", "total_width", "restfreq")
COARSEST_ARCSEC = 60.0
LISTED = 20
LONGEST_REASON = 500


class OneCubePerSourceError(ArchiveError):
    status = 422
    code = "one-cube-per-source"

    def __init__(self, count: int, source: object) -> None:
        super().__init__(
            f"The request asks for {count} cubes of {source}; the archive makes one cube per MOUS and source.",
            "Choose one spectral window and range, and leave the other cubes out.",
        )


class NothingToImageError(ArchiveError):
    code = "nothing-to-image"

    def __init__(self) -> None:
        super().__init__(
            "The request asks for no cube and no continuum image.",
            "Describe a cube in cubes, or leave continuum at true.",
        )


class ReplacementError(ArchiveError):
    code = "unclear-replacement"

    def __init__(self, lacks: str) -> None:
        super().__init__(
            f"A request that replaces a cube needs {lacks}.",
            "Send `replaces` with the id of the product, `cubes` with the new one, and a `reason`; or none of the two.",
        )


class UnknownSourceError(ArchiveError):
    code = "unknown-source"

    def __init__(self, name: object, mous: MemberOUS) -> None:
        targets = [source.name for source in mous.sources.all() if source.is_target]
        more = f" and {len(targets) - LISTED} more" if len(targets) > LISTED else ""
        super().__init__(
            f"{name!r} is not a science target of {mous.uid}.",
            f"Its targets are {', '.join(targets[:LISTED])}{more}." if targets else "It has none.",
        )


@dataclass(frozen=True)
class ImageRequest:
    source: str
    cubes: list[dict[str, Any]]
    continuum: bool
    angular_resolution_arcsec: float | None
    replaces: UUID | None = None  # the product in whose place the cube is to come
    reason: str = ""


def read(body: object) -> ImageRequest:
    sent = asked.body(body, required=("source",), optional=BODY)
    wish = ImageRequest(
        asked.text(sent, "source"),
        _cubes(sent),
        _continuum(sent),
        _resolution(sent),
        _replaces(sent),
        _reason(sent),
    )
    if len(wish.cubes) > 1:
        raise OneCubePerSourceError(len(wish.cubes), wish.source)
    if not (wish.cubes or wish.continuum):
        raise NothingToImageError
    if wish.replaces and not wish.cubes:
        raise ReplacementError("a cube that takes its place")
    if bool(wish.replaces) != bool(wish.reason):
        raise ReplacementError("a reason" if wish.replaces else "the id of that cube beside the reason")
    return wish


def target(mous: MemberOUS, name: str) -> Source:
    """The TARGET source of `mous` called `name`, in whichever spelling (FACTS 1.4)."""
    found = mous.sources.filter(key=sources.source_key(name)).first()
    if found is None or not found.is_target:
        raise UnknownSourceError(name, mous)
    return found


def _cubes(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    cubes = body.get("cubes") or []
    if not isinstance(cubes, list):
        raise BadParameterError("cubes", cubes, "a list")
    cubes = [asked.body(cube, required=("spw",), optional=CUBE) for cube in cubes]
    return [{name: value for name, value in cube.items() if value not in (None, "")} for cube in cubes]


def _continuum(body: Mapping[str, Any]) -> bool:
    continuum = body.get("continuum", True)
    if not isinstance(continuum, bool):
        raise BadParameterError("continuum", continuum, "true or false")
    return continuum


def _resolution(body: Mapping[str, Any]) -> float | None:
    text = body.get("angular_resolution")
    if text in (None, ""):
        return None
    arcsec = angle_arcsec(text, "angular_resolution")
    if not 0 < arcsec <= COARSEST_ARCSEC:
        raise BadParameterError("angular_resolution", text, f"above 0 and at most {COARSEST_ARCSEC:g}arcsec")
    return arcsec


def _replaces(body: Mapping[str, Any]) -> UUID | None:
    told = body.get("replaces")
    if told not in (None, "") and replaced_id(told) is None:
        raise BadParameterError("replaces", told, "the id of a product")
    return replaced_id(told)


def replaced_id(told: object) -> UUID | None:
    try:
        return UUID(str(told))
    except ValueError:
        return None


def _reason(body: Mapping[str, Any]) -> str:
    told = body.get("reason")
    if told is None:
        return ""
    if not isinstance(told, str) or len(told) > LONGEST_REASON or "\0" in told:
        raise BadParameterError("reason", told, f"a text of at most {LONGEST_REASON} letters")
    return told.strip()
