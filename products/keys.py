"""Which rows name objects of the store.  Whoever compares the two, or removes an object, asks here.

The archive removes only what it has put there itself, which its keys show; what others have put into the bucket is
read where it lies, and never touched (docs/decisions/0023).

A table that begins to name objects gets a line: a test finds models with a key that have none.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from products.capabilities import PREFIX as PROBES
from products.sidecars import PREFIX

ROWS_AT_ONCE = 2000
# products/store.py gives each object, or each batch of them, a first part of its own.
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/"
_OURS = re.compile(f"{_UUID}|{PREFIX}|{PROBES}")
OURS = f"(key ~ '^({_UUID}|{PREFIX}|{PROBES})')"  # the same in SQL
# Of what has expired or was let go, the object may be there or be swept already; `lapsed` says the same.
_LAPSED = "(p.removed_at IS NOT NULL OR p.withdrawn_at IS NOT NULL AND coalesce(p.expires_at <= now(), false))"
_SIDECAR = f"'{PREFIX}' || regexp_replace(s.uid, '[:/]', '_', 'g') || '.json.gz'"
# By model: key, size and SHA-256 (null: anything goes), whether the object may lack, and where from.
NAMING = {
    "products.Product": ("p.key", "p.size", "p.sha256", _LAPSED, "p.id", "products_product p"),
    "products.Preview": (
        "v.key", "v.size", "v.sha256", _LAPSED, "v.id",
        "products_preview v JOIN products_product p ON p.id = v.product_id"
    ),
    "products.Staged": ("g.key", "g.size", "g.sha256", "false", "g.id", "products_staged g"),
    "products.Sidecar": (
        _SIDECAR, "NULL::bigint", "''", "false", "s.mous_id", "products_sidecar s WHERE s.written > 0 AND s.uid <> ''"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """What one row says of an object."""

    key: str
    size: int | None
    sha256: str
    may_lack: bool
    model: str
    row: str  # its primary key


def is_ours(key: str) -> bool:
    """Whether an object of the archive's bucket was put there by the archive."""
    return bool(_OURS.match(key))


def in_order() -> Iterator[Named]:
    """All of them by key, in the order in which stores list; the database holds them, not we."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({named()}) named ORDER BY 1")  # noqa: S608 (constants above)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield from (Named(*row) for row in rows)


def of(keys: Iterable[str]) -> dict[str, Named]:
    """What rows say at this moment of the objects under `keys`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({named()}) named WHERE key = ANY(%s)", [list(keys)])  # noqa: S608 (the same)
        return {row[0]: Named(*row) for row in cursor.fetchall()}


def needed(keys: Iterable[str]) -> set[str]:
    """Those of these keys whose object a row needs: not what has expired, nor what was let go."""
    return {key for key, row in of(keys).items() if not row.may_lack}


def lapsed(now: datetime) -> Q:
    """Of products: those whose object may be gone."""
    return Q(removed_at__isnull=False) | Q(withdrawn_at__isnull=False, expires_at__lte=now)


def named() -> str:
    """SQL of all rows that name objects, with the columns of `Named`."""
    return " UNION ALL ".join(
        f"SELECT ({key})::text COLLATE \"C\" AS key, {size}, {sha256}, {lapsed}, '{model}',"  # noqa: S608 (the same)
        f" ({row})::text FROM {source}"
        for model, (key, size, sha256, lapsed, row, source) in NAMING.items()
    )
