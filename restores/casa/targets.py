"""The target of one execution block, split for imaging.

`_targets.ms` lives only as long as the job: what is delivered is the whole MeasurementSet, or images.  Spectral windows
keep their numbers (reindex=False), so that the delivery's numbers stay true.
"""

import dataclasses
import math
import pathlib
from typing import Any

from restores.casa import doppler, tables, tasks
from restores.casa.failures import Failure
from restores.casa.order import ExecutionBlock, ImageOrder
from restores.casa.spectra import Band, band

SAME_POINTING_RADIANS = math.radians(0.1 / 3600)


@dataclasses.dataclass(frozen=True)
class Target:
    """Where one execution block saw the source; `field` is a CASA selection by number."""

    eb: ExecutionBlock
    vis: pathlib.Path
    field: str
    direction: tuple[float, float]
    observed: tables.Observed
    dish: float

    def spw(self, name: str) -> int:
        number = tables.spw_number(self.vis, name)
        if number is None:
            raise _no_spw(self.eb, name)
        return number

    def channels(self, name: str) -> tuple[Any, float]:
        return tables.channels(self.vis, self.spw(name))

    def scale(self) -> float:
        """TOPO over LSRK at the middle of the observation."""
        return doppler.topo_over_lsrk((self.observed.first + self.observed.last) / 2, self.direction)

    def band(self, name: str) -> Band:
        centres, width = self.channels(name)
        moments = (self.observed.first, self.observed.last)
        return band(centres, width, [doppler.topo_over_lsrk(moment, self.direction) for moment in moments])


def split(eb: ExecutionBlock, vis: pathlib.Path, image: ImageOrder, spw_names: list[str]) -> Target:
    fields = tables.fields_of(vis, image.source_key)
    if not fields:
        raise _no_source(eb, image)
    direction = _one_pointing(vis, fields, image)
    numbers = []
    for name in spw_names:
        number = tables.spw_number(vis, name)
        if number is None:
            raise _no_spw(eb, name)
        numbers.append(number)
    field = ",".join(map(str, fields))
    targets = vis.with_name(f"{eb.name}_targets.ms")
    spw = ",".join(str(number) for number in sorted(numbers))
    tasks.run(
        "mstransform", vis=vis, outputvis=targets, field=field, spw=spw, intent="OBSERVE_TARGET*",
        datacolumn="corrected", keepflags=True, reindex=False,
    )  # fmt: skip
    if not tables.row_count(targets):
        raise _no_source(eb, image)
    return Target(eb, targets, field, direction, tables.observed(targets), tables.smallest_dish(targets))


def _one_pointing(vis: pathlib.Path, fields: list[int], image: ImageOrder) -> tuple[float, float]:
    directions = [tables.direction(vis, field) for field in fields]
    first = directions[0]
    if any(math.dist(first, other) > SAME_POINTING_RADIANS for other in directions):
        raise Failure(
            "mosaic-not-supported",
            f"{image.source} was observed as a mosaic of {len(fields)} pointings; only single fields are imaged here.",
            "Request the restored MeasurementSets and image them with tclean, gridder='mosaic'.",
        )
    return first


def _no_source(eb: ExecutionBlock, image: ImageOrder) -> Failure:
    return Failure(
        "empty-selection",
        f"The execution block {eb.uid} holds no target data of {image.source}.",
        "Choose a source that the observation lists as a target.",
    )


def _no_spw(eb: ExecutionBlock, name: str) -> Failure:
    return Failure(
        "empty-selection",
        f"The execution block {eb.uid} has no spectral window {name}.",
        "Choose a spectral window that all execution blocks of the observation share.",
    )
