"""What search looks up instead of looking at each row: counts by MOUS and bands with what holds for all of the rows,
and counts by pixel of the sky.

Whoever writes or takes away rows of the index calls `recount`.  Counts by pixel only help to choose a way through the
index; those of pixels that lost rows may be too high until everything is counted again.
"""

from collections.abc import Iterable

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from archive import sky

_SHIFT = 2 * (sky.ORDER - 6)
_MANY_PIXELS = 500  # above it one look through the whole index is faster

# What rows have in common that are counted together; those of a group alone may be public one by one
_GROUPED = ("mous_id", "gous_id", "bands", "release_at")
_OWN = {"rows": "count(*)", "intents": "bit_or(intents)"} | {
    f"{name}_{end}": f"{function}({name})"
    for name in ("low_hz", "t_min_mjd", "resolution_arcsec")
    for end, function in (("least", "min"), ("most", "max"))
}
_COPIES = {"confidential": "bool_or(confidential)"} | {
    f'"{name}"': f'min("{name}")' for name in ("project_id", "code_order", "qa2", "array", "calibration")
}
# Those of a project together, for search takes them so
_ROWS = f"""
INSERT INTO archive_tally ({", ".join((*_GROUPED, *_OWN, *_COPIES))})
SELECT {", ".join((*_GROUPED, *_OWN.values(), *_COPIES.values()))}
FROM archive_observation {{where}} GROUP BY {", ".join(_GROUPED)} ORDER BY min(code_order)
"""  # noqa: S608 (our own names)
_PIXELS = f"""
INSERT INTO archive_skycount (pixel, rows)
SELECT (hpx >> {_SHIFT})::int, count(*) FROM archive_observation WHERE hpx IS NOT NULL GROUP BY 1
"""  # noqa: S608 (a number of ours)
# Of those of deliveries, beside what a load has counted of its own
_COUNTED_PIXELS = f"""
INSERT INTO archive_skycount (pixel, rows)
SELECT pixel, sum(rows) FROM (
    SELECT * FROM unnest(%(pixels)s::int[], %(rows)s::bigint[]) AS counted (pixel, rows)
    UNION ALL SELECT (hpx >> {_SHIFT})::int, 1 FROM archive_observation WHERE origin = 1 AND hpx IS NOT NULL
) AS found GROUP BY pixel
"""  # noqa: S608 (a number of ours)
_TOUCHED = f"SELECT DISTINCT (hpx >> {_SHIFT})::int FROM archive_observation WHERE {{where}} AND hpx IS NOT NULL"  # noqa: S608
_SOME_PIXELS = f"""
INSERT INTO archive_skycount (pixel, rows)
SELECT pixel, (SELECT count(*) FROM archive_observation
               WHERE hpx >= pixel::bigint << {_SHIFT} AND hpx < (pixel + 1)::bigint << {_SHIFT})
FROM unnest(%(pixels)s::int[]) AS pixel
ON CONFLICT (pixel) DO UPDATE SET rows = excluded.rows
"""  # noqa: S608


@transaction.atomic
def recount(
    mous_ids: Iterable[int] | None, gous_ids: Iterable[int] = (), *, pixels: NDArray[np.int64] | None = None
) -> None:
    """The counts of some MOUSs, and of groups for their own rows; None counts everything.

    `pixels` has how many rows of ObsCore lie in each pixel, if that is known already.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")  # all groups at once in memory
        if mous_ids is None:
            cursor.execute("DELETE FROM archive_tally")
            cursor.execute(_ROWS.format(where=""))
            _count_sky(cursor, pixels)
            return
        wanted = {"mous": list(mous_ids), "gous": list(gous_ids)}
        if not any(wanted.values()):
            return
        own = "(mous_id = ANY(%(mous)s) OR (mous_id IS NULL AND gous_id = ANY(%(gous)s)))"
        cursor.execute(f"DELETE FROM archive_tally WHERE {own}", wanted)  # noqa: S608 (our own words)
        cursor.execute(_ROWS.format(where=f"WHERE {own}"), wanted)
        cursor.execute(_TOUCHED.format(where=own), wanted)
        _recount_sky(cursor, [pixel for (pixel,) in cursor.fetchall()])


def _recount_sky(cursor, pixels: list[int]) -> None:
    if len(pixels) > _MANY_PIXELS:
        _count_sky(cursor)
    elif pixels:
        cursor.execute(_SOME_PIXELS, {"pixels": pixels})


def _count_sky(cursor, counted: NDArray[np.int64] | None = None) -> None:
    cursor.execute("DELETE FROM archive_skycount")
    if counted is None:
        cursor.execute(_PIXELS)
    else:
        filled = np.flatnonzero(counted)
        cursor.execute(_COUNTED_PIXELS, {"pixels": filled.tolist(), "rows": counted[filled].tolist()})
