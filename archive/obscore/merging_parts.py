"""Portions of a load into the index, each in a transaction of its own, which also notes how far the load is.

Where the index has only what this load brings, two are copied side by side: one process of the database copies more
slowly than all other stages work, and towards the end of a load nothing else is left to do for the other core.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock

from django.db import transaction

from archive import delivered_rows
from archive.models import Observation
from archive.obscore import merging, progress, stages
from archive.obscore.progress import LoadReport, Touched
from archive.obscore.stages import Part
from archive.obscore.survey import Rows, Survey

_AT_ONCE = 2


@dataclass
class Merging:
    survey: Survey
    load_id: int
    report: LoadReport
    touched: Touched
    _lock: Lock = field(default_factory=Lock)

    def merged(self, parts: Iterator[Part]) -> Iterator[int]:
        """The rows of each portion when they are dealt with."""
        with stages.laid_out(parts, self.survey) as ready:
            for first in ready:  # by now it is known whether all rows are new
                at_once = _AT_ONCE if self.touched.fresh else 1
                yield from stages.side_by_side(self._merge, chain([first], ready), at_once)

    def _merge(self, part: Part) -> int:
        rows = self.survey.rows.part(part.where)
        with transaction.atomic():
            owners = self._write(part, rows)
            counts = _counts(part, rows)
            progress.note(self.load_id, part.where, counts)
        with self._lock:
            self._remember(part, rows, owners, counts)
        return len(rows.line)

    def _write(self, part: Part, rows: Rows) -> list[merging.Owners]:
        portion, new, differing = part.portion, part.new, part.differing
        if portion is None or new is None or differing is None:
            return []
        delivered_rows.none_meanwhile()
        families = self.survey.names()
        owners = [
            merging.insert(portion, rows, new, families=families, new=part.laid_out),
            merging.update(portion, rows, differing, families),
        ]
        # Nobody may be at work beside it, so that where two portions are it waits for the end of the load
        if not self.touched.fresh and Observation.objects.filter(origin=Observation.Origin.DELIVERY).exists():
            delivered_rows.refresh_covered(owners[0].mous | owners[1].mous)
        return owners

    def _remember(self, part: Part, rows: Rows, owners: list[merging.Owners], counts: dict[str, int]) -> None:
        for what, number in counts.items():
            setattr(self.report, what, getattr(self.report, what) + number)
        for each in owners:
            self.touched.mous |= each.mous
            self.touched.groups |= each.groups
        for derived in filter(None, (part.new, part.differing)):
            self.survey.refused |= {int(rows.line[at]): why for at, why in derived.problems.items()}
        if part.new is not None:
            self.touched.pixels += part.new.pixels()


def _counts(part: Part, rows: Rows) -> dict[str, int]:
    good = int(rows.good.sum())
    if part.new is None or part.differing is None:
        return {"new": 0, "changed": 0, "unchanged": good}
    new, changed = len(part.new.rows), len(part.differing.rows)
    bad = len(part.new.problems) + len(part.differing.problems)
    return {"new": new, "changed": changed, "unchanged": 0 if part.again else good - new - changed - bad}
