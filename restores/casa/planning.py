"""Cell, size and weighting of a request's images, from the beams that its data really give.

The beam is measured on the window of the highest frequency, whose beam is the smallest; the size is taken at the
lowest, whose primary beam is the widest.  What was asked, allowed and achieved is recorded, never refused.
"""

import statistics

from restores.casa import clean, geometry
from restores.casa.clean import Data, Grid
from restores.casa.geometry import Beam, Choice
from restores.casa.order import ImageOrder
from restores.casa.report import Report
from restores.casa.targets import Target

# A PSF needs only its core for the fit of a beam; the first guess oversamples the longest baseline.
PSF_PIXELS = 512
GUESSED_CELLS_PER_FRINGE = 6


def plan(seen: list[Target], image: ImageOrder, spw_names: list[str], *, report: Report) -> Grid:
    frequencies = {name: float(seen[0].channels(name)[0].mean()) for name in spw_names}
    finest = max(frequencies, key=lambda name: frequencies[name])
    dish = min(target.dish for target in seen)
    desired = image.angular_resolution_arcsec
    robusts = geometry.candidate_robusts(dish) if desired else (geometry.DEFAULT_ROBUST,)
    beams = _beams(seen, finest, frequencies[finest], robusts=robusts, report=report)
    choice = _choice(beams, desired)
    beam = beams[choice.robust]
    cell = geometry.cell_size(beam.minor)
    pixels = geometry.image_size(min(frequencies.values()), dish, float(cell.removesuffix("arcsec")))
    _tell(report, image, choice, beams=beams)
    report.facts["geometry"] = {"cell": cell, "pixels": pixels, "robust": choice.robust, "dish_m": dish}
    baseline = statistics.median(target.observed.baseline_75 for target in seen)
    return Grid(cell, pixels, choice.robust, dish, baseline, len(seen), beam)


def _beams(
    seen: list[Target], spw_name: str, frequency: float, *, robusts: tuple[float, ...], report: Report
) -> dict[float, Beam]:
    longest = max(target.observed.longest_baseline for target in seen)
    fringe = geometry.SPEED_OF_LIGHT / frequency / longest * geometry.ARCSEC_PER_RADIAN
    cell = f"{fringe / GUESSED_CELLS_PER_FRINGE:.3g}arcsec"
    spws = [str(target.spw(spw_name)) for target in seen]
    data = Data([target.vis for target in seen], [target.field for target in seen], spws)
    name = report.directory / "work" / "precheck"
    return {robust: clean.dirty_psf(name, data, cell=cell, pixels=PSF_PIXELS, robust=robust) for robust in robusts}


def _choice(beams: dict[float, Beam], desired: float | None) -> Choice:
    if not desired:
        return Choice(geometry.DEFAULT_ROBUST, 1.0, "No resolution requested")
    return geometry.choose_robust(beams, *geometry.allowed_resolution(desired))


def _tell(report: Report, image: ImageOrder, choice: Choice, *, beams: dict[float, Beam]) -> None:
    desired, beam = image.angular_resolution_arcsec, beams[choice.robust]
    report.facts["resolution"] = {
        "requested_arcsec": desired,
        "allowed_arcsec": list(geometry.allowed_resolution(desired)) if desired else None,
        "achieved_arcsec": [round(beam.major, 4), round(beam.minor, 4)],
        "score": choice.score,
        "reason": choice.reason,
        "beams_arcsec": {str(robust): [round(b.major, 4), round(b.minor, 4)] for robust, b in beams.items()},
    }
    if desired and choice.score < 0.5:
        report.warn(
            f"The requested resolution of {desired} arcsec cannot be reached: {choice.reason.lower()}; "
            f"the beam is {beam.major:.2f} x {beam.minor:.2f} arcsec with robust {choice.robust}."
        )
