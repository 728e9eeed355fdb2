"""Statements that need tables for themselves are run together, or not at all."""

import threading
from contextlib import closing

import pytest
from django.db import ProgrammingError, connection

from archive import index_tables, taking_tables

TABLE, OTHER = "archive_setup", "archive_footprint"
STATEMENTS = [f"ALTER TABLE {table} ADD COLUMN said int" for table in (TABLE, OTHER)]


def columns():
    with connection.cursor() as cursor:
        cursor.execute("SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'said'")
        return {table for (table,) in cursor.fetchall()}


@pytest.mark.django_db
def test_all_of_them_are_run_and_others_are_waited_for_again():
    with connection.cursor() as cursor:
        assert taking_tables.all_or_none(cursor, STATEMENTS)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)

    assert columns() == {TABLE, OTHER}


@pytest.mark.django_db(transaction=True)
def test_where_somebody_reads_one_of_the_tables_nothing_is_done():
    with closing(connection.copy()) as other, other.cursor() as reader:
        reader.execute("BEGIN")
        reader.execute(f"SELECT FROM {OTHER}")
        with connection.cursor() as cursor:
            assert not taking_tables.all_or_none(cursor, STATEMENTS)

    assert columns() == set()


@pytest.mark.django_db
def test_another_error_is_not_taken_for_a_reader():
    with connection.cursor() as cursor, pytest.raises(ProgrammingError):
        taking_tables.all_or_none(cursor, ["DROP TABLE nowhere"])


@pytest.mark.django_db(transaction=True)
def test_indexes_are_dropped_when_who_reads_their_table_has_ended():
    with closing(connection.copy()) as other, other.cursor() as reader:
        reader.execute("BEGIN")
        reader.execute(f"SELECT FROM {OTHER}")
        end = threading.Timer(0.5, other.connection.rollback)  # a thread of its own, which Django would refuse
        end.start()
        try:
            index_tables.drop()
            gone = set(index_tables.missing())
        finally:
            end.join()
            index_tables.make_missing()

    assert {"observation_place", "archive_footprint_digest_key", "archive_observation_pkey"} <= gone
    assert index_tables.missing() == []
