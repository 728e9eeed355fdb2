"""A circle on the sky as SQL: pixel ranges that the index finds, then the chord or the footprint itself, exactly.

The ranges are integers of ours and stand in the text: only so does the database know how few rows they hold.  A row
without a region of its own is a circle of `bound_rad` around its position.  Of the others, those whose circle lies
within the cone overlap it, those whose circle does not touch it do not, and the regions between are looked at.
"""

import math
from collections.abc import Iterator

from django.db import connection

from archive import regions, sky
from archive.search.columns import Conditions
from archive.search.reader import Reader
from archive.search.where import Cone

FINER_RAD = math.radians(0.5)  # below the size of the pixels that are counted
FEW_ROWS = 30_000  # to be sorted in memory rather than met on the way through all rows in their order
BATCH = 5000  # shapes looked at together


def add(conditions: Conditions, cone: Cone, reader: Reader) -> str:
    """The square of the chord to the middle of the cone, as SQL to sort by."""
    x, y, z = sky.vectors(cone.ra_deg, cone.dec_deg)[0].tolist()
    distance2 = f"((o.x - {x!r}) * (o.x - {x!r}) + (o.y - {y!r}) * (o.y - {y!r}) + (o.z - {z!r}) * (o.z - {z!r}))"
    if cone.footprint:
        _add_overlap(conditions, cone, distance2, reader)
    else:
        conditions.add(_ranges(cone, cone.radius_rad))
        conditions.add(f"{distance2} <= {sky.chord2(cone.radius_rad)!r}")
    return distance2


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


def _add_overlap(conditions: Conditions, cone: Cone, distance2: str, reader: Reader) -> None:
    classes = [
        f"(o.size_class = {number} AND {_ranges(cone, min(cone.radius_rad + bound, math.pi))})"
        for number, bound in enumerate(sky.SIZE_CLASSES)
    ]
    conditions.add(f"({' OR '.join(classes)})")
    conditions.add(f"{distance2} <= {_chord2(cone, '+')}")
    within = f"(o.bound_rad <= {cone.radius_rad!r} AND {distance2} <= {_chord2(cone, '-')})"
    accepted = list(_accepted(conditions, cone, within, reader))
    listed = f"'{{{','.join(map(str, accepted))}}}'::int[]"
    conditions.add(f"(o.footprint_id IS NULL OR {within} OR o.footprint_id = ANY({listed}))")


def _chord2(cone: Cone, sign: str) -> str:
    """Square of the chord of the radius with the row's own added or taken away; as `sky.chord2`, rounding and all."""
    angle = f"LEAST({cone.radius_rad!r} {sign} o.bound_rad, {math.pi!r})"
    return f"power(2 * sin({angle} / 2) + 1e-15, 2)"


def _accepted(conditions: Conditions, cone: Cone, within: str, reader: Reader) -> Iterator[int]:
    """Keys of the footprints on the rim of the cone that overlap it, among rows that the reader may know of."""
    sql = f"""
        SELECT f.id, f.shape FROM archive_footprint f WHERE f.id IN (
            SELECT o.footprint_id FROM archive_observation o
            WHERE {conditions.sql} AND o.footprint_id IS NOT NULL AND NOT {within} AND {reader.visible})"""
    with connection.cursor() as cursor:
        cursor.execute(sql, conditions.values | reader.values)
        while rows := cursor.fetchmany(BATCH):
            keys, shapes = zip(*rows, strict=True)
            overlap = regions.overlaps([bytes(shape) for shape in shapes], cone.ra_deg, cone.dec_deg, cone.radius_rad)
            yield from (key for key, inside in zip(keys, overlap, strict=True) if inside)
