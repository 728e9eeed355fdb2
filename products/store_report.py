"""What the store was found to be able to do when it was last asked: for the log, for staff and for `preflight`.

Workers ask when they start, and each night; it is kept with the other things that all processes share.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from archive.errors import ArchiveError, TransientError
from products.capabilities import WORDS, Capabilities, probe
from products.losses import MissingObjectError
from products.store import open_store

KEPT = "store-report"
ANSWERS = {True: "yes", False: "no", None: "not known: we may not try"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """`found` is None where the store did not answer, for which `problem` says why."""

    at: datetime
    found: Capabilities | None
    problem: str = ""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What it can do, and whether; in words."""
        if self.found is None:
            return []
        told = self.found.told()
        return [(words, ANSWERS[told[name]]) for name, words in WORDS.items()] + [
            ("keeps versions of objects", self.found.versioning)
        ]

    @property
    def warnings(self) -> list[str]:
        return list(self.found.warnings()) if self.found else [self.problem]


def make(now: datetime) -> Report:
    """Ask the store now, and keep and log what it said.  Waits as long as the store is waited for, and never fails."""
    try:
        report = Report(now, probe(open_store()))
        log.info("the store: %s", report.found)
    except MissingObjectError:
        report = Report(
            now, None, "What the store can do is not known: it does not keep what is put, or has no such bucket."
        )
    except (ArchiveError, TransientError) as error:
        report = Report(now, None, f"What the store can do is not known: {error}")
    for warning in report.warnings:
        log.warning(warning)
    cache.set(KEPT, (now, report.found and report.found.told(), report.problem), None)
    return report


def last() -> Report | None:
    if (kept := cache.get(KEPT)) is None:
        return None
    at, told, problem = kept
    return Report(at, told and Capabilities(**told), problem)
