"""The indexes of the flat table, of its tallies and of texts that stand once: dropped before the first load, which
would carry each row into a dozen of them and each name into those of its trigrams, and made again after it.

Who finds one missing makes it: a load that was killed has left the table without them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from django.db import connection, transaction
from django.db.models import Model, UniqueConstraint

from archive import taking_tables
from archive.models import AnnouncedBlock, Footprint, Observation, Setup, Tally, TargetName

TABLE = Observation._meta.db_table
# A few rows alone are in them: it takes less to ask each row at its copy than to look through all of them once more
_KEPT = {index.name for index in Observation._meta.indexes if index.condition}
# Each row lands in another place of this one, which costs as much as writing the row
ONE_ROW = next(each for each in Observation._meta.constraints if isinstance(each, UniqueConstraint))


def _key(table: type[Model], column: str, kind: str, end: str) -> tuple[type[Model], UniqueConstraint]:
    """Named as PostgreSQL does; with the class of its column it is an index of its own, until it becomes the key."""
    return table, UniqueConstraint(fields=[column], opclasses=[kind], name=f"{table._meta.db_table}_{end}")


_KEYS = [
    _key(Observation, "id", "int8_ops", "pkey"),
    _key(TargetName, "name", "text_ops", "name_key"),
    _key(Setup, "digest", "uuid_ops", "digest_key"),
    _key(Footprint, "digest", "uuid_ops", "digest_key"),
    _key(AnnouncedBlock, "uid", "text_ops", "uid_key"),
]
_TEXTS = (TargetName, Setup, Footprint)
_MADE = {each.name: (table, each) for table, each in [(Observation, ONE_ROW), *_KEYS]} | {
    index.name: (table, index) for table in (TargetName, Observation, Tally) for index in table._meta.indexes
}
AT_ONCE = 2  # sessions that make indexes side by side, rather than processes that make one together
_SETTINGS = {"maintenance_work_mem": "256MB", "max_parallel_maintenance_workers": "0"}


def missing() -> list[str]:
    """Names of the indexes that are not there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in _MADE if name not in there]


def drop() -> None:
    """Also the one that keeps each row from being there twice: a load into an empty table knows what it wrote."""
    keys = [f"ALTER TABLE {table._meta.db_table} DROP CONSTRAINT IF EXISTS {key.name}" for table, key in _KEYS]
    statements = [*keys, *(f'DROP INDEX IF EXISTS "{name}"' for name in _MADE.keys() - _KEPT)]
    with connection.cursor() as cursor:
        if not taking_tables.all_or_none(cursor, statements):
            for statement in statements:
                cursor.execute(statement)


def make_missing_of_texts() -> None:
    """When the last text is there, beside what is still to come of the rows."""
    names = [name for name in missing() if _MADE[name][0] in _TEXTS]
    for name in names:
        _make(name)
    if names:
        learn(TargetName)


def make_missing(count: Callable[[], None] | None = None) -> None:
    """With `count`, which makes the tallies, all is new, and the planner is told of it as well."""
    make_missing_of_texts()
    jobs = [partial(_make, name) for name in sorted(missing(), key=_work, reverse=True)]
    if count:
        jobs = [count, partial(learn, Observation), *jobs]
    if connection.in_atomic_block:  # another session would wait for us
        for job in jobs:
            job()
    else:
        with ThreadPoolExecutor(AT_ONCE) as sessions:
            list(sessions.map(_apart, jobs))
    _make_keys()


def _make_keys() -> None:
    """At the end, for nobody may read or make an index meanwhile, if only for a moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE connamespace = current_schema()::regnamespace")
        there = {name for (name,) in cursor.fetchall()}
        for table, key in _KEYS:
            if key.name not in there:
                kind = "PRIMARY KEY" if key.fields == ("id",) else "UNIQUE"
                place = table._meta.db_table
                cursor.execute(f"ALTER TABLE {place} ADD CONSTRAINT {key.name} {kind} USING INDEX {key.name}")


def analyze() -> None:
    learn(Observation, TargetName)


def learn(*tables: type[Model]) -> None:
    """Before the indexes of rows are made, for it cannot go on beside one of them; from 15 000 rows of each table."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 50")
        cursor.execute(f"ANALYZE {', '.join(table._meta.db_table for table in tables)}")


def make_one_row() -> None:
    """The one that rows are looked up in."""
    if ONE_ROW.name in missing():
        _make(ONE_ROW.name)


def _apart(job: Callable[[], None]) -> None:
    """In a thread, which has a connection of its own."""
    try:
        job()
    finally:
        connection.close()


def _work(name: str) -> tuple[bool, int]:
    """The widest of the rows take longest.  Small ones come last: a session that has nothing else to do makes them,
    and those of tallies would wait for these to be counted.
    """
    table, made = _MADE[name]
    return table is Observation, len(made.fields) + len(made.include)


def _make(name: str) -> None:
    table, made = _MADE[name]
    with _settings(), connection.schema_editor() as editor:
        if isinstance(made, UniqueConstraint):
            editor.add_constraint(table, made)
        else:
            editor.add_index(table, made)


@contextmanager
def _settings() -> Iterator[None]:
    with connection.cursor() as cursor:
        for name, value in _SETTINGS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
        try:
            yield
        finally:
            for name in _SETTINGS:
                cursor.execute(f"RESET {name}")
