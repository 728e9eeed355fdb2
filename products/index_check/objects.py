"""The object store against the rows that point into it, both ways.

The list of the whole store goes into a table of the session, a page at a time, and the database compares: neither
side has to fit into memory, and no order of keys is relied on.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.db import connection

from archive.index_check.chunk import Subject
from archive.index_check.faults import Fault
from products import keys, sidecars
from products.losses import MissingObjectError
from products.models import Product, Sidecar
from products.store import OLD_SIDECAR, open_store

TABLE = "CREATE TEMPORARY TABLE listed_object (key text, size bigint, changed timestamptz)"
FILL = "COPY listed_object (key, size, changed) FROM STDIN"
DIFFERENT = """
SELECT p.id FROM products_product p
LEFT JOIN listed_object l ON l.key = p.key
WHERE l.size IS DISTINCT FROM p.size ORDER BY p.id
"""
ORPHANS = f"""
SELECT count(*), coalesce(sum(size), 0), min(split_part(key, '/', 1)) FROM listed_object l
WHERE changed < %s AND {keys.OURS} AND NOT EXISTS (SELECT FROM ({keys.named()}) n WHERE n.key = l.key)
"""  # noqa: S608 (constants)
BETWEEN_SWEEPS = timedelta(days=1)
AT_ONCE = 500
LISTED_SIDECARS = "SELECT key FROM listed_object WHERE starts_with(key, %s)"
LATEST = timedelta(hours=1)  # that a sidecar may be behind its rows: the workers write it within seconds


def check_all(now: datetime) -> Iterator[Fault]:
    with _listed() as cursor:
        cursor.execute(DIFFERENT)
        different = [key for (key,) in cursor.fetchall()]
        old = now - timedelta(hours=settings.ORPHAN_GRACE_HOURS) - BETWEEN_SWEEPS
        cursor.execute(ORPHANS, [old])
        count, size, first = cursor.fetchone()
        cursor.execute(LISTED_SIDECARS, [sidecars.PREFIX])
        listed = {key for (key,) in cursor.fetchall()}
    for start in range(0, len(different), AT_ONCE):
        yield from check(Product.objects.filter(pk__in=different[start : start + AT_ONCE]), now)
    yield from _sidecars(Sidecar.objects.all(), now, listed.__contains__)
    if count:
        sentence = f"The store holds {count} objects ({size} bytes) that no file points to, the first below {first}/."
        yield Fault("object-without-row", sentence)


def check_of(subjects: Iterable[Subject], now: datetime) -> Iterator[Fault]:
    mous = [subject.row.pk for subject in subjects]
    yield from check(Product.objects.filter(mous__in=mous), now)
    yield from _sidecars(Sidecar.objects.filter(mous__in=mous), now, lambda key: _size(key) is not None)


def check(rows, now: datetime) -> Iterator[Fault]:
    """Ask the store for the object of each row that must have one."""
    for row in rows.exclude(keys.lapsed(now)).select_related("mous__gous__project").order_by("mous", "pk"):
        for code, sentence in _wrong(row):
            of = row.mous
            yield Fault(code, sentence, str(row.pk), of.pk, of.uid, of.project.code)


def _wrong(row):
    size = _size(row.key)
    if size is None:
        yield "object-missing", f"The object of {row.name} is not in the store."
    elif size != row.size:
        yield "size-differs", f"The object of {row.name} has {size} bytes in the store; {row.size} were put there."


def _sidecars(rows, now: datetime, is_there: Callable[[str], bool]) -> Iterator[Fault]:
    """What the index could not be made again from."""
    for row in rows.select_related("mous__gous__project").iterator():
        of = row.mous
        if row.changes > row.written and row.changed_at < now - LATEST:
            sentence = (
                f"What the store tells of {of.uid} is older than its rows, since {row.changed_at:%Y-%m-%d %H:%M}."
            )
        elif row.written and not is_there(sidecars.key_of(row.uid)):
            sentence = (
                f"The object {sidecars.key_of(row.uid)}, which tells what {of.uid} is made of, is not in the store."
            )
        else:
            continue
        yield Fault("sidecar-missing", sentence, "", of.pk, of.uid, of.project.code)


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
                        if key.endswith(OLD_SIDECAR):
                            continue  # it goes with its object
                        copy.write_row((key, size, changed))
            cursor.execute("ANALYZE listed_object")
            yield cursor
        finally:
            cursor.execute("DROP TABLE IF EXISTS listed_object")
