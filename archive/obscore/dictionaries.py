"""Texts that stand once in a table of their own: their ids, and new rows for those that are new.

Loads run one after the other, and no delivery is taken in while a portion is at it (`archive.delivered_rows` holds the
lock too), so that new ids may be given out here and the rows copied as they are.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import polars as pl
from django.db import connection
from numpy.typing import NDArray

from archive import target_name_columns
from archive.obscore import copying

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Dictionary:
    table: str
    key: str  # the column that is unique
    kind: str  # its type
    completed: Callable[[pl.DataFrame], pl.DataFrame] = lambda new: new  # what new rows have besides


NAMES = Dictionary(
    "archive_targetname", "name", "text",
    lambda new: new.with_columns(key=target_name_columns.folded(new["name"])),
)  # fmt: skip
BLOCKS = Dictionary("archive_announcedblock", "uid", "text")
SETUPS = Dictionary("archive_setup", "digest", "uuid")
FOOTPRINTS = Dictionary("archive_footprint", "digest", "uuid")


def digests(texts: pl.Series) -> pl.Series:
    """As PostgreSQL reads a UUID."""
    made, begin = [], hashlib.sha256().copy  # a copy is made sooner than another one
    for text in texts.cast(pl.Binary).to_list():
        each = begin()
        each.update(text)
        made.append(each.digest()[:16])
    return pl.Series("digest", made, dtype=pl.Binary)


_HELD = ("place", "id")


class Known:
    """Ids that a load has found or given out, so that each portion asks the tables only for what is new to it."""

    def __init__(self) -> None:
        self._tables: dict[str, _Table] = {}

    def ids(self, of: Dictionary, rows: pl.DataFrame) -> Ints:
        """Of each row of a table of their columns."""
        table = self._tables.setdefault(of.table, _Table(of))
        keys = rows[of.key].to_list()
        found = table.found(keys)
        new = found == 0
        if new.any():
            table.add(rows if new.all() else rows.filter(pl.Series(new)))
            found = table.found(keys)
        return found


class _Table:
    def __init__(self, of: Dictionary) -> None:
        self.of = of
        self.ids: dict[str | bytes, int] = {}
        self.whole = False  # the table has no others
        self.last = 0  # id of those that were added here

    def found(self, keys: list) -> Ints:
        """Of each key; 0 for one that is not known."""
        return np.fromiter(map(self.ids.get, keys, repeat(0)), np.int64, len(keys))

    def add(self, rows: pl.DataFrame) -> None:
        """What the table has, or else gets; what is spelt in two ways may be one."""
        if rows[self.of.key].n_unique() < rows.height:
            rows = rows.unique(self.of.key, maintain_order=True)
        new = rows if self.whole else self._without_held(rows)
        if not new.height:
            return
        numbers = copying.new_ids(self.of.table, new.height)
        if self.whole and self.last and numbers[0] != self.last + 1:  # a delivery has added some meanwhile
            self.whole = False
            self.add(new)
            return
        self.last = int(numbers[-1])
        self._remember(new, numbers)
        made = self.of.completed(new).with_columns(id=pl.Series(numbers, dtype=pl.Int32))
        copying.copy_frame(self.of.table, made)

    def _without_held(self, rows: pl.DataFrame) -> pl.DataFrame:
        of = self.of
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {of.table})")  # noqa: S608 (our own names)
            self.whole = not cursor.fetchone()[0]
        if self.whole:
            return rows
        wanted = rows.select(of.key, place=pl.int_range(pl.len(), dtype=pl.Int32))
        with copying.staged("wanted", wanted, {of.key: of.kind, "place": "int4"}):
            found = copying.numbers(f"SELECT w.place, t.id FROM wanted w JOIN {of.table} t USING ({of.key})", _HELD)  # noqa: S608
        places = found["place"].astype(np.int64)
        self._remember(rows[places], found["id"])
        new = np.ones(rows.height, bool)
        new[places] = False
        return rows.filter(pl.Series(new))

    def _remember(self, rows: pl.DataFrame, ids: NDArray) -> None:
        self.ids.update(zip(rows[self.of.key].to_list(), ids.tolist(), strict=True))
