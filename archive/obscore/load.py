"""`load_obscore`: files of ObsCore rows into the index, each whole or, after a breakdown, from where it stopped.

One load runs at a time.  The first one into an empty index makes the indexes at its end, for each row that is carried
into a dozen of them takes ten times as long.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from archive import cycle_zero, delivered_rows, index_tables, tallies
from archive.errors import ArchiveError
from archive.models import Load, Observation
from archive.obscore import ancestors, deriving, files, merging
from archive.obscore.files import Portion
from archive.obscore.survey import Survey

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


@dataclass
class LoadReport:
    source: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: dict[int, str] = field(default_factory=dict)  # by line
    doubts: list[str] = field(default_factory=list)  # answers that were not used, for there were two

    def counts(self) -> dict[str, int]:
        return {"new": self.new, "changed": self.changed, "unchanged": self.unchanged}

    def sentence(self) -> str:
        counts = ", ".join(f"{rows} {what}" for what, rows in self.counts().items())
        return f"{self.source}: {counts}, {len(self.refused)} refused."

    def as_json(self) -> dict:
        refused = [{"line": line, "reason": why} for line, why in self.refused.items()]
        return {"source": self.source, **self.counts(), "refused": refused, "doubts": self.doubts}


@dataclass
class _Touched:
    """What the tallies and the delivered rows depend on."""

    mous: set[int] = field(default_factory=set)
    everything: bool = False


def load_obscore(
    paths: Iterable[Path], *, meter: Meter | None = None, done: list[LoadReport] | None = None
) -> list[LoadReport]:
    """Each file after the other; `FileError` at the first that is bad, which then has changed nothing.

    `done` gets the report of each file as it is loaded.
    """
    reports = [] if done is None else done
    with loading() as touched:
        for path in map(Path, paths):
            source = (path.name, _sha256(path))
            reports.append(load_portions(files.read(path), source, touched, meter=meter or Meter()))
    return reports


@contextmanager
def loading() -> Iterator[_Touched]:
    """The index ready for a load, alone, and as it must be after it, however it went."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format("pg_try_advisory_lock"))
        if not cursor.fetchone()[0]:
            raise BusyError
    touched = _Touched()
    try:
        if not Observation.objects.exists():
            index_tables.drop()
            touched.everything = True
        yield touched
    finally:
        _finish(touched)
        with connection.cursor() as cursor:
            cursor.execute(_LOCK.format("pg_advisory_unlock"))


def _finish(touched: _Touched) -> None:
    for _ in index_tables.make_missing():
        pass
    touched.mous.update(mous.pk for mous in cycle_zero.adopt())
    if touched.everything or touched.mous:
        tallies.recount(None if touched.everything else touched.mous)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE archive_observation, archive_targetname, archive_memberous, archive_project")


def load_portions(
    portions: Iterable[Portion], source: tuple[str, str], touched: _Touched, *, meter: Meter
) -> LoadReport:
    name, digest = source
    with Survey() as survey:
        meter.begin(f"checking {name}", None)
        for rows in survey.look(portions):
            meter.advance(rows)
        with transaction.atomic():
            ancestors.settle(survey)
        load = _load(name, digest, touched)
        meter.begin(f"loading {name}", len(survey.rows.line))
        report = LoadReport(name, **load.report.get("counts", {}))
        report.doubts = list(survey.doubts())
        for rows in _merge(survey, load, report, touched):
            meter.advance(rows)
        report.refused = dict(sorted(survey.refused.items()))
        report.unchanged += survey.again
    load.report = {"counts": report.counts(), "refused": len(report.refused)}
    load.finished_at = timezone.now()
    load.save()
    return report


def _load(name: str, digest: str, touched: _Touched) -> Load:
    """The one that broke off, or a new one."""
    broken = Load.objects.filter(source=name, sha256=digest, finished_at=None).first()
    if broken is not None:
        touched.everything = True
    return broken or Load.objects.create(source=name, sha256=digest)


def _merge(survey: Survey, load: Load, report: LoadReport, touched: _Touched) -> Iterator[int]:
    """Says the rows of each portion when they are dealt with."""
    begin = 0
    for number, size in enumerate(survey.sizes):
        end = begin + size
        if end > load.rows_done:
            with transaction.atomic():
                _merge_portion(survey, number, slice(begin, end), report=report, touched=touched)
                load.rows_done, load.report = end, {"counts": report.counts()}
                load.save(update_fields=["rows_done", "report"])
        yield size
        begin = end


def _merge_portion(survey: Survey, number: int, where: slice, *, report: LoadReport, touched: _Touched) -> None:
    rows = survey.rows.part(where)
    chosen = merging.choose(rows)
    report.unchanged += int(rows.good.sum()) - len(chosen.new) - len(chosen.differing)
    if not len(chosen.new) and not len(chosen.differing):
        return
    delivered_rows.alone()
    portion, mous = survey.portion(number), set()
    for places, write, what in ((chosen.new, merging.insert, "new"), (chosen.differing, merging.update, "changed")):
        derived = deriving.derive(portion, places)
        survey.refused |= {int(rows.line[at]): why for at, why in derived.problems.items()}
        mous |= write(portion, rows, derived, survey.names())
        setattr(report, what, getattr(report, what) + len(derived.rows))
    if Observation.objects.filter(origin=Observation.Origin.DELIVERY).exists():
        delivered_rows.refresh_covered(mous)
    touched.mous |= mous


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
