"""The verbs of search: a page of rows, their number, what they are by kind, all of them, and a list answered.

Each answers from rows that the reader may know of, and from nothing else (docs/decisions/0014).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from archive.search import members, order, rows, streaming
from archive.search.criteria import Criteria
from archive.search.facets import facets
from archive.search.lists import Answer, answers
from archive.search.order import Order
from archive.search.question import ask, require_known
from archive.search.reader import Reader
from archive.search.rows import Row

__all__ = ["Answer", "Count", "Page", "Reader", "answers", "count", "facets", "page", "stream"]

CAP = 10_000


@dataclass(frozen=True)
class Page:
    """`next` is the cursor of the page behind this one, or None at the end."""

    rows: list[Row]
    next: str | None


@dataclass(frozen=True)
class Count:
    """`more`: there are more rows than `rows`, which is where counting ends."""

    rows: int
    more: bool

    def __str__(self) -> str:
        return f"{self.rows:,}".replace(",", "\u202f") + ("+" if self.more else "")


def page(
    criteria: Criteria, reader: Reader, *, after: str | None = None, limit: int | None = None, full: bool = False
) -> Page:
    limit = limit or criteria.limit
    sorted_by = Order.of(criteria)
    behind = order.read(criteria, criteria.cursor if after is None else after)
    way = members.way(criteria, reader, sorted_by)
    together = None if full else rows.Together(reader)
    found = way.page(behind, limit + 1, together) if way else None
    if found is None:
        found = ask(criteria, reader, trusted=True, together=together).page(sorted_by, behind, limit + 1)
        if not found:
            require_known(criteria, reader)
    more = len(found) > limit
    following = order.cursor(criteria, found[limit - 1][1:]) if more else None
    keys = [key for key, *_ in found[:limit]]
    return Page(together.of(keys) if together else rows.of(keys, reader, full=full), following)


def count(criteria: Criteria, reader: Reader, cap: int = CAP) -> Count:
    found = ask(criteria, reader).count(cap + 1)
    return Count(min(found, cap), found > cap)


def stream(criteria: Criteria, reader: Reader) -> Iterator[Row]:
    """Every row with all its columns, in order, for an export: a few at a time, however many there are."""
    return streaming.rows(ask(criteria, reader), Order.of(criteria), reader)
