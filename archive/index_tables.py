"""The indexes of the flat table: dropped before the first load, which would carry each row into a dozen of them, and
made again after it.

Who finds one missing makes it: a load that was killed has left the table without them.
"""

from collections.abc import Iterator

from django.db import connection

from archive.models import Observation

TABLE = Observation._meta.db_table


def missing() -> list[str]:
    """Names of the indexes that are not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [TABLE])
        there = {name for (name,) in cursor.fetchall()}
    return [index.name for index in Observation._meta.indexes if index.name not in there]


def drop() -> None:
    with connection.cursor() as cursor:
        for index in Observation._meta.indexes:
            cursor.execute(f'DROP INDEX IF EXISTS "{index.name}"')


def make_missing() -> Iterator[str]:
    """Make what is not there, one after the other, and say each name before it."""
    absent = set(missing())
    for index in Observation._meta.indexes:
        if index.name in absent:
            yield index.name
            with connection.schema_editor() as editor:
                editor.add_index(Observation, index)
