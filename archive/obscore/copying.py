"""Columns of numbers as the binary stream that PostgreSQL's COPY reads.

An unknown number takes no room in that stream, so rows are laid out by which of their numbers are unknown.  So that
rows stay in their order, more or less, this is done for some thousands of them at a time.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_END = struct.pack(">h", -1)
_NEAR = 8192  # rows that may change places
_KINDS = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "float8": ">f8", "bool": ">u1", "timestamptz": ">i8"}
# Microseconds from 1970 to 2000, where PostgreSQL begins to count
EPOCH_2000 = 946_684_800_000_000


@dataclass(frozen=True)
class Column:
    values: NDArray  # of each row
    unknown: NDArray[np.bool_] | None = None  # where there is no value


def number(values: NDArray[np.float64]) -> Column:
    """NaN is unknown."""
    return Column(values, np.isnan(values))


def kinds_of(table: str) -> dict[str, str]:
    """The columns of a table, and the layout of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, typname FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id' ORDER BY attnum",
            [table],
        )
        return {name: _KINDS[kind] for name, kind in cursor.fetchall()}


def copy(table: str, columns: Mapping[str, Column], kinds: Mapping[str, str]) -> None:
    """All columns must be named in `kinds`."""
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as stream:
        stream.write(_HEAD)
        for piece in _pieces(list(columns.values()), [kinds[name] for name in columns]):
            stream.write(piece)
        stream.write(_END)


def _pieces(columns: Sequence[Column], kinds: Sequence[str]) -> Iterator[bytes]:
    rows = len(columns[0].values)
    if not rows:
        return
    pattern = np.zeros(rows, np.uint64)
    gaps = [at for at, column in enumerate(columns) if column.unknown is not None and column.unknown.any()]
    for bit, at in enumerate(gaps):
        pattern |= columns[at].unknown.astype(np.uint64) << np.uint64(bit)
    known, which = np.unique(pattern, return_inverse=True)
    group = np.arange(rows) // _NEAR * len(known) + which
    order = np.argsort(group, kind="stable")
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    packed: list[memoryview] = []
    for number, bits in enumerate(known.tolist()):
        absent = {at for bit, at in enumerate(gaps) if bits >> bit & 1}
        packed.append(memoryview(_packed(columns, kinds, order[which[order] == number], absent)))
    sizes = [len(each) // max(1, int((which == number).sum())) for number, each in enumerate(packed)]
    done = [0] * len(known)
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), rows], strict=True):
        of = int(which[order[begin]])
        size = (end - begin) * sizes[of]
        yield packed[of][done[of] : done[of] + size]
        done[of] += size


def _packed(columns: Sequence[Column], kinds: Sequence[str], rows: NDArray, absent: set[int]) -> bytes:
    """The tuples of rows that lack the same columns."""
    layout = [("count", ">i2")]
    for at, kind in enumerate(kinds):
        layout += [(f"l{at}", ">i4")] + ([] if at in absent else [(f"v{at}", kind)])
    table = np.empty(len(rows), np.dtype(layout))
    table["count"] = len(columns)
    for at, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        table[f"l{at}"] = -1 if at in absent else np.dtype(kind).itemsize
        if at not in absent:
            table[f"v{at}"] = column.values[rows]
    return table.tobytes()


def copy_texts(table: str, names: Sequence[str], rows: Sequence[Sequence], kinds: Sequence[str]) -> None:
    """Rows of Python's values into a table, binary, by the PostgreSQL types given."""
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({listed}) FROM STDIN (FORMAT BINARY)") as stream:
        stream.set_types(kinds)
        for row in rows:
            stream.write_row(row)
