"""The object store against the rows that point into it, both ways.

The list of the whole store goes into a table of the session, a page at a time, and the database compares: neither
side has to fit into memory, and no order of keys is relied on.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection
from django.db.models import Q

from archive.index_check.chunk import Subject
from archive.index_check.faults import Fault
from products.losses import MissingObjectError
from products.models import Product
from products.store import SIDECAR, open_store

TABLE = "CREATE TEMPORARY TABLE listed_object (key text, sidecar boolean, size bigint, changed timestamptz)"
FILL = "COPY listed_object (key, sidecar, size, changed) FROM STDIN"
DIFFERENT = """
SELECT p.id FROM products_product p
LEFT JOIN listed_object l ON l.key = p.key AND NOT l.sidecar
LEFT JOIN listed_object s ON s.key = p.key AND s.sidecar
WHERE l.size IS DISTINCT FROM p.size OR s.key IS NULL ORDER BY p.id
"""
ORPHANS = """
SELECT count(*), coalesce(sum(size), 0), min(split_part(key, '/', 1)) FROM listed_object l
WHERE changed < %s AND NOT EXISTS (SELECT FROM products_product p WHERE p.key = l.key)
  AND NOT EXISTS (SELECT FROM products_preview p WHERE p.key = l.key)
"""
BETWEEN_SWEEPS = timedelta(days=1)
AT_ONCE = 500


def check_all(now: datetime) -> Iterator[Fault]:
    with _listed() as cursor:
        cursor.execute(DIFFERENT)
        different = [key for (key,) in cursor.fetchall()]
        cursor.execute(ORPHANS, [now - timedelta(hours=settings.ORPHAN_GRACE_HOURS) - BETWEEN_SWEEPS])
        count, size, first = cursor.fetchone()
    for start in range(0, len(different), AT_ONCE):
        yield from check(Product.objects.filter(pk__in=different[start : start + AT_ONCE]), now)
    if count:
        sentence = f"The store holds {count} objects ({size} bytes) that no file points to, the first below {first}/."
        yield Fault("object-without-row", sentence)


def check_of(subjects: Iterable[Subject], now: datetime) -> Iterator[Fault]:
    return check(Product.objects.filter(mous__in=[subject.row.pk for subject in subjects]), now)


def check(rows, now: datetime) -> Iterator[Fault]:
    """Ask the store for the object of each row; what has expired may be gone."""
    expired = Q(withdrawn_at__isnull=False, expires_at__lte=now)
    for row in rows.exclude(expired).select_related("mous__gous__project").order_by("mous", "pk"):
        for code, sentence in _wrong(row):
            of = row.mous
            yield Fault(code, sentence, str(row.pk), of.pk, of.uid, of.project.code)


def _wrong(row):
    size = _size(row.key)
    if size is None:
        yield "object-missing", f"The object of {row.name} is not in the store."
    elif size != row.size:
        yield "size-differs", f"The object of {row.name} has {size} bytes in the store; {row.size} were put there."
    if size is not None and _size(row.key + SIDECAR) is None:
        yield "sidecar-missing", f"The digest that should lie beside the object of {row.name} is not in the store."


def _size(key):
    try:
        return open_store().size(key)
    except MissingObjectError:
        return None


@contextmanager
def _listed():
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        try:
            listing = open_store().listing()
            while page := list(islice(listing, AT_ONCE)):  # first asked for, then written: a store may fall silent
                with cursor.copy(FILL) as copy:
                    for key, changed, size in page:
                        copy.write_row((key.removesuffix(SIDECAR), key.endswith(SIDECAR), size, changed))
            cursor.execute("ANALYZE listed_object")
            yield cursor
        finally:
            cursor.execute("DROP TABLE IF EXISTS listed_object")
