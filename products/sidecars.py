"""One object beside those of each MOUS that tells all that the index holds of them, so the index can be made again.

It is written from the rows, after them.  Triggers count the changes of a MOUS (migration 0003), so that one whose
sidecar lags behind is known whatever dies in between: `flush` writes it now, `flush_due` the others.  Two writers of
one MOUS never work at the same time, and a change during the writing is due again (docs/decisions/0028).
"""

import gzip
import io
import json
from collections.abc import Iterable, Iterator

import orjson
from django.db import connection, transaction
from django.db.models import F, Model
from django.utils import timezone

from archive import uids
from archive.models import MemberOUS
from products import sidecar_rows
from products.models import Blocks, CubeSlot, IngestRun, Preview, Previewing, Product, ProductChange, Sidecar
from products.store import open_store

FORMAT = 1
PREFIX = "sidecars/"
# In the order in which rows can be made again, each with the way to its MOUS
KEPT: tuple[tuple[type[Model], str], ...] = (
    (IngestRun, "mous"),
    (Product, "mous"),
    (Blocks, "product__mous"),
    (Preview, "product__mous"),
    (Previewing, "product__mous"),
    (CubeSlot, "mous"),
    (ProductChange, "product__mous"),
)
FLUSHED_AT_ONCE = 200
BUFFER_BYTES = 2**18
_ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"


def key_of(uid: str) -> str:
    return f"{PREFIX}{uids.file_form(uid)}.json.gz"


def flush(mous: Iterable[int]) -> int:
    """Write the sidecars of these MOUSs (keys of rows) that lag behind; how many were written."""
    return sum(_flush(key) for key in mous)


def flush_due(most: int = FLUSHED_AT_ONCE) -> int:
    """The same for whichever have waited longest."""
    return flush(due().order_by("changed_at").values_list("mous", flat=True)[:most])


def due():
    return Sidecar.objects.filter(changes__gt=F("written"))


def _about(mous: MemberOUS) -> dict:
    return {
        "project": sidecar_rows.plain(mous.project),
        "gous": sidecar_rows.plain(mous.gous),
        "mous": sidecar_rows.plain(mous),
        "execution_blocks": list(sidecar_rows.of(mous.ebs.order_by("pk"))),
        "sources": list(sidecar_rows.of(mous.sources.order_by("pk"))),
    }


def _told(mous: MemberOUS) -> Iterator[bytes]:
    """All that a sidecar tells, as JSON: what the MOUS is, and its rows by table; of very many no list is made."""
    yield b'{"format":%d,"about":%s,"rows":{' % (FORMAT, _json(_about(mous)))
    for number, (model, rows) in enumerate(rows_of(mous)):
        yield b"%s%s:[" % (b"," if number else b"", orjson.dumps(model._meta.label_lower))
        for place, row in enumerate(sidecar_rows.of(rows)):
            yield (b"," if place else b"") + _json(row)
        yield b"]"
    yield b"}}"


def _json(told: dict) -> bytes:
    """PostgreSQL gives back a float like 1e30 as a whole number, and orjson takes none above 2^64."""
    try:
        return orjson.dumps(told)
    except TypeError:
        return json.dumps(told, default=lambda value: orjson.loads(orjson.dumps(value))).encode()


def _packed(mous: MemberOUS) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as file, \
         io.BufferedWriter(file, BUFFER_BYTES) as buffered:  # fmt: skip
        for piece in _told(mous):
            buffered.write(piece)
    return packed.getvalue()


def rows_of(mous: MemberOUS) -> Iterator[tuple[type[Model], object]]:
    for model, path in KEPT:
        yield model, model.objects.filter(**{path: mous}).order_by("pk")


def read(key: str) -> dict:
    """What the sidecar under `key` tells."""
    return orjson.loads(gzip.decompress(b"".join(open_store().stream(key))))


def _flush(mous_key: int) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONE, [f"sidecar {mous_key}"])
        if not cursor.fetchone()[0]:
            return False  # somebody is at it, and what changed meanwhile stays due
        lag = due().filter(mous=mous_key).first()
        if lag is None:
            return False
        mous = MemberOUS.objects.select_related("gous__project").get(pk=mous_key)
        open_store().keep(key_of(mous.uid), _packed(mous))
        if lag.uid and lag.uid != mous.uid:
            open_store().delete(key_of(lag.uid))  # of the name that a package of Cycle 0 had at first
        # Not more than what was counted before the rows were read: a change since then is due still.
        Sidecar.objects.filter(mous=mous_key).update(written=lag.changes, written_at=timezone.now(), uid=mous.uid)
        return True
