"""Texts that stand once in a table of their own: their ids, and new rows for those that are new.

Loads run one after the other, and no delivery is taken in meanwhile (`archive.delivered_rows` holds the lock too), so
that new ids may be given out here and the rows copied as they are.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

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


def digests(texts: Iterable[str]) -> pl.Series:
    """As PostgreSQL reads a UUID."""
    return pl.Series("digest", [hashlib.sha256(text.encode()).digest()[:16] for text in texts], dtype=pl.Binary)


_HELD = ("place", "id")


def ids(of: Dictionary, rows: pl.DataFrame) -> Ints:
    """Of each row of a table of their columns."""
    keys = rows.select(of.key, place=pl.int_range(pl.len(), dtype=pl.Int32)).unique(of.key, maintain_order=True)
    found = np.zeros(rows.height, np.int64)
    places = keys["place"].to_numpy()
    held = _held(of, keys)
    found[held[:, 0]] = held[:, 1]
    new = places[found[places] == 0]
    if len(new):
        found[new] = _added(of, of.completed(rows[new]))
    if len(places) < rows.height:  # what is spelt in two ways may be one
        same = rows.join(keys, on=of.key, how="left", maintain_order="left")["place"].to_numpy()
        found = found[same]
    return found


def _held(of: Dictionary, keys: pl.DataFrame) -> Ints:
    """Places and ids of those that are there."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {of.table})")  # noqa: S608 (our own names)
        if not cursor.fetchone()[0]:
            return np.zeros((0, 2), np.int64)
    with copying.staged("wanted", keys, {of.key: of.kind, "place": "int4"}):
        found = copying.numbers(f"SELECT w.place, t.id FROM wanted w JOIN {of.table} t USING ({of.key})", _HELD)  # noqa: S608
    return np.stack([found[name].astype(np.int64) for name in _HELD], axis=1)


def _added(of: Dictionary, rows: pl.DataFrame) -> Ints:
    numbers = copying.new_ids(of.table, rows.height)
    copying.copy_frame(of.table, rows.with_columns(id=pl.Series(numbers, dtype=pl.Int32)))
    return numbers
