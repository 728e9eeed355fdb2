"""Tables that a load is the first to fill: their foreign keys are checked by one join when all rows are there, for to
look up what each of them points to takes longer than to write it, and their indexes are made then.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from archive import taking_tables

# Primary keys stay: other tables point to them
_KEYS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = ANY (%s::text[]::regclass[]) AND contype IN ('f', 'u')
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY (%s::text[]::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""


@contextmanager
def checked_at_once(tables: Sequence[str]) -> Iterator[bool]:
    """Those of the tables that are empty; nobody may read them until the transaction ends.

    Whether this is so for all of them, which then have no rows but those of this transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        empty = [table for table in tables if _is_empty(cursor, table)]
        cursor.execute(_KEYS, [empty, empty])
        keys = cursor.fetchall()
        if not (keys and taking_tables.all_or_none(cursor, [drop for drop, _ in keys])):
            keys = []
        yield bool(keys) and len(empty) == len(tables)
        for _, made in keys:
            cursor.execute(made)


def _is_empty(cursor: CursorWrapper, table: str) -> bool:
    cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")  # noqa: S608 (our own names)
    return cursor.fetchone()[0]
