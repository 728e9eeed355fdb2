"""The indexes of the flat table: dropped before the first load, which would carry each row into a dozen of them, and
made again after it.

Who finds one missing makes it: a load that was killed has left the table without them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import UniqueConstraint

from archive.models import Observation

TABLE = Observation._meta.db_table


# Each row lands in another place of this one, which costs as much as writing the row
ONE_ROW = next(each for each in Observation._meta.constraints if isinstance(each, UniqueConstraint))
_MEMORY = "256MB"


def missing() -> list[str]:
    """Names of the indexes that are not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = %s", [TABLE])
        there = {name for (name,) in cursor.fetchall()}
    return [each.name for each in (ONE_ROW, *Observation._meta.indexes) if each.name not in there]


def drop() -> None:
    """Also the one that keeps each row from being there twice: a load into an empty table knows what it wrote."""
    with connection.cursor() as cursor:
        for each in (ONE_ROW, *Observation._meta.indexes):
            cursor.execute(f'DROP INDEX IF EXISTS "{each.name}"')


def make_missing() -> Iterator[str]:
    """Make what is not there, one after the other, and say each name before it."""
    absent = set(missing())
    if ONE_ROW.name in absent:
        yield ONE_ROW.name
        make_one_row()
    for index in Observation._meta.indexes:
        if index.name in absent:
            yield index.name
            with _much_memory(), connection.schema_editor() as editor:
                editor.add_index(Observation, index)


def make_one_row() -> None:
    """The one that rows are looked up in."""
    if ONE_ROW.name in missing():
        with _much_memory(), connection.schema_editor() as editor:
            editor.add_constraint(Observation, ONE_ROW)


@contextmanager
def _much_memory() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('maintenance_work_mem', %s, false)", [_MEMORY])
        try:
            yield
        finally:
            cursor.execute("RESET maintenance_work_mem")
