"""`load_obscore`: files of ObsCore rows into the index, each whole or, after a breakdown, from where it stopped.

One load runs at a time.  The first one into an empty index makes the indexes at its end, for each row that is carried
into a dozen of them takes ten times as long.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from archive import cycle_zero, delivered_rows, index_tables, tallies
from archive.errors import ArchiveError
from archive.models import Load, MemberOUS, Observation, Project
from archive.obscore import ancestors, files, progress, stages
from archive.obscore.files import Portion
from archive.obscore.merging_parts import Merging
from archive.obscore.progress import LoadReport, Touched
from archive.obscore.survey import Survey

_AHEAD = 4  # portions that are derived while projects and MOUSs are settled
_SHARE = 0.05  # of rows that are new or changed, above which the planner is told
_LOCK = "SELECT {}(hashtext('load of the index'))"


class BusyError(ArchiveError):
    status = 409
    code = "load-running"

    def __init__(self) -> None:
        super().__init__("Another load into the index is running.", "Wait until it ends, and run this one again.")


class Meter:
    """Hears how far a load is."""

    def begin(self, what: str, rows: int | None) -> None:
        """`rows` is how many there are, where that is known."""

    def advance(self, rows: int) -> None:
        """So many more are dealt with."""


def load_obscore(
    paths: Iterable[Path], *, meter: Meter | None = None, done: list[LoadReport] | None = None
) -> list[LoadReport]:
    """Each file after the other; `FileError` at the first that is bad, which then has changed nothing.

    `done` gets the report of each file as it is loaded.
    """
    reports = [] if done is None else done
    paths = [Path(path) for path in paths]
    with loading() as touched:
        for path in paths:
            touched.last = path is paths[-1]
            reports.append(load_portions(files.read(path), _name(path), touched, meter=meter or Meter()))
    return reports


def _name(path: Path) -> str:
    """As the database can keep it: names of files are bytes."""
    return os.fsencode(path.name).decode(errors="backslashreplace")


@contextmanager
def loading() -> Iterator[Touched]:
    """The index ready for a load, alone, and as it must be after it, however it went."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format("pg_try_advisory_lock"))
        if not cursor.fetchone()[0]:
            raise BusyError
    _keep_memory()
    touched = Touched(everything=Load.objects.filter(report__counted=False).exists())
    try:
        if not Observation.objects.exists():
            index_tables.drop()
            touched.fresh = touched.everything = True
        yield touched
    finally:
        _finish(touched)
        with connection.cursor() as cursor:
            cursor.execute(_LOCK.format("pg_advisory_unlock"))


def _keep_memory() -> None:
    """glibc gives back each piece that is as large as the largest one it has seen freed, and more than twice that at
    once, and gets it anew page by page.  One piece of almost 32 MB, which it counts at most, raises both.
    """
    bytes(31 * 2**20)


_COUNTED = """UPDATE archive_load SET report = report || '{"counted": true}' WHERE report @> '{"counted": false}'"""


def _finish(touched: Touched) -> None:
    if touched.everything:
        index_tables.make_missing(partial(_count_everything, touched))
        delivered_rows.refresh_covered(None)
    else:
        index_tables.make_missing()
    adopted = {mous.pk for mous in cycle_zero.adopt()}
    if touched.everything:
        tallies.recount(adopted)
    else:
        tallies.recount(touched.mous | adopted, touched.groups)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED)
        if not touched.everything and touched.rows > _SHARE * _known_rows(cursor):
            index_tables.analyze()


def _count_everything(touched: Touched) -> None:
    tallies.recount(None, pixels=touched.pixels if touched.fresh else None)
    index_tables.learn(MemberOUS, Project)


def _known_rows(cursor: CursorWrapper) -> float:
    """As many as there were when the planner was told last."""
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'archive_observation'::regclass")
    return cursor.fetchone()[0]


def load_portions(portions: Iterable[Portion], name: str, touched: Touched, *, meter: Meter) -> LoadReport:
    with Survey() as survey:
        meter.begin(f"checking {name}", None)
        for rows in survey.look(portions):
            meter.advance(rows)
        load = _load(name, survey.digest(), touched)
        wanted = stages.derived(survey, touched.choose, partial(progress.is_done, load))
        with stages.ahead(wanted, _AHEAD) as derived:
            held = ancestors.refuse(survey)
            with stages.with_texts(derived, survey, touched.texts_are_there) as parts:
                ancestors.settle(survey, held)
                meter.begin(f"loading {name}", len(survey.rows.line))
                report = LoadReport(name, **load.report.get("counts", {}))
                for rows in Merging(survey, load.pk, report, touched).merged(parts):
                    meter.advance(rows)
        report.doubts = list(survey.doubts())
        report.refused = dict(sorted(survey.refused.items()))
        report.unchanged += survey.again
    touched.rows += report.new + report.changed
    load.report = {"counts": report.counts(), "refused": len(report.refused), "counted": False}
    load.rows_done, load.finished_at = len(survey.rows.line), timezone.now()
    load.save()
    return report


def _load(name: str, digest: str, touched: Touched) -> Load:
    """The one of the same rows that broke off, or a new one."""
    broken = Load.objects.filter(source=name, sha256=digest, finished_at=None).first()
    if broken is not None:
        touched.everything = True
    return broken or Load.objects.create(source=name, sha256=digest)
