"""What bench/audit.py looks at, and one round in a process of its own: `python -m bench.audit_round WAY`."""

import io
import json
import os
import re
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import django
from django.db import connection

FAULTS = 5
LONG = "long/"  # keys of rows whose objects are on the drawn list alone
ROWS = """
INSERT INTO products_product (id, mous_id, origin, role, directory, name, pipeline_name, intent, spws, mode, stokes,
    layer, calibration, manual, comment, marks, header, key, size, sha256, md5, media_type, version, provenance,
    stored_at, version_reason, quarantine_reason, checked_at, withdrawn_reason)
SELECT gen_random_uuid(), (SELECT min(id) FROM archive_memberous), 'delivered', 'other', 'product', 'long' || n, '',
    '', '{}', '', '', '', '', false, '', '{}', '{}', %s || md5(n::text), 7, repeat('0', 64), '', '', 1, '{}',
    now(), '', '', now(), ''
FROM generate_series(1, %s) n
"""


def fill(count: int) -> dict[str, list[str]]:
    """Objects with rows, and what is wrong with some of them: keys by class."""
    from products.models import Product  # noqa: PLC0415 (need Django to be set up)
    from products.store import open_store  # noqa: PLC0415

    store = open_store()

    def put(number):
        content = b"%d" % number
        return store.put(store.new_key(f"{number}.txt"), io.BytesIO(content), size=len(content))

    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(put, range(count)))
    mous = _mous()
    Product.objects.bulk_create(
        [
            Product(mous=mous, origin="delivered", role="other", name=one.key.rpartition("/")[2], key=one.key,
                    size=one.size, sha256=one.sha256)
            for one in stored
        ],
        batch_size=1000,
    )  # fmt: skip
    return _harm(store, stored[:: count // (3 * FAULTS)])


def _harm(store, picked):
    lost, longer, other = ([one.key for one in picked[n * FAULTS : (n + 1) * FAULTS]] for n in range(3))
    for key in lost:
        store.delete(key)
    for key in longer:
        store.keep(key, b"longer than it was")
    for key in other:
        store.keep(key, b"x" * store.size(key))
    left = [store.put(store.new_key("left"), io.BytesIO(b"left"), size=4).key for _ in range(FAULTS)]
    return {"missing-object": lost, "wrong-size": longer, "wrong-digest": other, "orphan-object": left}


def _mous():
    from archive.models import GroupOUS, MemberOUS, Project  # noqa: PLC0415 (need Django to be set up)

    project = Project.objects.create(code="2023.1.00101.S", title="Of the audit")
    group = GroupOUS.objects.create(uid="uid://A001/X1/X1", project=project)
    return MemberOUS.objects.create(uid="uid://A001/X1/X2", gous=group, sb_name="a", array="12m")


def draw(count: int) -> None:
    """So many rows, in the place of those that were drawn before."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM products_product")
        cursor.execute(ROWS, [LONG, count])


def main(way):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "altiplano.settings")
    django.setup()
    work = {"list": _audit, "digests": lambda: _audit(digests=True), "peer": _peer, "long": _long}[way]
    _ask_once()
    before, began = _peak(), time.perf_counter()
    found = work()
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "grown_mb": _peak() - before, "found": found}))


def _ask_once():
    from products import keys  # noqa: PLC0415 (need Django to be set up)
    from products.store import open_store  # noqa: PLC0415

    keys.of(["none"])
    next(open_store().listing(), None)


def _audit(*, digests=False):
    from django.conf import settings  # noqa: PLC0415 (need Django to be set up)
    from django.utils import timezone  # noqa: PLC0415

    from products.audit import Audit, Found  # noqa: PLC0415

    settings.ORPHAN_GRACE_HOURS = 0
    told = defaultdict(list)
    for fault in Audit(digests=digests).faults(Found(began=timezone.now() + timedelta(seconds=2))):
        told[fault.kind.value].append(fault.key)
    return told


def _peer():
    """Both sides in memory; it asks for nothing once more."""
    from products.models import Product  # noqa: PLC0415 (need Django to be set up)
    from products.store import open_store  # noqa: PLC0415

    here = {key: size for key, _, size in open_store().listing()}
    named = dict(Product.objects.order_by().values_list("key", "size"))
    return {
        "missing-object": sorted(named.keys() - here.keys()),
        "orphan-object": sorted(here.keys() - named.keys()),
        "wrong-size": sorted(key for key in named.keys() & here.keys() if named[key] != here[key]),
    }


def _long():
    """The audit of the rows that were drawn, against a list of all their objects that comes as a store's does."""
    from products.store import Store  # noqa: PLC0415 (need Django to be set up)

    with mock.patch.object(Store, "listing", _drawn):
        return _audit()


def _drawn(store, prefix=""):
    at = datetime.now().astimezone()
    with connection.chunked_cursor() as cursor:
        cursor.execute('SELECT key, size FROM products_product ORDER BY key COLLATE "C"')
        while page := cursor.fetchmany(1000):
            yield from ((key, at, size) for key, size in page)


def _peak():
    """Of this process, in MB: the most that it ever was (proc(5))."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
