"""Which rows of a file the index does not have, or has otherwise: by their keys and fingerprints alone."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from archive.models import Observation
from archive.obscore import copying
from archive.obscore.copying import Column
from archive.obscore.survey import Rows

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
TABLE = Observation._meta.db_table


@dataclass(frozen=True)
class Chosen:
    """For each row of a file whether the index does not have it, or has it otherwise."""

    new: Flags
    differing: Flags

    def places(self, where: slice) -> tuple[Ints, Ints]:
        return np.flatnonzero(self.new[where]), np.flatnonzero(self.differing[where])


def all_new(rows: Rows) -> Chosen:
    return Chosen(rows.good, np.zeros(len(rows.good), bool))


def choose(rows: Rows) -> Chosen:
    """Of the good ones; one look through the index for all of them, or into it for each of a few."""
    good = np.flatnonzero(rows.good)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [TABLE])
        many = len(good) * MANY > cursor.fetchone()[0]
    absent, other = _compared(rows.key[good], rows.fingerprint[good]) if many else _asked(rows, good)
    new, differing = np.zeros((2, len(rows.good)), bool)
    new[good[absent]], differing[good[other]] = True, True
    return Chosen(new, differing)


MANY = 5  # times the rows of a file: what the index holds at most for all of it to be read
_HELD = f"""
COPY (SELECT string_agg(int8send(row_key) || int8send(fingerprint), '') FROM {TABLE} GROUP BY id / 100000)
TO STDOUT (FORMAT BINARY)
"""  # noqa: S608 (our own name)
_HEAD, _FIELD = 19, 6  # bytes of the stream before the first row, and of a row before its one value


def _compared(key: Ints, fingerprint: Ints) -> tuple[Flags, Flags]:
    """Which the index does not have, and which it has otherwise."""
    with connection.cursor() as cursor, cursor.copy(_HELD) as stream:
        pieces = list(_values(b"".join(stream)))
    held = np.frombuffer(b"".join(pieces), ">i8").reshape(-1, 2).astype(np.int64)
    held = held[np.argsort(held[:, 0])]
    order = np.argsort(key)
    at = np.searchsorted(held[:, 0], key[order])  # in order, for which the processor's cache is enough
    held = np.concatenate([held, np.zeros((1, 2), np.int64)])
    there = (at < len(held) - 1) & (held[at, 0] == key[order])
    absent, other = np.zeros((2, len(key)), bool)
    absent[order], other[order] = ~there, there & (held[at, 1] != fingerprint[order])
    return absent, other


def _values(stream: bytes) -> Iterator[bytes]:
    begin = _HEAD
    while int.from_bytes(stream[begin : begin + 2], signed=True) > 0:
        end = begin + _FIELD + int.from_bytes(stream[begin + 2 : begin + _FIELD])
        yield stream[begin + _FIELD : end]
        begin = end


_CHOOSE = f"""
SELECT place, o.row_key IS NULL FROM seen s LEFT JOIN {TABLE} o USING (row_key)
WHERE o.row_key IS NULL OR o.fingerprint <> s.fingerprint
"""  # noqa: S608 (our own name)


@transaction.atomic
def _asked(rows: Rows, good: Ints) -> tuple[Flags, Flags]:
    """The same."""
    place = np.arange(len(good))
    columns = {"row_key": Column(rows.key[good]), "fingerprint": Column(rows.fingerprint[good]), "place": Column(place)}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("CREATE TEMP TABLE seen (row_key int8, fingerprint int8, place int4) ON COMMIT DROP")
        copying.copy("seen", columns, {"row_key": ">i8", "fingerprint": ">i8", "place": ">i4"})
        cursor.execute("ANALYZE seen")
        cursor.execute(_CHOOSE)
        found = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
        cursor.execute("DROP TABLE seen")
    absent, other = np.zeros((2, len(good)), bool)
    absent[found[found[:, 1] == 1, 0]] = True
    other[found[found[:, 1] == 0, 0]] = True
    return absent, other
