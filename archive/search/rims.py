"""Footprints on the rim of a cone, which only their own geometry can judge.

A row without a region of its own is a circle of `bound_rad` around its position.  Of the others, those whose circle
lies within the cone overlap it, those whose circle does not touch it do not, and the regions between are looked at: for
a page only those of rows that may stand on it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection

from archive import regions
from archive.search.where import Cone

BATCH = 5000  # shapes looked at together
MORE = 10  # rows than a page has are looked at in one go, for most overlap
WIDER = 3  # and so many times as many in each one after it

_ALL = """SELECT f.id, f.shape FROM archive_footprint f WHERE f.id IN (
    SELECT o.footprint_id FROM archive_observation o WHERE {where} AND o.footprint_id IS NOT NULL AND NOT {within})"""

Row = tuple


@dataclass(frozen=True)
class Rim:
    cone: Cone
    distance2: str
    far2: str  # from the antipode
    _known: dict[int, bool] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, float]:
        """That the SQL needs, besides those of `distance2`."""
        return {"cone_radius": self.cone.radius_rad}

    @property
    def touched(self) -> str:
        return self._reached("+")

    @property
    def _within(self) -> str:
        return f"(o.bound_rad <= %(cone_radius)s AND {self._reached('-')})"

    def _reached(self, sign: str) -> str:
        """By the chords of both radii, added or taken away: as `sky.chord2` and `sky.far_chord2`, rounding and all."""
        angle = f"LEAST(%(cone_radius)s {sign} o.bound_rad, {math.pi!r})"
        if self.cone.radius_rad <= math.pi / 2:
            return f"{self.distance2} <= power(2 * sin({angle} / 2) + 1e-15, 2)"
        return f"{self.far2} >= power(GREATEST(2 * sin(({math.pi!r} - {angle}) / 2) - 1e-15, 0), 2)"

    @property
    def column(self) -> str:
        """The footprint that has to be looked at, or NULL where the row overlaps as it is."""
        return f"CASE WHEN {self._within} THEN NULL ELSE o.footprint_id END AS rim"

    @staticmethod
    def with_shapes(select: str) -> str:
        """The rows of `select`, in which `column` is, each followed by its shape."""
        return f"SELECT s.*, (SELECT f.shape FROM archive_footprint f WHERE f.id = s.rim) AS shape FROM ({select}) s"

    def condition(self, where: str, values: dict[str, object]) -> str:
        """The rows among all for which `where` stands that overlap the cone."""
        with connection.cursor() as cursor:
            cursor.execute(_ALL.format(where=where, within=self._within), values)
            while rows := cursor.fetchmany(BATCH):
                self._judge(rows)
        listed = f"'{{{','.join(str(key) for key, overlaps in self._known.items() if overlaps)}}}'::int[]"
        return f"(o.footprint_id IS NULL OR {self._within} OR o.footprint_id = ANY({listed}))"

    def page(self, found: Callable[[Sequence | None, int], list[Row]], after: Sequence | None, limit: int) -> list[Row]:
        """The first rows that overlap, of those that `found` gives behind a row, each with its `column` and shape."""
        kept: list[Row] = []
        most = limit + MORE
        while True:
            rows = found(after, most)
            kept += self._overlapping(rows)
            if len(kept) >= limit or len(rows) < most:
                return kept[:limit]
            after, most = rows[-1][1:-2], most * WIDER

    def _overlapping(self, rows: list[Row]) -> Iterator[Row]:
        shapes = {rim: shape for *_, rim, shape in rows if shape is not None and rim not in self._known}
        self._judge(list(shapes.items()))
        return (row[:-2] for row in rows if row[-2] is None or self._known.get(row[-2]))

    def _judge(self, rows: list[Row]) -> None:
        shapes = [bytes(shape) for _, shape in rows]
        overlap = regions.overlaps(shapes, self.cone.ra_deg, self.cone.dec_deg, self.cone.radius_rad)
        self._known.update((key, bool(inside)) for (key, _), inside in zip(rows, overlap, strict=True))
