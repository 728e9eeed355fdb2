"""A circle on the sky as SQL: pixel ranges that the index finds, then the chord exactly, or the footprints themselves
(archive/search/rims.py).

The ranges are integers of ours and stand in the text: only so does the database know how few rows they hold.
"""

import math
from collections.abc import Iterator

from django.db import connection

from archive import sky
from archive.search.columns import Conditions
from archive.search.rims import Rim
from archive.search.where import Cone

FINER_RAD = math.radians(0.5)  # below the size of the pixels that are counted
FEW_ROWS = 30_000  # to be sorted in memory rather than met on the way through all rows in their order


def add(conditions: Conditions, cone: Cone) -> tuple[str, Rim | None]:
    """The square of the chord to the middle of the cone, as SQL to sort by, and what its rim leaves open."""
    x, y, z = sky.vectors(cone.ra_deg, cone.dec_deg)[0].tolist()
    distance2 = f"((o.x - {x!r}) * (o.x - {x!r}) + (o.y - {y!r}) * (o.y - {y!r}) + (o.z - {z!r}) * (o.z - {z!r}))"
    rim = Rim(cone, distance2) if cone.footprint else None
    conditions.add(_touched(cone) if rim else _ranges(cone, cone.radius_rad))
    conditions.add(rim.touched if rim else f"{distance2} <= {sky.chord2(cone.radius_rad)!r}")
    return distance2, rim


def few(cone: Cone, other_criteria: int) -> bool:
    """Whether the rows of the cone are better taken first; each further criterion makes rows rarer in any order."""
    most = FEW_ROWS * 2**other_criteria
    widest = cone.radius_rad + (sky.SIZE_CLASSES[2] if cone.footprint else 0)
    touched = sky.cone_pixels6(cone.ra_deg, cone.dec_deg, widest)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(rows) FROM archive_skycount WHERE pixel = ANY(%s)", [touched])
        (rows,) = cursor.fetchone()
        if (rows or 0) <= most:
            return True
        if widest > FINER_RAD:
            return False
        # Where a pixel is crowded, its rows may yet be few in the cone; the index alone tells
        cursor.execute(_PROBE.format(parts=" UNION ALL ".join(_parts(cone)), most=most + 1))
        return cursor.fetchone()[0] <= most


_PROBE = "SELECT count(*) FROM (SELECT 1 FROM ({parts}) p LIMIT {most}) c"


def _parts(cone: Cone) -> Iterator[str]:
    for low, high in sky.cone_ranges(cone.ra_deg, cone.dec_deg, cone.radius_rad):
        yield f"SELECT 1 FROM archive_observation o WHERE o.hpx BETWEEN {low} AND {high - 1}"


def _ranges(cone: Cone, radius: float) -> str:
    found = sky.cone_ranges(cone.ra_deg, cone.dec_deg, radius)
    if found == sky.WHOLE_SKY:
        return "o.hpx IS NOT NULL"
    return "(" + " OR ".join(f"o.hpx BETWEEN {low} AND {high - 1}" for low, high in found) + ")"


def _touched(cone: Cone) -> str:
    """Pixels in which a row lies whose circle may touch the cone, by the size of the circle."""
    classes = [
        f"(o.size_class = {number} AND {_ranges(cone, min(cone.radius_rad + bound, math.pi))})"
        for number, bound in enumerate(sky.SIZE_CLASSES)
    ]
    return f"({' OR '.join(classes)})"
