"""A circle on the sky as SQL: pixel ranges that the index finds, then the chord exactly, or the footprints themselves
(archive/search/rims.py).

The ranges are integers of ours and stand in the text: only so does the database know how few rows they hold.  Where
that is known already, they are handed over as values, each to be looked up in the index, and the plan is kept.
"""

import math
import time
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from archive import repeated, sky
from archive.search.columns import Conditions
from archive.search.rims import Rim
from archive.search.where import Cone

FINER_RAD = math.radians(0.5)  # below the size of the pixels that are counted
KEPT_SECONDS = 60  # that a process goes by the same counts: they help to choose a way, and say nothing of the answer
FEW_ROWS = 30_000  # to be sorted in memory rather than met on the way through all rows in their order

DISTANCE2 = " + ".join(f"(o.{axis} - %(cone_{axis})s) * (o.{axis} - %(cone_{axis})s)" for axis in "xyz")
FAR2 = DISTANCE2.replace("-", "+")  # to the antipode
_RANGES = "unnest(%(cone_class)s::smallint[], %(cone_low)s::bigint[], %(cone_high)s::bigint[]) r (class, low, high)"
_WITHIN = "o.hpx BETWEEN r.low AND r.high"
# Said twice, for once the database takes a class for so many rows that it looks through those of all others as well
_WITHIN_CLASS = f"o.size_class = r.class AND o.size_class = ANY(ARRAY[r.class]) AND {_WITHIN}"

Ranges = list[tuple[int, int]]


def add(conditions: Conditions, cone: Cone) -> tuple[str, Rim | None]:
    """The square of the chord to the middle of the cone, as SQL to sort by, and what its rim leaves open."""
    middle = zip(("cone_x", "cone_y", "cone_z"), sky.vectors(cone.ra_deg, cone.dec_deg)[0].tolist(), strict=True)
    distance2 = f"({DISTANCE2})"
    rim = Rim(cone, distance2, f"({FAR2})") if cone.footprint else None
    found = _touched(cone) if rim else {0: sky.cone_ranges(cone.ra_deg, cone.dec_deg, cone.radius_rad)}
    written = {number: _written(ranges) for number, ranges in found.items()}
    sql = f"({' OR '.join(f'(o.size_class = {n} AND {each})' for n, each in written.items())})" if rim else written[0]
    within = _WITHIN_CLASS if rim else _WITHIN
    conditions.add_found(sql, _RANGES, within, **_listed(found), **dict(middle))
    if rim:
        conditions.add(rim.touched, **rim.values)
    elif cone.radius_rad <= math.pi / 2:
        conditions.add(f"{distance2} <= %(cone_chord2)s", cone_chord2=sky.chord2(cone.radius_rad))
    else:
        conditions.add(f"{FAR2} >= %(cone_far2)s", cone_far2=sky.far_chord2(cone.radius_rad))
    return distance2, rim


def few(cone: Cone, other_criteria: int) -> bool:
    """Whether the rows of the cone are better taken first; each further criterion makes rows rarer in any order."""
    most = FEW_ROWS * 2**other_criteria
    widest = cone.radius_rad + (sky.SIZE_CLASSES[2] if cone.footprint else 0)
    touched = sky.cone_pixels6(cone.ra_deg, cone.dec_deg, widest)
    if counted(connection.settings_dict["NAME"], int(time.monotonic() // KEPT_SECONDS))[touched].sum() <= most:
        return True
    if widest > FINER_RAD:
        return False
    # Where a pixel is crowded, its rows may yet be few in the cone; the index alone tells
    with connection.cursor() as cursor:
        cursor.execute(_PROBE.format(parts=" UNION ALL ".join(_parts(cone)), most=most + 1))
        return cursor.fetchone()[0] <= most


@lru_cache(maxsize=1)
def counted(database: str, period: int) -> NDArray[np.int64]:
    """Rows by pixel of order 6, as they were when somebody first asked in this period."""
    found = np.zeros(12 << 2 * 6, np.int64)
    for pixel, rows in repeated.rows("SELECT pixel, rows FROM archive_skycount", {}):
        found[pixel] = rows
    return found


_PROBE = "SELECT count(*) FROM (SELECT 1 FROM ({parts}) p LIMIT {most}) c"


def _parts(cone: Cone) -> Iterator[str]:
    for low, high in sky.cone_ranges(cone.ra_deg, cone.dec_deg, cone.radius_rad):
        yield f"SELECT 1 FROM archive_observation o WHERE o.hpx BETWEEN {low} AND {high - 1}"


def _written(ranges: Ranges) -> str:
    if ranges == sky.WHOLE_SKY:
        return "o.hpx IS NOT NULL"
    return "(" + " OR ".join(f"o.hpx BETWEEN {low} AND {high - 1}" for low, high in ranges) + ")"


def _listed(found: dict[int, Ranges]) -> dict[str, str]:
    every = [(number, low, high - 1) for number, ranges in found.items() for low, high in ranges]
    names = ("cone_class", "cone_low", "cone_high")
    return {name: repeated.listed(numbers) for name, numbers in zip(names, zip(*every, strict=True), strict=True)}


def _touched(cone: Cone) -> dict[int, Ranges]:
    """Pixels in which a row lies whose circle may touch the cone, by the size of the circle."""
    return {
        number: sky.cone_ranges(cone.ra_deg, cone.dec_deg, min(cone.radius_rad + bound, math.pi))
        for number, bound in enumerate(sky.SIZE_CLASSES)
    }
