"""Foreign keys that are checked for all rows at once, and indexes that are made of all rows at once."""

from contextlib import closing

import pytest
from django.db import IntegrityError, connection

from archive.models import GroupOUS, MemberOUS, Project
from archive.obscore.checked_at_once import checked_at_once
from tests import make

TABLE = GroupOUS._meta.db_table


def keys():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = 'f'",
            [TABLE],
        )
        return cursor.fetchall()


def indexes():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.indexrelid::regclass::text, pg_get_indexdef(x.indexrelid), c.contype "
            "FROM pg_index x LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.conrelid = x.indrelid "
            "WHERE x.indrelid = %s::regclass AND x.indisvalid ORDER BY 1",
            [TABLE],
        )
        return cursor.fetchall()


def make_group(project):
    with checked_at_once([TABLE]) as alone:
        assert alone
        group = GroupOUS.objects.create(uid="uid://A001/X1/X1", project_id=project)
        assert keys() == []
    return group


@pytest.mark.django_db
def test_a_row_that_points_nowhere_is_found_at_the_end():
    with pytest.raises(IntegrityError, match="archive_project"):
        make_group(17)


@pytest.mark.django_db
def test_the_keys_are_as_they_were_before():
    before = keys()
    assert before

    make_group(make.project().pk)

    assert keys() == before


@pytest.mark.django_db
def test_indexes_are_made_when_all_rows_are_there():
    before, project = indexes(), make.project()
    assert {kind for _, _, kind in before} == {"p", "u", None}

    with checked_at_once([TABLE]):
        assert [kind for _, _, kind in indexes()] == ["p"]
        GroupOUS.objects.create(uid="uid://A001/X1/X1", project=project)

    assert indexes() == before


@pytest.mark.django_db
def test_of_two_rows_of_a_name_the_second_is_refused_all_the_same():
    project = make.project()
    groups = [GroupOUS(uid="uid://A001/X1/X1", project=project) for _ in range(2)]

    with pytest.raises(IntegrityError, match="uid"), checked_at_once([TABLE]):
        GroupOUS.objects.bulk_create(groups)


@pytest.mark.django_db
def test_where_there_are_rows_each_new_one_is_checked_as_ever():
    make.mous()
    before = keys()

    with checked_at_once([TABLE, MemberOUS._meta.db_table]) as alone:
        assert not alone
        assert keys() == before


@pytest.mark.django_db(transaction=True)
def test_who_reads_such_a_table_is_not_waited_for():
    before = keys()

    with closing(connection.copy()) as other, other.cursor() as reader:
        reader.execute("BEGIN")
        reader.execute(f"SELECT FROM {TABLE}")
        with checked_at_once([TABLE]) as alone:
            meanwhile = keys()
            GroupOUS.objects.create(uid="uid://A001/X1/X1", project=make.project())

    assert (alone, meanwhile, keys()) == (False, before, before)


@pytest.mark.django_db
def test_nobody_is_alone_with_tables_of_which_one_has_rows():
    make.project()

    with checked_at_once([Project._meta.db_table, TABLE]) as alone:
        assert not alone
        assert keys() == []
