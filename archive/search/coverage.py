"""Rows that cover some of a range of frequencies.

That the low edge lies below the range's end and the high edge above its beginning holds for half of all rows each, and
an index finds neither.  But a spectral window is 2 GHz wide at most, so its low edge lies just below the range or in
it; the few rows that are wider have an index of their own (`observation_wide`).  The high edge stands in the same
index, so that only rows that cover the range are fetched.
"""

import math
import re

from django.db import connection

from archive.search.columns import Conditions
from archive.search.quantities import Range

WIDEST = "2100000000.0"  # as the index has it
MARGIN_HZ = 2.1e9 + 1  # with what rounding may take
FEW_ROWS = 30_000
USUAL_HZ = 1e9  # how far below a range the low edges of windows lie that reach into it, more or less

MOST_WIDE = 2000

_ESTIMATE = "EXPLAIN SELECT 1 FROM archive_observation o WHERE o.low_hz BETWEEN %s AND %s"
# In the order of their own index: the database does not know how few they are, and would look through all rows
_WIDE = f"""SELECT o.id, o.low_hz <= %s AND o.high_hz >= %s FROM archive_observation o
    WHERE o.high_hz > o.low_hz + {WIDEST} ORDER BY o.high_hz - o.low_hz LIMIT {MOST_WIDE + 1}"""
_PLAIN = "(o.low_hz <= %(high)s AND o.high_hz >= %(low)s)"
_BY_INDEX = "o.low_hz BETWEEN %(from)s AND %(high)s AND o.high_hz >= %(low)s"


def add(conditions: Conditions, name: str, wanted: Range, *, found: bool) -> bool:
    """Whether they are few, and found by their index; not asked where others are `found` already."""
    low, high = wanted
    if low is None or high is None:
        return False
    wide = _wide(low, high) if not found and _rare(low, high) else None
    values = {"low": low, "high": high if high < math.inf else "infinity", "from": low - MARGIN_HZ}
    sql = _PLAIN if wide is None else f"({_BY_INDEX}{_or_these(wide)})"
    conditions.add(
        re.sub(r"%\((\w+)\)s", rf"%({name}_\1)s", sql), **{f"{name}_{end}": at for end, at in values.items()}
    )
    return wide is not None


def _rare(low: float, high: float) -> bool:
    return 0 < low <= high < math.inf and _estimated(low, high) <= FEW_ROWS


def _wide(low: float, high: float) -> list[int] | None:
    """Keys of the wide rows that cover the range, or None where there are too many wide rows to look at each."""
    with connection.cursor() as cursor:
        cursor.execute(_WIDE, [high, low])
        found = cursor.fetchall()
    return [key for key, covers in found if covers] if len(found) <= MOST_WIDE else None


def _or_these(keys: list[int]) -> str:
    """Written out, for with a condition of its own the database would look through half of all rows for them."""
    return f" OR o.id = ANY('{{{','.join(map(str, keys))}}}'::bigint[])" if keys else ""


def _estimated(low: float, high: float) -> int:
    """What the database believes; it keeps a histogram of low edges."""
    with connection.cursor() as cursor:
        cursor.execute(_ESTIMATE, [low - USUAL_HZ, high])
        match = re.search(r"rows=(\d+)", cursor.fetchone()[0])
    return int(match[1]) if match else 0
