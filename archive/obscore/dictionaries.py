"""Texts that stand once in a table of their own: their ids, and new rows for those that are new.

Loads run one after the other, and no delivery is taken in during a portion (`archive.delivered_rows` holds the lock
too), so that new ids may be given out here and the rows copied as they are.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from archive import target_names
from archive.obscore import copying


@dataclass(frozen=True)
class Dictionary:
    table: str
    key: str  # the column that is unique
    kind: str  # its type
    columns: tuple[str, ...]
    kinds: tuple[str, ...]


NAMES = Dictionary("archive_targetname", "name", "text", ("name", "key"), ("text", "text"))
BLOCKS = Dictionary("archive_announcedblock", "uid", "text", ("uid", "mous_id"), ("varchar", "int8"))
SETUPS = Dictionary(
    "archive_setup", "digest", "uuid",
    ("digest", "antenna_arrays", "frequency_support", "scan_intent"), ("uuid", "text", "text", "text"),
)  # fmt: skip
FOOTPRINTS = Dictionary(
    "archive_footprint", "digest", "uuid", ("digest", "region", "shape"), ("uuid", "text", "bytea")
)  # fmt: skip


def digest(*texts: str) -> UUID:
    return UUID(bytes=hashlib.sha256("\0".join(texts).encode()).digest()[:16])


def ids(of: Dictionary, keys: Sequence, facts: Callable[[int], tuple]) -> list[int]:
    """The id of each key; `facts(place)` gives the other columns of a new one."""
    held = _held(of, keys)
    new: dict = {}
    for place, key in enumerate(keys):
        if key not in held and key not in new:
            new[key] = (key, *facts(place))
    held |= _added(of, list(new), list(new.values()))
    return [held[key] for key in keys]


def _held(of: Dictionary, keys: Sequence) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {of.table})")  # noqa: S608 (our own names)
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(f"CREATE TEMP TABLE wanted (key {of.kind}) ON COMMIT DROP")
        copying.copy_texts("wanted", ["key"], [(key,) for key in set(keys)], [of.kind])
        cursor.execute("ANALYZE wanted")
        cursor.execute(
            f"SELECT w.key, t.id FROM wanted w JOIN {of.table} t ON t.{of.key} = w.key"  # noqa: S608
        )
        found = dict(cursor.fetchall())
        cursor.execute("DROP TABLE wanted")
    return found


def _added(of: Dictionary, keys: list, rows: list[tuple]) -> dict:
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(s.name, nextval(s.name) + %s) FROM pg_get_serial_sequence(%s, 'id') AS s (name)",
            [len(rows), of.table],
        )
        last = cursor.fetchone()[0]
    first = last - len(rows) + 1
    numbered = [(number, *row) for number, row in enumerate(rows, first)]
    copying.copy_texts(of.table, ["id", *of.columns], numbered, ["int4", *of.kinds])
    return {key: number for number, key in enumerate(keys, first)}


def name_ids(names: Sequence[str]) -> list[int]:
    return ids(NAMES, names, lambda place: (target_names.fold(names[place]),))


def block_ids(uids: Sequence[str], mous: Sequence[int | None]) -> list[int]:
    return ids(BLOCKS, uids, lambda place: (mous[place],))


def setup_ids(texts: Sequence[tuple[str, str, str]]) -> list[int]:
    return ids(SETUPS, [digest(*each) for each in texts], lambda place: texts[place])


def footprint_ids(footprints: Sequence[tuple[str, bytes]]) -> list[int]:
    """Of texts with their shapes."""
    return ids(FOOTPRINTS, [digest(text) for text, _ in footprints], lambda place: footprints[place])
