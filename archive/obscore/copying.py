"""What PostgreSQL's COPY reads: its binary stream, of columns of numbers or of tables with texts.

An unknown number takes no room in that stream, so rows are laid out by which of their numbers are unknown, some
thousands at a time: they stay in their order, more or less, and the processor's cache holds them.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper
from numpy.typing import NDArray

_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_END = struct.pack(">h", -1)
_NEAR = 8192  # rows that may change places
_FEW = 512  # rows with texts that are sent at once, from memory that the processor has at hand
_KINDS = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "float8": ">f8", "bool": ">u1", "timestamptz": ">i8"}
# Microseconds from 1970 to 2000, where PostgreSQL begins to count
EPOCH_2000 = 946_684_800_000_000


@dataclass(frozen=True)
class Column:
    values: NDArray  # of each row, unless `order` says where each row's is
    unknown: NDArray[np.bool_] | None = None  # where there is no value
    order: NDArray | None = None


def number(values: NDArray[np.float64]) -> Column:
    """NaN is unknown."""
    return Column(values, np.isnan(values))


def kinds_of(table: str) -> dict[str, str]:
    """The columns of a table, and the layout of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, typname FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [table],
        )
        return {name: _KINDS[kind] for name, kind in cursor.fetchall()}


def copy(table: str, columns: Mapping[str, Column], kinds: Mapping[str, str]) -> None:
    """All columns must be named in `kinds`; those of which nothing is known are left out."""
    names, pieces = _laid_out(columns, kinds)
    _send(table, names, (piece for _, piece in pieces))


Pieces = Iterator[tuple[NDArray, NDArray]]  # some rows, and how they are sent


def _laid_out(columns: Mapping[str, Column], kinds: Mapping[str, str]) -> tuple[list[str], Pieces]:
    said = {name: column for name, column in columns.items() if column.unknown is None or not column.unknown.all()}
    return list(said), _pieces(list(said.values()), [kinds[name] for name in said])


def _send(table: str, columns: Iterable[str], pieces: Iterable[NDArray]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as stream:
        stream.write(_HEAD)
        for piece in pieces:
            stream.write(piece.view(np.uint8).data)
        stream.write(_END)


class Prepared:
    """Rows laid out ahead of the transaction that writes them, which fills in what it alone can know."""

    def __init__(self, columns: Mapping[str, Column], kinds: Mapping[str, str]) -> None:
        self.names, pieces = _laid_out(columns, kinds)
        self.pieces = list(pieces)

    def fill(self, columns: Mapping[str, Column]) -> None:
        """Other values; where there is none must be known before."""
        places = {f"v{at}": columns[name].values for at, name in enumerate(self.names) if name in columns}
        for rows, piece in self.pieces:
            for place in places.keys() & set(piece.dtype.names or ()):
                piece[place] = places[place][rows]

    def copy(self, table: str) -> None:
        _send(table, self.names, (piece for _, piece in self.pieces))


def _pieces(columns: Sequence[Column], kinds: Sequence[str]) -> Pieces:
    gaps = [at for at, column in enumerate(columns) if column.unknown is not None and column.unknown.any()]
    pattern = _pattern([columns[at] for at in gaps], len(columns[0].values))
    layouts: dict[int, _Layout] = {}
    for begin in range(0, len(pattern), _NEAR):
        near = pattern[begin : begin + _NEAR]
        for bits in np.unique(near).tolist():
            if bits not in layouts:
                layouts[bits] = _Layout(kinds, {at for bit, at in enumerate(gaps) if bits >> bit & 1})
            rows = np.flatnonzero(near == bits) + begin
            yield rows, layouts[bits].packed(columns, rows)


def _pattern(columns: Sequence[Column], rows: int) -> NDArray[np.uint64]:
    """Of each row a bit for each column that it has nothing in."""
    pattern = np.zeros(rows, np.uint64)
    orders = {id(column.order): column.order for column in columns}
    for key, order in orders.items():
        some = [(bit, column.unknown) for bit, column in enumerate(columns) if id(column.order) == key]
        found = np.zeros(len(some[0][1]), np.uint64)
        for bit, unknown in some:
            found |= unknown.astype(np.uint64) << np.uint64(bit)
        pattern |= found if order is None else found[order]
    return pattern


class _Layout:
    """Of the rows that lack the same columns: each value stands behind its length, and -1 alone where there is none."""

    def __init__(self, kinds: Sequence[str], absent: set[int]) -> None:
        self.known = [at for at in range(len(kinds)) if at not in absent]
        fields = [("count", ">i2")]
        for at, kind in enumerate(kinds):
            fields += [(f"l{at}", ">i4")] + ([] if at in absent else [(f"v{at}", kind)])
        self.empty = np.zeros(1, np.dtype(fields))
        self.empty["count"] = len(kinds)
        for at, kind in enumerate(kinds):
            self.empty[f"l{at}"] = -1 if at in absent else np.dtype(kind).itemsize

    def packed(self, columns: Sequence[Column], rows: NDArray) -> NDArray:
        table = np.repeat(self.empty, len(rows))
        order, places = None, rows
        for at in self.known:
            if columns[at].order is not order:
                order = columns[at].order
                places = rows if order is None else order[rows]
            table[f"v{at}"] = columns[at].values.take(places, mode="clip")  # unchecked: all are there
        return table


def numbers(sql: str, names: Sequence[str]) -> NDArray:
    """What a query finds, whole numbers alone, as one table; 0 for null.  They come as one value: rows come slowly."""
    row = " || ".join(f'int8send(coalesce("{name}", 0))' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT string_agg({row}, '') FROM ({sql}) found")  # noqa: S608 (our own words)
        return np.frombuffer(cursor.fetchone()[0] or b"", [(name, ">i8") for name in names])


def new_ids(table: str, count: int) -> NDArray[np.int64]:
    """Nobody else may ask its sequence for numbers meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(s.name, nextval(s.name) + %s - 1) FROM pg_get_serial_sequence(%s, 'id') AS s (name)",
            [count, table],
        )
        last = cursor.fetchone()[0]
    return np.arange(last - count + 1, last + 1)


def copy_frame(table: str, frame: pl.DataFrame) -> None:
    """Texts, bytes and whole numbers into columns of the same names, whose types must have the size of the frame's."""
    plain = [column for column in frame if column.dtype.is_integer() and not column.has_nulls()]
    others = [column for column in frame if not column.dtype.is_integer() or column.has_nulls()]
    names = ", ".join(f'"{column.name}"' for column in plain + others)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as stream:
        stream.write(_HEAD)
        for piece in _alternating(plain, others):
            stream.write(piece)
        stream.write(_END)


def _alternating(plain: list[pl.Series], others: list[pl.Series]) -> Iterator[bytes]:
    """A head with all plain numbers of each row; then the other values, before each of which its length stands."""
    values = [_written(column) for column in others]
    sizes = [column.bin.size().cast(pl.Int64).fill_null(-1).to_numpy().astype(">i4") for column in values]
    heads = _heads(plain, len(others), sizes[:1])
    values = [column.fill_null(b"") if column.has_nulls() else column for column in values]
    width = 2 * len(others)
    for begin in range(0, len(heads), _FEW):
        near = slice(begin, begin + _FEW)
        pieces = [b""] * (width * len(heads[near]))
        for at, value in enumerate(values):
            before = sizes[at] if at else heads
            pieces[2 * at :: width] = before[near].view(f"V{before.itemsize}").tolist()
            pieces[2 * at + 1 :: width] = value[near].to_list()
        yield b"".join(pieces) if others else heads[near].tobytes()


def _heads(plain: list[pl.Series], others: int, first: list[NDArray]) -> NDArray:
    """How many values a row has, those that are plain, and the length of the first other one, if there is one."""
    rows = len(first[0] if first else plain[0])
    kinds = {f"v{at}": _kind(column) for at, column in enumerate(plain)}
    fields = [("count", ">i2")]
    for name, kind in kinds.items():
        fields += [(f"l{name}", ">i4"), (name, kind)]
    heads = np.zeros(rows, fields + [("first", ">i4")] * len(first))
    heads["count"] = len(plain) + others
    for column, (name, kind) in zip(plain, kinds.items(), strict=True):
        heads[f"l{name}"], heads[name] = np.dtype(kind).itemsize, column.to_numpy()
    if first:
        heads["first"] = first[0]
    return heads


def _kind(column: pl.Series) -> str:
    return ">i8" if column.dtype == pl.Int64 else ">i4"


def _written(column: pl.Series) -> pl.Series:
    """As it is sent."""
    if not column.dtype.is_integer():
        return column.cast(pl.Binary)
    kind = _kind(column)
    written = column.fill_null(0).to_numpy().astype(kind).view(f"V{np.dtype(kind).itemsize}").tolist()
    known = column.is_not_null().to_list()
    return pl.Series([value if there else None for value, there in zip(written, known, strict=True)], dtype=pl.Binary)


# How many rows there are is what its plans need; to look at each of a column's texts takes longer than to join them
_GLANCE = "SET LOCAL default_statistics_target = 1; ANALYZE {}; SET LOCAL default_statistics_target TO DEFAULT"


@contextmanager
def staged(name: str, frame: pl.DataFrame, kinds: Mapping[str, str]) -> Iterator[CursorWrapper]:
    """A temporary table of that name and those columns, which holds the frame."""
    described = ", ".join(f'"{column}" {kind}' for column, kind in kinds.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {name} ({described}) ON COMMIT DROP")
        copy_frame(name, frame.select(*kinds))
        cursor.execute(_GLANCE.format(name))
        yield cursor
        cursor.execute(f"DROP TABLE {name}")


_SENT = {"jsonb": lambda text: pl.lit("\1") + text, "timestamptz": lambda micros: micros - EPOCH_2000}


def run(sql: str, name: str, kinds: Mapping[str, str], rows: pl.DataFrame) -> None:
    """A statement that takes what it needs from these rows, as table `name`; times are microseconds since 1970."""
    if rows.is_empty():
        return
    sent = {column: _SENT[kind](pl.col(column)) for column, kind in kinds.items() if kind in _SENT}
    with staged(name, rows.with_columns(**sent), kinds) as cursor:
        cursor.execute(sql)
