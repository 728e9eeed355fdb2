"""The binary stream of COPY, as PostgreSQL reads it."""

import numpy as np
import polars as pl
import pytest
from django.db import connection, transaction

from archive.obscore import copying
from archive.obscore.copying import Column

KINDS = {"id": ">i4", "said": ">f8", "owner": ">i8", "hidden": ">u1", "never": ">f8"}


@pytest.mark.django_db
def test_rows_are_laid_out_before_all_is_known_of_them_and_arrive_with_what_is_filled_in():
    count = 20_000  # more than may change places
    number = np.arange(count)
    unknown, alone = number % 7 == 0, number % 3 == 0
    nothing = np.zeros(count, np.int64)
    columns = {
        "id": Column(number),
        "said": Column(number / 2, unknown),
        "owner": Column(nothing, alone),
        "hidden": Column(nothing),
        "never": Column(np.full(count, np.nan), np.ones(count, bool)),
    }
    rows = copying.Prepared(columns, KINDS)

    rows.fill({"owner": Column(number * 10**10, alone), "hidden": Column(number % 2)})

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE told (id int4, said float8, owner int8, hidden bool, never float8) ON COMMIT DROP"
        )
        rows.copy("told")
        cursor.execute("SELECT id, said, owner, hidden, never FROM told ORDER BY id")
        found = cursor.fetchall()
    assert found == [
        (n, None if n % 7 == 0 else n / 2, None if n % 3 == 0 else n * 10**10, n % 2 == 1, None) for n in range(count)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 3])
def test_whole_numbers_that_a_query_finds_come_as_they_are(count):
    sql = f"SELECT n::int4 AS place, -n * 5000000000 AS far, nullif(n, 2) AS said FROM generate_series(1, {count}) n"

    found = copying.numbers(sql, ("said", "place", "far"))

    assert sorted(found.tolist()) == [(0, 2, -(10**10)), (1, 1, -5 * 10**9), (3, 3, -15 * 10**9)][:count]


@pytest.mark.django_db
def test_tables_with_texts_arrive_as_they_are():
    rows = [(n, "Zwölf" * (n % 40) or None, bytes([0, n % 256]) * (n % 3), n % 7 or None, -n) for n in range(3000)]
    kinds = {"id": "int4", "said": "text", "shape": "bytea", "owner": "int8", "far": "int8"}
    types = {"id": pl.Int32, "said": pl.String, "shape": pl.Binary, "owner": pl.Int64, "far": pl.Int64}

    with transaction.atomic(), copying.staged("told", pl.DataFrame(rows, types, orient="row"), kinds) as cursor:
        cursor.execute("SELECT id, said, shape, owner, far FROM told ORDER BY id")
        found = [(id_, said, bytes(shape), owner, far) for id_, said, shape, owner, far in cursor.fetchall()]

    assert found == rows


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 2500])
def test_tables_without_texts_arrive_as_they_are(count):
    with transaction.atomic(), copying.staged("told", pl.DataFrame({"id": range(count)}), {"id": "int8"}) as cursor:
        cursor.execute("SELECT id FROM told ORDER BY id")
        found = cursor.fetchall()

    assert found == [(n,) for n in range(count)]
