"""The way through MOUSs: where what is asked holds for all rows of a MOUS or for none, its tally answers for them.

Tallies that may have rows are met in the order of the answer, by the best that one of their rows can be in it.  After
some of them, all rows that are better than the next tally's best are known.  A load that is not counted yet has rows
without a tally; then this way is closed.
"""

from dataclasses import dataclass

from archive.search.columns import Conditions
from archive.search.order import Order

MOST_ROWS = 60_000  # to be read for a page; beyond, rows that are met one by one are found sooner
STEPS = (30, 400, 5000)  # tallies looked at together
_SAME = frozenset({"code_order", "release_at"})  # columns that have one value in all rows of a tally
# Orders, and whether up or down an index of tallies has them
_INDEXED = {"code_order": (False, True), "t_min_mjd": (True,), "low_hz": (False,), "resolution_arcsec": (False,)}

_OPEN = """SELECT NULL::bigint, NULL::bigint, 0::bigint, NULL::{kind}
    WHERE EXISTS (SELECT FROM archive_load WHERE report @> '{{"counted": false}}')"""


@dataclass(frozen=True)
class Members:
    """Some tallies.  `bound`: rows of others are no better than it; None when there are no others."""

    mous: list[int]
    groups: list[int]
    bounded: bool
    bound: object

    @property
    def sql(self) -> str:
        of_groups = f" OR (o.mous_id IS NULL AND o.gous_id = ANY({_array(self.groups)}))" if self.groups else ""
        return f"(o.mous_id = ANY({_array(self.mous)}){of_groups})"


def usable(conditions: Conditions, order: Order, *, found: bool) -> bool:
    """Of tallies that are not `found` by their projects, an index has to know the order."""
    return not conditions.apart and order.columns[0] in _INDEXED and (found or order.down in _INDEXED[order.columns[0]])


def best(order: Order) -> str:
    column = order.columns[0]
    return column if column in _SAME else f"{column}_{'most' if order.down else 'least'}"


def select(where: str, order: Order, most: int) -> str:
    name = f"o.{best(order)}"
    kind = "bigint" if order.by_project else "float8"
    down = " DESC" if order.by_project else " DESC NULLS LAST"  # as the indexes have it
    return f"""{_OPEN.format(kind=kind)} UNION ALL (
        SELECT o.mous_id, o.gous_id, o.rows, {name} FROM archive_tally o WHERE {where}
        ORDER BY {name}{down if order.down else ""} LIMIT {most})"""


def of(found: list[tuple], most: int) -> Members | None:
    """None when this way is closed, or too long."""
    if (found and found[0][1] is None) or sum(rows for _, _, rows, _ in found) > MOST_ROWS:
        return None
    mous = sorted({mous for mous, *_ in found if mous is not None})
    groups = sorted({group for mous, group, *_ in found if mous is None})
    return Members(mous, groups, len(found) == most, found[-1][3] if found else None)


def beyond(members: Members, order: Order) -> str:
    """Rows that are better than those of all other tallies."""
    name = f"o.{order.columns[0]}"
    if not members.bounded:
        return "TRUE"
    return f"{name} IS NOT NULL" if members.bound is None else f"{name} {'>' if order.down else '<'} %(bound)s"


def _array(keys: list[int]) -> str:
    return f"'{{{','.join(map(str, keys))}}}'::bigint[]"
