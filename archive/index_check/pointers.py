"""Rows of search, and execution blocks that they name, that point to nothing: their tables have no foreign keys, so
that they load fast (decisions 0016 and 0041).
"""

from collections.abc import Iterator

from django.db import connection

from archive import index_tables
from archive.index_check.faults import Fault
from archive.models import AnnouncedBlock, Observation

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
    count, first = _nowhere(AnnouncedBlock._meta.get_field("mous"))
    if count:
        sentence = (
            f"{count} execution blocks that ObsCore names point to no MOUS that exists; the first is block {first}."
        )
        yield Fault("row-points-nowhere", sentence, "mous of a block")
    for name in index_tables.missing():
        yield Fault("index-missing", f"The database lacks the index {name}; search is slow without it.", name)


def _nowhere(column):
    table, there = (model._meta.db_table for model in (column.model, column.related_model))
    with connection.cursor() as cursor:
        cursor.execute(NOWHERE.format(table=table, column=column.column, there=there))
        return cursor.fetchone()
