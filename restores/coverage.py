"""What all execution blocks of a MOUS cover together, per science window, as seen towards one source.

The blocks are observed weeks apart, so one TOPO window is several LSRK windows; a cube can be filled by all blocks
only where they overlap.  Windows are joined by name: their ids differ between blocks.
"""

from collections import defaultdict

from archive import spectrum
from archive.errors import ArchiveError
from archive.models import CalibrationDelivery, ExecutionBlock, Source, SpectralWindow
from restores.cubes import Window


class CoverageUnknownError(ArchiveError):
    status = 422
    code = "coverage-unknown"

    def __init__(self, subject: object, lacking: str) -> None:
        super().__init__(
            f"The frequency coverage in the LSRK frame cannot be worked out: {subject} has no {lacking}.",
            "Staff: complete it in the index. Until then only a continuum image can be made.",
        )


def windows_of(source: Source, delivery: CalibrationDelivery) -> dict[int, Window]:
    """The science windows that every block of `delivery` has, with a range in common towards `source`."""
    ratios = _lsrk_ratios(source, delivery)
    by_name: dict[str, list[SpectralWindow]] = defaultdict(list)
    for spw in SpectralWindow.objects.filter(eb__in=ratios, science=True).order_by("virtual", "number"):
        by_name[spw.name].append(spw)
    found = [_common(spws, ratios, delivery) for spws in by_name.values() if len(spws) == len(ratios)]
    return {window.virtual: window for window in found if window}


def _lsrk_ratios(source: Source, delivery: CalibrationDelivery) -> dict[int, tuple[float, float]]:
    """f_TOPO / f_LSRK at the start and the end of each block, by primary key of the block."""
    if source.ra_deg is None or source.dec_deg is None:
        raise CoverageUnknownError(f"source {source.name}", "position")
    found = {}
    for eb in ExecutionBlock.objects.filter(mous=source.mous_id, uid__in=delivery.blocks):
        if eb.started_at is None or eb.ended_at is None:
            raise CoverageUnknownError(f"execution block {eb.uid}", "start and end time")
        start, end = (spectrum.lsrk_ratio(at, source.ra_deg, source.dec_deg) for at in (eb.started_at, eb.ended_at))
        found[eb.pk] = (start, end)
    return found


def _common(spws: list[SpectralWindow], ratios: dict, delivery: CalibrationDelivery) -> Window | None:
    covered = spectrum.lsrk_coverage((spw.low_hz, spw.high_hz, ratio) for spw in spws for ratio in ratios[spw.eb_id])
    if covered is None or spws[0].virtual is None:
        return None
    width = max(spw.channel_width_hz for spw in spws)
    return Window(spws[0].virtual, spws[0].name, *covered, width, _line_of_interest(delivery, covered))


def _line_of_interest(delivery: CalibrationDelivery, covered: tuple[float, float]) -> float | None:
    """The representative frequency of the processing request, for the window that holds it (FACTS 3.5)."""
    written = delivery.requested.get("representative_frequency")
    try:
        frequency = spectrum.frequency_hz(written, "representative_frequency")
    except spectrum.QuantityError:
        return None
    return frequency if covered[0] <= frequency <= covered[1] else None
