"""All rows of a search, one after the other: the database keeps the answer and hands it out piece by piece."""

from collections.abc import Iterator
from contextlib import closing

from django.db import connection, transaction

from archive.search import rows as answered
from archive.search.order import Order
from archive.search.question import Question
from archive.search.reader import Reader
from archive.search.rows import Row

PIECE = 2000


def rows(question: Question, order: Order, reader: Reader) -> Iterator[Row]:
    """Which rows, and in what order, is decided at the start.  A row that is taken away before its piece comes is left
    out, and whether one may have its data is asked when its piece comes."""
    with transaction.atomic():
        _prefer_the_whole()
        with closing(connection.chunked_cursor()) as cursor:
            cursor.execute(question.all_sorted(order), question.values)
            while keys := [key for key, *_ in cursor.fetchmany(PIECE)]:
                yield from answered.of(keys, reader, full=True)


def _prefer_the_whole() -> None:
    """All rows will be taken, so the fastest way to all of them is wanted, not to the first."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL cursor_tuple_fraction = 1.0")
