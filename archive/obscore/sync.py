"""`sync_index`: what a TAP service has changed since the last time, window by window.

A window that was asked for after its end is done for good: a row that is modified later moves into a later window.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils import timezone

from archive.models import Load
from archive.obscore import files, load, tap
from archive.obscore.load import LoadReport, Meter

FIRST = datetime(2011, 1, 1, tzinfo=UTC)
DAYS = 30.0
MOST = 100_000  # rows of one answer


def sync(
    address: str,
    *,
    since: datetime = FIRST,
    until: datetime | None = None,
    days: float = DAYS,
    most: int = MOST,
    meter: Meter | None = None,
) -> Iterator[LoadReport]:
    """The report of each window as it is loaded."""
    service = tap.Service(address, most=most)
    until = until or timezone.now()
    until = until.replace(microsecond=until.microsecond // 1000 * 1000)
    done = _done(service.address)
    with load.loading() as touched:
        for window in tap.windows(since, until, days):
            name = f"{service.address} lastModified {window}"
            if name not in done:
                yield load.load_portions(_portions(service, window, name), name, touched, meter=meter or Meter())


def _done(address: str) -> set[str]:
    rows = Load.objects.filter(source__startswith=f"{address} lastModified ").exclude(finished_at=None)
    return {name for name, started in rows.values_list("source", "started_at") if started >= _end(name)}


def _end(name: str) -> datetime:
    return datetime.fromisoformat(name.rpartition("..")[2]).replace(tzinfo=UTC)


def _portions(service: tap.Service, window: tap.Window, name: str) -> Iterator[files.Portion]:
    before = 0
    for frame in service.rows(window):
        for portion in files.of_frame(frame, name):
            portion.lines += before
            yield portion
        before += frame.height
