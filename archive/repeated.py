"""A question that is asked all the time: Django writes its SQL once, from the same rows and rules as any other.

To write it, and for the database to plan it, take ten times as long as to answer it.  So the text is kept, what differs
from one asking to the next stands in it as a `Blank`, and each connection prepares it (docs/decisions/0014).
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property, partial

import psycopg
from django.db import connection
from django.db.models import BooleanField, DateTimeField, Expression, Func, IntegerField
from psycopg.pq import Format

from archive.prepared import Prepared, UnansweredError, numbered

Said = tuple[str, dict[str, object]]  # SQL with its values

PREPARED_AFTER = 1  # asking on one connection
MOST_PREPARED = 150  # on one connection: the ways through the index alone are some dozens, by reader and by order


class Blank(Expression):
    """The place of a value in a query."""

    def __init__(self, name, output_field):
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]


class Reader(Blank):
    """Some person with an account, as `archive.access` asks for one; her key is filled in."""

    is_authenticated = is_active = True

    def __init__(self):
        super().__init__("reader", IntegerField())


def now():
    return Blank("now", DateTimeField())


class Among(Func):
    """Whether a key is in a set that is one value, so that the query is the same whatever is in it."""

    template, arg_joiner = "(%(expressions)s))", " = ANY("
    output_field = BooleanField()


class Repeated:
    """The text of `rows`, and where its blanks are.

    `around` is SQL of our own in which `{rows}` stands for it, with one more blank behind that, `last`.
    """

    def __init__(self, rows, around="{rows}", last=None):
        self._names = list(rows.query.selected or ())
        text, values = rows.query.get_compiler(connection=connection).as_sql()
        self._text, self._values = around.replace("{rows}", text), [*values, *filter(None, [last])]

    def first(self, **filled):
        """The first row as a tuple, or None; `filled` has a value for every blank."""
        with preparing_cursor() as cursor:
            cursor.execute(self._text, self._with(filled))
            return cursor.fetchone()

    def row(self, **filled):
        """As `first`, but of truths and texts, and in a fraction of the time."""
        return self.asked(**filled)()

    def asked(self, **filled):
        """What waits for `row`, which is asked for when this returns; until it is called, nothing else may be asked."""
        connection.ensure_connection()
        if not connection.queries_logged and not connection.execute_wrappers:
            with suppress(UnansweredError):
                return partial(self._answered, self._prepared.asked(connection.connection, filled), filled)
        row = self.first(**filled)
        return lambda: row

    def _answered(self, answer, filled):
        try:
            return answer()
        except UnansweredError:
            return self.first(**filled)

    @cached_property
    def _prepared(self):
        return Prepared(*self.within("fixed"))

    def every(self, *, binary=False, **filled):
        """All rows, as tuples."""
        with preparing_cursor(binary=binary) as cursor:
            cursor.execute(self._text, self._with(filled))
            return cursor.fetchall()

    def part(self, start, stop, **filled):
        """Rows from `start` to before `stop`, as those of `values()`."""
        with preparing_cursor() as cursor:
            cursor.execute(f"{self._text} LIMIT %s OFFSET %s", [*self._with(filled), stop - start, start])
            return [dict(zip(self._names, row, strict=True)) for row in cursor.fetchall()]

    def within(self, prefix):
        """The text as part of another question that names its values, and what those are that are no blanks."""
        names = [value.name if isinstance(value, Blank) else f"{prefix}_{at}" for at, value in enumerate(self._values)]
        left = iter(names)
        text = re.sub("%[%s]", lambda found: "%%" if found[0] == "%%" else f"%({next(left)})s", self._text)
        fixed = {name: value for name, value in zip(names, self._values, strict=True) if not isinstance(value, Blank)}
        return text, fixed

    def _with(self, filled):
        return [filled[value.name] if isinstance(value, Blank) else value for value in self._values]


def rows(sql, values, *, binary=False):
    """Of a question that comes in few forms, whatever its values are."""
    with preparing_cursor(binary=binary) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def listed(numbers: Iterable[int]) -> str:
    """For a blank that is cast to an array.  psycopg would look at every number, and tell another type where one is
    larger, for which the question is prepared once more."""
    return f"{{{','.join(map(str, numbers))}}}"


def preparing_cursor(*, binary=False):
    """One that sends text and values apart, which Django's own does not; it is logged and its errors are as usual.

    `binary`: numbers and times come as they are stored, which is faster where there are many.
    """
    connection.ensure_connection()
    # psycopg does not say the text of what is prepared, so nothing is where that is written down
    connection.connection.prepare_threshold = None if connection.queries_logged else PREPARED_AFTER
    connection.connection.prepared_max = MOST_PREPARED
    cursor = _Cursor(connection.connection)
    cursor.format = Format.BINARY if binary else Format.TEXT
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)


class _Cursor(psycopg.RawCursor):
    """Blanks are looked for once in a text: psycopg would do so each time in one of more than 4096 letters."""

    def execute(self, query, params=None, **options):
        text, names = numbered(query)
        return super().execute(text, [params[name] for name in names], **options)
