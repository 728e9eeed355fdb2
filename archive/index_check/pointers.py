"""Rows of search that point to nothing: the table has no foreign keys, so that it loads fast (decision 0016)."""

from collections.abc import Iterator

from django.db import connection

from archive import index_tables
from archive.index_check.faults import Fault
from archive.models import Observation

COLUMNS = ("project", "gous", "mous", "name", "block", "setup", "footprint")
NOWHERE = """
SELECT count(*), min(o.id) FROM "{table}" o
WHERE o."{column}" IS NOT NULL AND NOT EXISTS (SELECT FROM "{there}" t WHERE t.id = o."{column}")
"""


def check() -> Iterator[Fault]:
    for name in COLUMNS:
        count, first = _nowhere(Observation._meta.get_field(name))
        if count:
            sentence = f"{count} rows of search point to no {name} that exists; the first is observation {first}."
            yield Fault("row-points-nowhere", sentence, name)
    for name in index_tables.missing():
        yield Fault("index-missing", f"The database lacks the index {name}; search is slow without it.", name)


def _nowhere(column):
    names = {"table": index_tables.TABLE, "column": column.column, "there": column.related_model._meta.db_table}
    with connection.cursor() as cursor:
        cursor.execute(NOWHERE.format(**names))
        return cursor.fetchone()
