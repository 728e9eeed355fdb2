"""The circle on the sky that a reader asks for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from archive import name_resolver, positions
from archive.search.refusals import CriterionError

DEFAULT_RADIUS = "1arcmin"
RESOLVED = "name:"


@dataclass(frozen=True)
class Cone:
    """`footprint`: what overlaps the circle, else what has its position in it."""

    ra_deg: float
    dec_deg: float
    radius_rad: float
    footprint: bool


def cone(values: Mapping[str, tuple[str, ...]]) -> Cone | None:
    if "position" not in values:
        _require_none_of(values, "radius", "match")
        return None
    (text,) = values["position"]
    place = _said_as("position", _place, text)
    radius = _said_as("radius", positions.radius_deg, values.get("radius", (DEFAULT_RADIUS,))[0])
    footprint = values.get("match", ("center",))[0] == "footprint"
    # The object of a designation may be off the place that its digits give
    return Cone(place.ra_deg, place.dec_deg, math.radians(min(radius + place.within_deg, 180.0)), footprint)


def _place(text: str) -> positions.Position:
    if text.casefold().startswith(RESOLVED):
        return name_resolver.resolve(text[len(RESOLVED) :].strip())
    return positions.parse(text)


def _require_none_of(values: Mapping[str, tuple[str, ...]], *names: str) -> None:
    for name in names:
        if name in values:
            raise CriterionError(name, "there is no position that it could be about.", "Give a position as well.")


def _said_as(name, read, text):
    """A refusal of a module that knows no parameters, with the name of ours."""
    try:
        return read(text)
    except (positions.PositionError, positions.RadiusError, name_resolver.ResolverError) as refusal:
        raise CriterionError(name, refusal.sentence, refusal.remedy) from None
