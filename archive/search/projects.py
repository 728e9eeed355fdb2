"""Projects that a reader names by code, PI, keyword or category, as places in the order of codes.

Only projects that she may know of are looked at: what is hidden from her is no candidate for a wrong code either.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection

from archive import codes, repeated
from archive.search import words
from archive.search.criteria import Criteria
from archive.search.given import Term
from archive.search.reader import Reader
from archive.search.refusals import CriterionError, UnknownCodeError

_WHOLE = re.compile(r"(20\d\d\.[0-9A-Z]\.\d{5})\.?([A-Z]{0,4})", re.ASCII)
_FIRST, _LAST = "2000.0.00000.A", "2099.Z.99999.ZZZZ"
MOST_NEAR = 5


@dataclass
class Orders:
    """Single places and ranges of `code_order`."""

    single: list[int] = field(default_factory=list)
    ranges: list[tuple[int, int]] = field(default_factory=list)

    @property
    def spans(self) -> tuple[str, dict[str, object]]:
        """The ranges alone, with their values."""
        ends = {
            f"codes_{at}_{end}": value
            for at, span in enumerate(self.ranges)
            for end, value in zip(("low", "high"), span, strict=True)
        }
        parts = [f"o.code_order BETWEEN %(codes_{at}_low)s AND %(codes_{at}_high)s" for at in range(len(self.ranges))]
        return " OR ".join(parts), ends

    @property
    def sql(self) -> str:
        parts = [f"o.code_order BETWEEN {low} AND {high}" for low, high in self.ranges]
        if len(self.single) == 1:
            parts.append(f"o.code_order = {self.single[0]}")
        elif self.single or not parts:
            parts.append(f"o.code_order = ANY('{{{','.join(map(str, self.single))}}}'::bigint[])")
        return f"({' OR '.join(parts)})"


def of_codes(terms: tuple[Term, ...], reader: Reader, *, trusted: bool = False) -> Orders:
    """`trusted`: a single code is looked up by `require_known`, where nothing is found of it."""
    found = Orders()
    if trusted and len(terms) == 1 and codes.is_code(terms[0].text):
        found.single.append(codes.order(terms[0].text))
        return found
    for term in terms:
        _find(term.text, reader, found)
    return found


def require_known(criteria: Criteria, reader: Reader) -> None:
    """Pass, or raise `UnknownCodeError`."""
    of_codes(tuple(term for term in criteria.project if not term.excluded), reader)


def described(criteria: Criteria, reader: Reader) -> Orders | None:
    """Projects with the PI, keyword and category asked for, or None where nothing is asked."""
    asked = description(criteria, reader)
    return Orders(_orders(*asked)) if asked else None


def description(criteria: Criteria, reader: Reader) -> tuple[str, dict[str, object]] | None:
    """The same as a condition for `archive_project p`, with its values."""
    if not (criteria.pi or criteria.keyword or criteria.category):
        return None
    parts: list[str] = []
    values = dict(reader.values)
    for name in _COLUMNS:
        for sql, said in _described(name, getattr(criteria, name)):
            parts.append(sql)
            values |= said
    return " AND ".join([reader.known, *parts]), values


def mine(reader: Reader) -> Orders:
    """Those that all rows of hers belong to."""
    return Orders(_column(_MINE, reader.hers))


_MINE = """
SELECT code_order FROM archive_project WHERE id = ANY(%(projects)s)
UNION SELECT p.code_order FROM archive_memberous m JOIN archive_groupous g ON g.id = m.gous_id
    JOIN archive_project p ON p.id = g.project_id WHERE m.id = ANY(%(mous)s)"""
_COLUMNS = {"pi": "p.pi_key LIKE", "keyword": "p.science_keywords ILIKE", "category": "p.scientific_category ILIKE"}
_ACCOUNT = "p.pi_id = (SELECT id FROM archive_almaaccount WHERE name = %({0}_account)s)"


def _described(name: str, terms: tuple[Term, ...]) -> Iterator[tuple[str, dict[str, object]]]:
    """One condition for what may be, and one for what may not."""
    for excluded in (False, True):
        chosen = [
            _matching(name, f"{name}_{at}", term.text) for at, term in enumerate(terms) if term.excluded is excluded
        ]
        if chosen:
            any_of = " OR ".join(sql for sql, _ in chosen)
            said = {key: value for _, values in chosen for key, value in values.items()}
            yield f"NOT coalesce({any_of}, false)" if excluded else f"({any_of})", said


def _matching(name: str, key: str, text: str) -> tuple[str, dict[str, object]]:
    parts = words.tokens(text) if name == "pi" else [text]
    if not parts:
        raise CriterionError(name, f"{text!r} has no letters.", "Write a part of the name, or the ALMA account.")
    said: dict[str, object] = {f"{key}_{at}": f"%{words.literal(part)}%" for at, part in enumerate(parts)}
    sql = f"({' AND '.join(f'{_COLUMNS[name]} %({each})s' for each in said)})"
    if name != "pi":
        return sql, said
    return f"{sql} OR {_ACCOUNT.format(key)}", said | {f"{key}_account": text}


def _find(text: str, reader: Reader, found: Orders) -> None:
    beginning = text.rstrip("*") if "*" not in text.rstrip("*") else None
    if "*" not in text and _WHOLE.fullmatch(text):
        found.single.append(_exact(text, reader))
    elif beginning is not None and (span := _span(beginning)):
        found.ranges.append(span)
    elif "*" in text:
        pattern = words.literal(text).replace("*", "%")
        found.single += _orders(f"{reader.known} AND p.code LIKE %(code)s", reader.values | {"code": pattern})
    else:
        found.single.append(_exact(text, reader))


def _span(beginning: str) -> tuple[int, int] | None:
    """The orders of all codes that begin so, where it is the beginning of a code."""
    low, high = beginning + _FIRST[len(beginning) :], beginning + _LAST[len(beginning) :]
    return (codes.order(low), codes.order(high)) if codes.is_code(low) and codes.is_code(high) else None


def _exact(text: str, reader: Reader) -> int:
    values = reader.values | {"code": text}
    orders = _orders(f"{reader.known} AND p.code = %(code)s", values)
    if not orders:
        raise UnknownCodeError(text, _near(text, reader))
    return orders[0]


def _near(text: str, reader: Reader) -> list[str]:
    """Codes that differ in their suffix alone."""
    match = _WHOLE.fullmatch(text)
    if not match:
        return []
    values = reader.values | {"code": f"{match[1]}.%", "most": MOST_NEAR}
    return _planned(f"SELECT code FROM archive_project p WHERE {reader.known} AND p.code LIKE %(code)s"
                   " ORDER BY code LIMIT %(most)s", values)  # fmt: skip


def _orders(condition: str, values: dict[str, object]) -> list[int]:
    return _column(f"SELECT p.code_order FROM archive_project p WHERE {condition} ORDER BY 1", values)


def _planned(sql: str, values: dict[str, object]) -> list:
    """With the beginning of a code in it, which an index finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [value for (value,) in cursor.fetchall()]


def _column(sql: str, values: dict[str, object]) -> list:
    return [value for (value,) in repeated.rows(sql, values)]
