"""Criteria and reader made into SQL, with the way to take through the index.

Where few rows are left by a name, a uid, some projects or a small circle, these are found first and then sorted.
Otherwise rows are met in the order of the answer until the page is full.  The database itself guesses this badly, for
it believes that rows of one kind are spread evenly.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from django.db import connection

from archive import repeated
from archive.search import columns, cones, coverage, names, projects
from archive.search.columns import Conditions
from archive.search.criteria import Criteria
from archive.search.order import Order
from archive.search.quantities import OPEN
from archive.search.reader import Reader
from archive.search.rims import Rim
from archive.search.rows import Together

TABLE = "archive_observation"
FEW_PROJECTS = 400  # of one or two hundred rows each
MOST_PROJECTS = 5000


@dataclass(frozen=True)
class Question:
    """`projects` are the places of all projects that rows may be of, where these are known one by one; `plain` where
    one plan is right to meet rows in their order, whatever values there are; `narrowed` where two
    ends of something are asked, which an index has that may find fewer or far more rows; `together` where the rows of a
    page are wanted, and not their keys alone."""

    conditions: Conditions
    reader: Reader
    few: bool
    distance2: str = "NULL::float8"
    projects: tuple[int, ...] | None = None
    rim: Rim | None = None
    plain: bool = False
    narrowed: bool = False
    together: Together | None = None

    def page(self, order: Order, after, limit: int) -> list[tuple]:
        """The keys of rows behind `after`, each followed by its values of the order."""
        if self.rim:
            return self.rim.page(lambda behind, most: self._page(order, behind, most), after, limit)
        return self._page(order, after, limit)

    def _rows(self, sql: str, values, *, kept: bool) -> list[tuple]:
        sql, values = self.rim.with_shapes(sql) if self.rim else sql, self.values | values
        if not kept:
            return rows(sql, values, self.reader)
        return self.together.keys(sql, values) if self.together else repeated.rows(sql, values)

    def _page(self, order: Order, after, limit: int) -> list[tuple]:
        if self.projects is not None and len(self.projects) > 1 and order.by_project:
            return self._through_projects(order, after, limit)
        if self.few:
            return self._sorted(order, after, limit)
        found: list[tuple] = []
        where = self._before_rim if order.by_project else self._in_passing
        for stretch in order.stretches(after, "o"):
            sql = f"{self._select(order, where)} AND {stretch} ORDER BY {order.by('o')} LIMIT {limit - len(found)}"
            found += self._rows(sql, order.values(after), kept=self.plain)
            if len(found) >= limit:
                break
        return found

    def count(self, cap: int) -> int:
        """Exact up to `cap`, which is returned for what is more as well."""
        sql = f"SELECT 1 FROM {TABLE} o WHERE {self.where}"
        if self.few:
            sql = f"WITH m AS MATERIALIZED ({sql}) SELECT 1 FROM m"
        return rows(f"SELECT count(*) FROM ({sql} LIMIT {cap}) c", self.values, self.reader)[0][0]

    def all_sorted(self, order: Order) -> str:
        """For a cursor over every row."""
        return f"SELECT m.* FROM ({self._select(order, self.where)}) m ORDER BY {order.by_all('m')}"

    @cached_property
    def where(self) -> str:
        """All that an answer is."""
        found = self._before_rim
        return f"{found} AND {self.rim.condition(found, self.values)}" if self.rim else found

    @cached_property
    def values(self) -> dict[str, object]:
        if self.projects is None:
            return self.conditions.values
        places = {"in_projects": repeated.listed(self.projects), "in_project": next(iter(self.projects), 0)}
        return self.conditions.values | places

    @property
    def _before_rim(self) -> str:
        return self._of_projects("o.code_order")

    @property
    def _in_passing(self) -> str:
        """The same, said so that no index is used for the projects: rows come in another order."""
        return self._of_projects("o.code_order + 0")

    def _of_projects(self, place: str) -> str:
        if self.projects is None:
            return self.conditions.sql
        one = "%(in_project)s" if len(self.projects) == 1 else "ANY(%(in_projects)s::bigint[])"
        return f"{self.conditions.sql} AND {place} = {one}"

    def _sorted(self, order: Order, after, limit: int) -> list[tuple]:
        finders = self._finders
        if len(finders) != 1 or self.narrowed:  # the database knows best, when it sees the values
            sql = sorted_first(self._select(order, self._before_rim), order, after, limit)
            return self._rows(sql, order.values(after), kept=False)
        ((finder, (ranges, within)),) = finders.items()
        select = self._select(order, self._before_rim)
        if ranges:
            select = self._select(order, f"{within} AND {self.conditions.sql_besides(finder)}")
            select = f"SELECT o.* FROM {ranges} CROSS JOIN LATERAL ({select} OFFSET 0) o"
        return self._rows(sorted_first(select, order, after, limit), order.values(after), kept=True)

    @property
    def _finders(self) -> dict[str, tuple[str, str]]:
        """Where there is one, its index is used whatever the values are."""
        return self.conditions.finders | ({"projects": ("", "")} if self.projects is not None else {})

    def _through_projects(self, order: Order, after, limit: int) -> list[tuple]:
        """Project by project in their order, until the page is full."""
        direction = "DESC" if order.down else "ASC"
        behind = " OR ".join(f"({stretch})" for stretch in order.stretches(after, "o"))
        begun = f"WHERE p.place {'<=' if order.down else '>='} %(after_0)s" if after else ""
        sql = f"""SELECT r.* FROM (
                SELECT p.place FROM unnest(%(in_projects)s::bigint[]) p (place) {begun} ORDER BY p.place {direction}
            ) p CROSS JOIN LATERAL (
                {self._select(order, self.conditions.sql)} AND o.code_order = p.place AND ({behind})
                ORDER BY {order.by("o")} LIMIT {limit}
            ) r LIMIT {limit}"""
        return self._rows(sql, order.values(after), kept=self.plain)

    def _select(self, order: Order, where: str) -> str:
        wanted = [f"{self.distance2} AS distance2" if name == "distance2" else f"o.{name}" for name in order.columns]
        wanted += [self.rim.column] if self.rim else []
        return f"SELECT o.id AS key, {', '.join(wanted)} FROM {TABLE} o WHERE {where}"


def sorted_first(select: str, order: Order, after, limit: int) -> str:
    """The first of the rows that `select` gives, behind `after`: all are found and then sorted."""
    behind = " OR ".join(f"({stretch})" for stretch in order.stretches(after, "m"))
    return f"""SELECT m.* FROM ({select} OFFSET 0) m WHERE {behind} ORDER BY {order.by_all("m")} LIMIT {limit}"""


def ask(criteria: Criteria, reader: Reader, *, trusted: bool = False, together: Together | None = None) -> Question:
    """`trusted`: that a code or a uid is unknown is found out by who finds nothing (`require_known`)."""
    conditions, few, distance2, rim = Conditions(), False, "NULL::float8", None
    if criteria.cone:
        distance2, rim = cones.add(conditions, criteria.cone)
    begun = len(conditions.parts)
    columns.add(conditions, criteria)
    others = len(conditions.parts) - begun + (criteria.frequency != OPEN) + (criteria.line != OPEN)
    few |= names.add_targets(conditions, criteria.target)
    few |= names.add_similar(conditions, criteria.similar)
    if not trusted:
        names.require_uids(criteria.uid, reader)
    few |= names.add_uids(conditions, criteria.uid)
    conditions.add(reader.in_scope(criteria.scope), **reader.values_in(criteria.scope))
    found = _projects(conditions, criteria, reader, trusted)
    few |= found is not None and _few_projects(found, criteria, others)
    if criteria.cone:
        few = few or criteria.sort.endswith("distance") or cones.few(criteria.cone, others)
    for name in ("frequency", "line"):
        few |= coverage.add(conditions, name, getattr(criteria, name), found=few)
    narrowed = any(criteria.released) or None not in criteria.resolution
    return Question(conditions, reader, few, distance2, found, rim, _evenly(criteria), narrowed, together)


def require_known(criteria: Criteria, reader: Reader) -> None:
    """Pass, or raise `UnknownUidError` or `UnknownCodeError`."""
    names.require_uids(criteria.uid, reader)
    projects.require_known(criteria, reader)


def _evenly(criteria: Criteria) -> bool:
    """Or what no number tells the database more of, and days of release where rows are met in the order of these."""
    names = _EVEN | ({"released"} if criteria.sort.endswith("released") else set())
    others = replace(criteria, **{name: getattr(_NOTHING, name) for name in names})
    return others == _NOTHING and not any(term.excluded for term in criteria.project)


_NOTHING = Criteria()
_EVEN = {
    "project",
    "pi",
    "keyword",
    "category",
    "frequency",
    "line",
    "band",
    "intent",
    "scope",
    "sort",
    "cursor",
    "limit",
}


def _projects(conditions: Conditions, criteria: Criteria, reader: Reader, trusted: bool) -> tuple[int, ...] | None:
    """Those that are known one by one, by code, PI, keyword, category and rights; ranges of codes become conditions."""
    found = [projects.described(criteria, reader)]
    wanted = tuple(term for term in criteria.project if not term.excluded)
    unwanted = tuple(term for term in criteria.project if term.excluded)
    if wanted:
        found.append(projects.of_codes(wanted, reader, trusted=trusted))
    if unwanted:
        conditions.add(f"NOT {projects.of_codes(unwanted, reader).sql}")
    if criteria.scope == "mine":
        found.append(projects.mine(reader))
    known = [orders for orders in found if orders is not None]
    for orders in known:
        if orders.ranges and orders.single:
            conditions.add(orders.sql)
        elif orders.ranges:
            spans, ends = orders.spans
            conditions.add(f"({spans})", **ends)
    single = [set(orders.single) for orders in known if not orders.ranges]
    return tuple(sorted(set.intersection(*single))) if single else None


def _few_projects(found: tuple[int, ...], criteria: Criteria, others: int) -> bool:
    """A single project is met in the order of projects as it is; of many, rare rows are not met in any order."""
    one_in_order = len(found) == 1 and criteria.sort.endswith("project")
    return len(found) <= min(FEW_PROJECTS * 2**others, MOST_PROJECTS) and not one_in_order


def rows(sql: str, values: dict[str, object], reader: Reader) -> list[tuple]:
    """Planned anew, with these values."""
    said, rights = reader.spelled_out(sql)
    with connection.cursor() as cursor:
        cursor.execute(said, rights | values)
        return cursor.fetchall()
