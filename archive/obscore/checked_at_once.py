"""Tables that a load is the first to fill: their foreign keys are checked by one join when all rows are there, for to
look up what each of them points to takes longer than to write it, and their indexes are made then.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

# Primary keys stay: other tables point to them
_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = ANY (%s::text[]::regclass[]) AND contype IN ('f', 'u')
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY (%s::text[]::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""
# A table cannot be altered while a check of its rows is still to come
_IMPATIENT = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; SET LOCAL lock_timeout = '100ms'"
_PATIENT = "SET LOCAL lock_timeout TO DEFAULT"


@contextmanager
def checked_at_once(tables: Sequence[str]) -> Iterator[bool]:
    """Those of the tables that are empty; nobody may read them until the transaction ends.

    Whether this is so for all of them, which then have no rows but those of this transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        empty = [table for table in tables if _is_empty(cursor, table)]
        cursor.execute(_KEYS, [empty, empty])
        keys = cursor.fetchall()
        if not (keys and _drop(cursor, [drop for drop, _ in keys])):
            keys = []
        yield bool(keys) and len(empty) == len(tables)
        for _, made in keys:
            cursor.execute(made)


def _drop(cursor: CursorWrapper, statements: Sequence[str]) -> bool:
    """Unless somebody reads the tables at this moment, who is not waited for."""
    try:
        with transaction.atomic():
            cursor.execute(_IMPATIENT)
            for statement in statements:
                cursor.execute(statement)
            cursor.execute(_PATIENT)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True


def _is_empty(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")  # noqa: S608 (our own names)
    return cursor.fetchone()[0]
