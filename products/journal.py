"""What ingestions have put into the store before any row of theirs names it.

A line is written once a file is stored, and taken out by the transaction that indexes the file.  So an ingestion that
was killed stores nothing a second time when it is run again, and the sweep knows what is waited for.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson
from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from products.digests import Stored
from products.losses import SweptError


class Line(NamedTuple):
    """One stored file that no product names yet; what was found of its bytes is JSON already."""

    mous: str
    directory: str
    name: str
    identity: str
    stored: Stored
    found: bytes

    def told(self, now: datetime) -> dict:
        """By the columns of `Staged`."""
        stored = self.stored
        return {
            "mous_uid": self.mous,
            "directory": self.directory,
            "name": self.name,
            "identity": self.identity,
            "key": stored.key,
            "size": stored.size,
            "sha256": stored.sha256,
            "crc32": stored.crc32,
            "md5": stored.md5,
            "blocks": stored.blocks.hex(),
            "found": orjson.Fragment(self.found or b"{}"),
            "staged_at": now,
        }


class Staged(models.Model):
    """One stored file that no product names yet, with all that was found of its bytes while they passed."""

    mous_uid = models.CharField(max_length=64)
    directory = models.CharField(max_length=128, blank=True)
    name = models.CharField(max_length=255)
    identity = models.CharField(max_length=64, help_text="of the path, size and time of change it was read from")
    key = models.CharField(max_length=400, unique=True, help_text="key in the object store")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    crc32 = models.BigIntegerField()
    md5 = models.CharField(max_length=32, blank=True)
    blocks = models.BinaryField(help_text="CRC-32 of each block, four bytes each")
    found = models.JSONField(default=dict, help_text="what the inspection found: header, marks, problem")
    staged_at = models.DateTimeField(default=timezone.now, help_text="or when an ingestion last counted on it")

    class Meta:
        verbose_name_plural = "staged"
        ordering = ["mous_uid", "directory", "name"]
        constraints = [
            models.UniqueConstraint(fields=["mous_uid", "directory", "name"], name="a_file_is_staged_once"),
        ]

    def __str__(self):
        return f"{self.directory}/{self.name}"


# All lines in one value, which is told to the database faster than a list for each column
_NOTED = {
    "mous_uid": "text", "directory": "text", "name": "text", "identity": "text", "key": "text", "size": "bigint",
    "sha256": "text", "crc32": "bigint", "md5": "text", "blocks": "text", "found": "jsonb", "staged_at": "timestamptz",
}  # fmt: skip
_PLACE = ("mous_uid", "directory", "name")
_NOTE = f"""
INSERT INTO products_staged ({", ".join(_NOTED)})
SELECT {", ".join("decode(blocks, 'hex')" if name == "blocks" else name for name in _NOTED)}
FROM jsonb_to_recordset(%s::jsonb) AS said ({", ".join(f"{name} {kind}" for name, kind in _NOTED.items())})
ON CONFLICT ({", ".join(_PLACE)})
DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _NOTED if name not in _PLACE)}
"""  # noqa: S608 (the names above)
_TAKE = "DELETE FROM products_staged WHERE mous_uid = %s AND key = ANY(%s) RETURNING key"


def recall(mous_uid: str) -> dict[tuple[str, str], Staged]:
    """What is staged of a MOUS, by directory and name; the sweep leaves it alone from now on."""
    rows = Staged.objects.filter(mous_uid=mous_uid)
    rows.update(staged_at=timezone.now())
    return {(row.directory, row.name): row for row in rows}


def note(lines: Iterable[Line]) -> None:
    """Write lines; a file that was staged before is staged anew."""
    now = timezone.now()
    if told := [line.told(now) for line in lines]:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [orjson.dumps(told).decode()])


def take(mous_uid: str, keys: Iterable[str]) -> None:
    """Take out what the rows of this transaction name; `SweptError` when the sweep was there first.

    The sweep takes out a line before it deletes an object, so what is still here is still there.
    """
    keys = set(keys)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [mous_uid, list(keys)])
        here = {key for (key,) in cursor.fetchall()}
    if gone := keys - here:
        raise SweptError(min(gone))


def give_up(now, *, dry_run: bool = False) -> int:
    """Forget what nobody came back for in `settings.STAGED_DAYS`; the objects are orphans from then on."""
    stale = Staged.objects.filter(staged_at__lt=now - timedelta(days=settings.STAGED_DAYS))
    return stale.count() if dry_run else stale.delete()[0]
