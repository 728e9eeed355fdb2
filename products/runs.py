"""The record of each attempt to take in a package: that it runs, how far it is, what came of it or why it failed.

A run says every few seconds that it lives.  One that has not for a while died without a word; nothing of it is lost:
what it had stored is in the journal, and the same command goes on from there.
"""

import contextlib
import time
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from products.models import IngestRun

EVERY = 2.0  # seconds between signs of life
SILENT = timedelta(minutes=5)  # after which a run is taken for dead
ENDED_BADLY = ("failed", "died")
WORDS = {KeyboardInterrupt: "It was interrupted with Ctrl-C; the same command goes on where it was."}
MOST_NAMED = 1000  # names of one kind in a report


class Run:
    """A run while it is under way."""

    def __init__(self, command: str, sources, *, options: dict | None = None, by: str = ""):
        named = [
            str(source).encode(errors="backslashreplace").decode() for source in sources
        ]  # no database takes others
        said = {"command": command, "sources": named, "options": options or {}}
        self.row = IngestRun.objects.create(started_by=by, **said)
        self._done, self._heard = 0, time.monotonic()

    def of(self, mous_uid: str, total: int) -> None:
        """It is known now for which MOUS it is, and how many bytes there are."""
        self._change(mous_uid=mous_uid, bytes_total=total)

    def hear(self, count: int) -> None:
        """`count` bytes more were dealt with."""
        self._done += count
        if time.monotonic() - self._heard >= EVERY:
            self._heard = time.monotonic()
            self._change(bytes_done=max(0, self._done))

    def done(self, mous, report: dict) -> None:
        ended = {"phase": IngestRun.Phase.DONE, "ended_at": timezone.now()}
        self._change(mous=mous, bytes_done=max(0, self._done), report=report, **ended)

    def failed(self, error: BaseException) -> None:
        """With the reason, in the words of the error."""
        reason = f"{error} {getattr(error, 'remedy', '')}".strip() or WORDS.get(type(error), type(error).__name__)
        with contextlib.suppress(DatabaseError):  # it may be why: the run is shown as dead then
            self._change(phase=IngestRun.Phase.FAILED, reason=reason, ended_at=timezone.now())

    def _change(self, **changes) -> None:
        """Of a run that has not ended: an end is said once."""
        rows = IngestRun.objects.filter(pk=self.row.pk, phase=IngestRun.Phase.RUNNING)
        rows.update(heard_at=timezone.now(), **changes)


def is_dead(run: IngestRun, now) -> bool:
    """Whether its process died without saying so."""
    return run.phase == IngestRun.Phase.RUNNING and run.heard_at < now - SILENT


def state(run: IngestRun, now) -> str:
    """Its phase, or that it died, in one word."""
    return "died" if is_dead(run, now) else run.phase


def told(report) -> dict:
    """An `IngestReport` for the record: how many files, and the names of those that somebody should look at."""
    lists = {name: getattr(report, name) for name in ("new", "changed", "unchanged", "mended")}
    return {
        "counts": {name: len(names) for name, names in lists.items()},
        "changed": report.changed[:MOST_NAMED],
        "mended": report.mended[:MOST_NAMED],
        "quarantined": dict(list(report.quarantined.items())[:MOST_NAMED]),
        "marked": dict(list(report.marked.items())[:MOST_NAMED]),
        "stored_bytes": report.stored_bytes,
        "state": report.state,
        "findings": report.findings[:MOST_NAMED],
    }
