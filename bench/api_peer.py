"""The peer of `bench/api_search.py`: the same statements on the same database and server, and nothing of Django.

`/17` runs what the service ran for question 17, and sends the rows of the statement with most columns.
"""

import os
import pickle
from pathlib import Path

import orjson
import psycopg
from psycopg_pool import ConnectionPool

_ASKED = os.environ["ALTIPLANO_BENCH_STATEMENTS"]
STATEMENTS = pickle.loads(Path(_ASKED).read_bytes())  # noqa: S301 (written by bench/api_rounds.py a moment ago)
POOL = ConnectionPool(
    os.environ["ALTIPLANO_DATABASE_URL"], min_size=1, max_size=20, open=True,
    kwargs={"autocommit": True, "prepare_threshold": 1,
            "options": os.environ["ALTIPLANO_BENCH_DATABASE_OPTIONS"]},
)  # fmt: skip


def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = b"ok" if path == "/healthz" else orjson.dumps({"rows": _rows(int(path[1:]))}, default=str)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _rows(number):
    widest, names = [], []
    with POOL.connection() as connection:
        for kind, text, values in STATEMENTS[number]:
            cursor = getattr(psycopg, kind)(connection)
            cursor.execute(text, values)
            if cursor.description:
                found = cursor.fetchall()
                if len(cursor.description) > len(names):
                    widest, names = found, [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in widest]
