"""What a load has done so far: its report, what its end has to see to, and from where a second start goes on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from archive import index_tables, sky
from archive.models import Load
from archive.obscore import choosing
from archive.obscore.survey import Rows


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

    def texts_are_there(self) -> None:
        if self.last:
            index_tables.make_missing_of_texts()

    def choose(self, rows: Rows) -> choosing.Chosen:
        if self.fresh and not any(np.isin(rows.key, keys, kind="sort").any() for keys in self.keys):
            self.keys.append(rows.key[rows.good])
            return choosing.all_new(rows)
        self.fresh = False
        index_tables.make_one_row()
        return choosing.choose(rows)


@transaction.atomic
def note(load_id: int, where: slice, counts: Mapping[str, int]) -> None:
    """In the transaction that writes these rows; a portion may be there before those in front of it."""
    load = Load.objects.select_for_update().get(pk=load_id)
    had = load.report.get("counts", {})
    ahead = sorted([*load.report.get("ahead", []), [where.start, where.stop]])
    while ahead and ahead[0][0] <= load.rows_done:
        load.rows_done = max(load.rows_done, ahead.pop(0)[1])
    sums = {what: had.get(what, 0) + rows for what, rows in counts.items()}
    load.report = {"counts": sums, "ahead": ahead, "counted": False}
    load.save(update_fields=["rows_done", "report"])
    if counts["new"] or counts["changed"]:  # others that broke off may have written the same rows otherwise
        broken = Load.objects.filter(finished_at=None).exclude(pk=load_id)
        broken.update(rows_done=0, report={"counted": False})


def is_done(load: Load, where: slice) -> bool:
    """As it was when `load` was read."""
    return where.stop <= load.rows_done or [where.start, where.stop] in load.report.get("ahead", [])
