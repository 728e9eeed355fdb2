"""The way through MOUSs: where what is asked holds for all rows of a MOUS or for none, its tally answers for them.

Tallies that may have rows are met in the order of the answer, by the best that one of their rows can be in it.  After
some of them, all rows that are better than the next tally's best are known.  A load that is not counted yet has rows
without a tally; then this way is closed.
"""

from dataclasses import dataclass

from archive import repeated
from archive.search import columns, projects, question
from archive.search.columns import Conditions
from archive.search.criteria import Criteria
from archive.search.order import Order
from archive.search.quantities import OPEN
from archive.search.reader import Reader
from archive.search.rows import Together

MOST_ROWS = 60_000  # to be read for a page; beyond, rows that are met one by one are found sooner
STEPS = (30, 400, 5000)  # tallies looked at together
# Orders, and whether up or down an index of tallies has them
_INDEXED = {"code_order": (False, True), "t_min_mjd": (True,), "low_hz": (False,), "resolution_arcsec": (False,)}

_UNCOUNTED = """SELECT NULL::bigint, NULL::bigint, 0::bigint, NULL::{kind}
    WHERE EXISTS (SELECT FROM archive_load WHERE report @> '{{"counted": false}}')"""
_CLOSED = (None, None, 0, None)  # what it gives


def way(criteria: Criteria, reader: Reader, order: Order) -> "Way | None":
    """None where more is asked than tallies know, or so little that rows are met as fast."""
    conditions = _conditions(criteria, reader, order)
    return Way(conditions, order, reader) if conditions else None


@dataclass(frozen=True)
class Way:
    conditions: Conditions
    order: Order
    reader: Reader

    def page(self, after, limit: int, together: Together | None = None) -> list[tuple] | None:
        """As `Question.page`, or None where it would be long."""
        conditions, order = self.conditions, self.order
        for most in STEPS:
            tallies = question.rows(_tallies(conditions, order, most), conditions.values, self.reader)
            if _CLOSED in tallies or sum(rows for _, _, rows, _ in tallies) > MOST_ROWS:
                return None
            bound = _beyond(order, tallies[-1][3]) if len(tallies) == most else "TRUE"
            select = _rows(conditions, order, tallies, bound)
            values = conditions.values | order.values(after) | _of(tallies)
            ask = together.keys if together else repeated.rows
            found = ask(question.sorted_first(select, order, after, limit), values)
            if len(found) >= limit or len(tallies) < most:
                return found
        return None


def _conditions(criteria: Criteria, reader: Reader, order: Order) -> Conditions | None:
    described = projects.description(criteria, reader)
    of_projects = described is not None or criteria.scope == "mine"
    known = of_projects or order.down in _INDEXED.get(order.columns[0], ())
    if not known or order.columns[0] not in _INDEXED or _of_rows(criteria) or (order.by_project and criteria.project):
        return None
    conditions = Conditions()
    columns.add(conditions, criteria)
    restricted = conditions.of_members or criteria.scope == "public" or of_projects
    if conditions.apart or not restricted or (order.by_project and not conditions.of_members):
        return None
    conditions.add_known(reader.in_scope(criteria.scope), **reader.values_in(criteria.scope))
    _add_projects(conditions, criteria, reader)
    if described:
        sql, values = described
        conditions.of_members.append(f"o.code_order IN (SELECT p.code_order FROM archive_project p WHERE {sql})")
        conditions.values |= values
    return conditions


def _of_rows(criteria: Criteria) -> bool:
    """Whether something is asked that finds rows by an index of their own."""
    found = criteria.cone or criteria.target or criteria.similar or criteria.uid
    return bool(found) or (criteria.frequency, criteria.line) != (OPEN, OPEN)


def _add_projects(conditions: Conditions, criteria: Criteria, reader: Reader) -> None:
    for excluded, negation in ((False, ""), (True, "NOT ")):
        terms = tuple(term for term in criteria.project if term.excluded is excluded)
        if terms:
            conditions.of_members.append(negation + projects.of_codes(terms, reader).sql)
    if criteria.scope == "mine":
        conditions.of_members.append(projects.mine(reader).sql)


def _tallies(conditions: Conditions, order: Order, most: int) -> str:
    """MOUS, group, number of rows, and the best of these in the order."""
    first = order.columns[0]
    best = "o.code_order" if order.by_project else f"o.{first}_{'most' if order.down else 'least'}"
    down = " DESC" if order.by_project else " DESC NULLS LAST"  # as the indexes have it
    return f"""{_UNCOUNTED.format(kind="bigint" if order.by_project else "float8")} UNION ALL (
        SELECT o.mous_id, o.gous_id, o.rows, {best} FROM archive_tally o WHERE {" AND ".join(conditions.of_members)}
        ORDER BY {best}{down if order.down else ""} LIMIT {most})"""


def _rows(conditions: Conditions, order: Order, tallies: list[tuple], bound: str) -> str:
    """Of projects nothing is asked: the tallies are of them."""
    any_group = any(mous is None for mous, *_ in tallies)
    of_groups = " OR (o.mous_id IS NULL AND o.gous_id = ANY(%(of_gous)s::bigint[]))" if any_group else ""
    return f"""SELECT o.id AS key, {", ".join(f"o.{name}" for name in order.columns)} FROM {question.TABLE} o
        WHERE {conditions.sql} AND {bound} AND (o.mous_id = ANY(%(of_mous)s::bigint[]){of_groups})"""


def _of(tallies: list[tuple]) -> dict[str, object]:
    """Values for `_rows`."""
    mous = repeated.listed(sorted({mous for mous, *_ in tallies if mous is not None}))
    groups = repeated.listed(sorted({group for mous, group, *_ in tallies if mous is None}))
    return {"of_mous": mous, "of_gous": groups, "bound": tallies[-1][3] if tallies else None}


def _beyond(order: Order, best: object) -> str:
    """Rows that are better than those of all other tallies."""
    name = f"o.{order.columns[0]}"
    return f"{name} IS NOT NULL" if best is None else f"{name} {'>' if order.down else '<'} %(bound)s"
