"""`load_obscore`: files of ObsCore rows into the index, each whole or, after a breakdown, from where it stopped.

One load runs at a time.  The first one into an empty index makes the indexes at its end, for each row that is carried
into a dozen of them takes ten times as long.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from numpy.typing import NDArray

from archive import cycle_zero, delivered_rows, index_tables, sky, tallies
from archive.errors import ArchiveError
from archive.models import Load, Observation
from archive.obscore import ancestors, choosing, files, merging, stages
from archive.obscore.files import Portion
from archive.obscore.stages import Part
from archive.obscore.survey import Rows, Survey

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
class Touched:
    """What a load has to know of the ones before it, and what is to be seen to at its end."""

    mous: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)  # for their own rows
    rows: int = 0
    everything: bool = False  # all is to be counted again
    fresh: bool = False  # the index holds only what this load has written: `keys`, each file's sorted
    keys: list[NDArray[np.int64]] = field(default_factory=list)
    pixels: NDArray[np.int64] = field(default_factory=lambda: np.zeros(sky.PIXELS6, np.int64))  # with new rows in each
    last: bool = False  # no other file comes

    def names_are_there(self) -> None:
        if self.last:
            index_tables.make_missing_of_names()

    def choose(self, rows: Rows) -> choosing.Chosen:
        if self.fresh and not any(np.isin(rows.key, keys, kind="sort").any() for keys in self.keys):
            self.keys.append(rows.key[rows.good])
            return choosing.all_new(rows)
        self.fresh = False
        index_tables.make_one_row()
        return choosing.choose(rows)


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
            reports.append(load_portions(files.read(path), path.name, touched, meter=meter or Meter()))
    return reports


@contextmanager
def loading() -> Iterator[Touched]:
    """The index ready for a load, alone, and as it must be after it, however it went."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK.format("pg_try_advisory_lock"))
        if not cursor.fetchone()[0]:
            raise BusyError
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


_COUNTED = """UPDATE archive_load SET report = report || '{"counted": true}' WHERE report @> '{"counted": false}'"""


def _finish(touched: Touched) -> None:
    if touched.everything:
        index_tables.make_missing(partial(_count_everything, touched))
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
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE archive_memberous, archive_project")


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
        with stages.ahead(stages.derived(survey, touched.choose, load.rows_done), _AHEAD) as derived:
            held = ancestors.refuse(survey)
            with stages.with_texts(derived, survey, touched.names_are_there) as parts:
                ancestors.settle(survey, held)
                meter.begin(f"loading {name}", len(survey.rows.line))
                report = LoadReport(name, **load.report.get("counts", {}))
                for rows in _merge(survey, parts, load, report, touched=touched):
                    meter.advance(rows)
        report.doubts = list(survey.doubts())
        report.refused = dict(sorted(survey.refused.items()))
        report.unchanged += survey.again
    touched.rows += report.new + report.changed
    load.report = {"counts": report.counts(), "refused": len(report.refused), "counted": False}
    load.finished_at = timezone.now()
    load.save()
    return report


def _load(name: str, digest: str, touched: Touched) -> Load:
    """The one of the same rows that broke off, or a new one."""
    broken = Load.objects.filter(source=name, sha256=digest, finished_at=None).first()
    if broken is not None:
        touched.everything = True
    return broken or Load.objects.create(source=name, sha256=digest)


def _merge(survey: Survey, parts: Iterator[Part], load: Load, report: LoadReport, *, touched: Touched) -> Iterator[int]:
    """Says the rows of each portion when they are dealt with."""
    with stages.laid_out(parts, survey) as ready:
        for part in ready:
            rows = survey.rows.part(part.where)
            with transaction.atomic():
                for owners in _merge_portion(survey, rows, part, report):
                    touched.mous |= owners.mous
                    touched.groups |= owners.groups
                load.rows_done, load.report = part.where.stop, {"counts": report.counts(), "counted": False}
                load.save(update_fields=["rows_done", "report"])
            if part.new is not None:
                touched.pixels += part.new.pixels()
            yield len(rows.line)


def _merge_portion(survey: Survey, rows: Rows, part: Part, report: LoadReport) -> list[merging.Owners]:
    portion, new, differing = part.portion, part.new, part.differing
    if portion is None or new is None or differing is None:
        report.unchanged += int(rows.good.sum())
        return []
    delivered_rows.none_meanwhile()
    for derived in (new, differing):
        survey.refused |= {int(rows.line[at]): why for at, why in derived.problems.items()}
    families = survey.names()
    owners = [
        merging.insert(portion, rows, new, families=families, new=part.laid_out),
        merging.update(portion, rows, differing, families),
    ]
    if Observation.objects.filter(origin=Observation.Origin.DELIVERY).exists():
        delivered_rows.refresh_covered(owners[0].mous | owners[1].mous)
    report.new += len(new.rows)
    report.changed += len(differing.rows)
    bad = len(new.problems) + len(differing.problems)
    report.unchanged += int(rows.good.sum()) - len(new.rows) - len(differing.rows) - bad
    return owners
