"""The order of the columns of the index, which the database keeps and no model knows."""

import importlib

import pytest
from django.db import connection

from archive.obscore.load import load_obscore
from tests.obscore_rows import row, write_csv

migration = importlib.import_module("archive.migrations.0021_a_first_load_in_less_time")
DESCRIBED = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'archive_observation'::regclass
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'archive_observation'
UNION ALL SELECT attname, concat_ws(' ', atttypid::regtype, attnotnull, attidentity::text) FROM pg_attribute
WHERE attrelid = 'archive_observation'::regclass AND attnum > 0
ORDER BY 1, 2
"""


def asked(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def columns():
    sql = "SELECT attname FROM pg_attribute WHERE attrelid = 'archive_observation'::regclass AND attnum > 0"
    return [name for (name,) in asked(f"{sql} ORDER BY attnum")]


def reorder():
    with connection.schema_editor() as editor:
        migration.reorder(None, editor)


@pytest.mark.django_db
def test_what_indexes_are_made_of_comes_first():
    indexed = asked(
        "SELECT DISTINCT attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = indrelid AND attnum = ANY(indkey) "
        "WHERE indrelid = 'archive_observation'::regclass"
    )

    assert {name for (name,) in indexed} <= set(columns()[: len(migration.FIRST)])


@pytest.mark.django_db
def test_an_empty_index_changes_its_order_and_nothing_else(monkeypatch, tmp_path):
    described = asked(DESCRIBED)
    monkeypatch.setattr(migration, "FIRST", ("name_id", "id"))

    reorder()

    assert columns()[:2] == ["name_id", "id"]
    assert asked(DESCRIBED) == described
    assert load_obscore([write_csv(tmp_path / "rows.csv", [row(25)])])[0].new == 1


@pytest.mark.django_db
@pytest.mark.parametrize("used", ["rows", "grants"])
def test_an_index_that_is_used_keeps_its_order(monkeypatch, tmp_path, used):
    if used == "rows":
        load_obscore([write_csv(tmp_path / "rows.csv", [row(25)])])
    else:
        with connection.cursor() as cursor:
            cursor.execute("GRANT SELECT ON archive_observation TO public")
    before = columns()
    monkeypatch.setattr(migration, "FIRST", ("name_id", "id"))

    reorder()

    assert columns() == before
