"""Many new rows with one COPY, which costs a part of what INSERT does.  Triggers and constraints hold as there."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model


def insert(rows: Sequence[Model]) -> None:
    """New rows of one model, whose keys are known; as with `bulk_create` no signal is sent."""
    if not rows:
        return
    fields = rows[0]._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    told = [_said(field) for field in fields]
    copy = f"COPY {table} ({columns}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copy) as stream:
        for row in rows:
            stream.write_row([say(row) for say in told])


def _said(field) -> Callable[[Model], Any]:
    """What is written of a row: its plain value, but for JSON the driver knows every type of ours."""
    plain = attrgetter(field.attname)
    if isinstance(field, JSONField):
        return lambda row: field.get_db_prep_save(plain(row), connection=connection)
    return plain
