"""The hash chain that shows whether the access log was changed after it was written.

Each closed minute that has records gets a seal: SHA-256 over the seal before it, the minute, and the records of the
minute in order of their ids, each as canonical JSON.  A minute without records has none (docs/decisions/0012).
"""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter

from django.db import OperationalError, connection, transaction
from django.db.models.functions import TruncMinute

from archive.models import AccessRecord, Seal

RECORDS_LOCK = 7301001  # taken shared by every record until its transaction ends (migration 0003)
SEALS_LOCK = 7301002
CLOCK = "clock_timestamp()"  # the one that gives records their time
LOCK_MILLISECONDS = 2000  # behind a waiting sealer the records wait too
SETTLED = timedelta(seconds=5)  # for a database whose clock is put back a little
PATIENCE = timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
GENESIS = "0" * 64
BATCH = 2000
# Written out: a column that is added later must not change what was sealed before it.
SEALED = ("id", "at", "event", "what", "person_id", "person_name", "project_id", "mous_id", "subject", "name", "rule")
SEALED += ("delegation_id", "assignment_id", "bytes_asked", "bytes_sent", "outcome", "request_id")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Broken:
    """What is wrong with a minute, as a sentence."""

    minute: datetime
    sentence: str

    def __str__(self) -> str:
        return f"{_shown(self.minute)}: {self.sentence}"


@dataclass
class Walk:
    """How far a walk along the chain has come; `latest` is the last seal, `met` whether the expected one was seen."""

    expected: str = ""
    minutes: int = 0
    records: int = 0
    latest: Seal | None = None
    met: bool = False


# Sealing


def seal(*, now: datetime) -> int:
    """Seal every closed minute that is not sealed yet, in order; how many.  Where records keep coming in, none."""
    until = _settled(now)
    count = 0
    while until and _seal_next(until):
        count += 1
    return count


def _settled(now: datetime) -> datetime | None:
    """The time before which no record can appear any more; None when open transactions did not end soon.

    Who gets the lock alone knows that every record with an earlier time is committed.  It is given back at once.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RECORDS_LOCK])
            cursor.execute(f"SELECT {CLOCK}")
            return _minute(min(now, cursor.fetchone()[0]) - SETTLED)
    except OperationalError as busy:
        log.warning("The access log was not sealed this time: %s", str(busy).strip())
        return None


def _seal_next(until: datetime) -> bool:
    """Seal the first minute after the last seal that has records, when it ended at or before `until`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEALS_LOCK])
        before = Seal.objects.order_by("minute").last()
        waiting = AccessRecord.objects.filter(at__lt=until).order_by("at")
        if before:
            waiting = waiting.filter(at__gte=before.minute + MINUTE)
        first = waiting.values_list("at", flat=True).first()
        if first:
            _insert(before, _minute(first))
    return first is not None


def _insert(before: Seal | None, minute: datetime) -> None:
    digest, last = _Digest(before.sha256 if before else GENESIS, minute), before.last_record if before else 0
    for row in _rows(AccessRecord.objects.filter(at__gte=minute, at__lt=minute + MINUTE)):
        digest.add(row)
        last = max(last, row["id"])
    Seal.objects.create(minute=minute, records=digest.records, last_record=last, sha256=digest.hex())


class _Digest:
    """The seal of one minute, as it grows."""

    def __init__(self, previous: str, minute: datetime):
        self._hash = hashlib.sha256(f"{previous}\n{_shown(minute)}\n".encode())
        self.records = 0

    def add(self, row: dict) -> None:
        told = {name: row[name] for name in SEALED}
        self._hash.update(json.dumps(told, sort_keys=True, separators=(",", ":"), default=_plain).encode() + b"\n")
        self.records += 1

    def hex(self) -> str:
        return self._hash.hexdigest()


def _plain(value) -> str:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def _shown(minute: datetime) -> str:
    return f"{minute:%Y-%m-%d %H:%M} UTC"


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _rows(records) -> Iterator[dict]:
    in_order = records.annotate(minute=TruncMinute("at")).order_by("minute", "pk")
    return in_order.values("minute", *SEALED).iterator(BATCH)


# Walking along the chain


def broken(walk: Walk, *, now: datetime, patience: timedelta = PATIENCE) -> Iterator[Broken | None]:
    """For every minute of the log, in order, what is wrong with it or None; in the memory of one minute's count.

    `walk` tells how far it has come.  Where a seal is wrong or gone, the chain is followed with the one that should
    stand there, so that one fault is told once.
    """
    stored = computed = GENESIS
    with transaction.atomic():
        last = Seal.objects.order_by("minute").last()
        for minute, entries in groupby(_entries(), key=itemgetter(0)):
            seal, digests = _read(entries, stored, computed, minute)
            walk.minutes, walk.records = walk.minutes + 1, walk.records + digests[0].records
            fits = [digest.hex() for digest in digests]
            stands = seal is not None and seal.sha256 in fits
            if seal:
                walk.latest, walk.met = seal, walk.met or (stands and seal.sha256 == walk.expected)
                yield _wrong(seal, digests[0].records, stands)
                stored, computed = seal.sha256, seal.sha256 if stands else fits[-1]
            else:
                computed = fits[-1]
                yield _unsealed(minute, digests[0].records, last, now - patience)


def _entries():
    """Seals and records together, by minute, the seal of a minute before its records.

    The seals are read first: whatever they seal is then among the records that are read after them.
    """
    seals = ((one.minute, 0, one) for one in Seal.objects.order_by("minute").iterator(BATCH))
    records = ((row["minute"], 1, row) for row in _rows(AccessRecord.objects))
    return merge(seals, records, key=itemgetter(0, 1))


def _read(entries, stored: str, computed: str, minute: datetime):
    """The seal of a minute, and its digest after the seal that stands before it and after the one that should."""
    seal, digests = None, [_Digest(previous, minute) for previous in dict.fromkeys((stored, computed))]
    for _, kind, entry in entries:
        if kind == 0:
            seal = entry
            continue
        for digest in digests:
            digest.add(entry)
    return seal, digests


def _wrong(seal: Seal, records: int, stands: bool) -> Broken | None:
    if stands and records == seal.records:
        return None
    if stands:
        words = f"its seal was altered: it counts {seal.records} records of {records}."
    elif records < seal.records:
        words = f"{seal.records - records} of its {seal.records} records are missing."
    elif records > seal.records:
        words = f"{records - seal.records} records were added to the {seal.records} that were sealed."
    else:
        words = "a record or the seal was altered, or a sealed minute before it was removed."
    return Broken(seal.minute, words)


def _unsealed(minute: datetime, records: int, last: Seal | None, overdue: datetime) -> Broken | None:
    if last and minute < last.minute:
        return Broken(minute, f"it has {records} records and no seal: the records were added, or the seal was removed.")
    if minute + MINUTE < overdue:
        return Broken(minute, f"its {records} records still wait for their seal: does a worker (run_jobs) run?")
    return None
