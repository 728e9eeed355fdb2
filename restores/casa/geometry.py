"""Cell, size, weighting, mask and threshold of an image, as the ALMA pipeline chooses them (FACTS 5.3 to 5.7).

Pure arithmetic: beams in arcsec, frequencies in Hz, dishes and baselines in metres.
"""

import dataclasses
import math

SPEED_OF_LIGHT = 299_792_458.0
ARCSEC_PER_RADIAN = 206_264.806
PIXELS_PER_BEAM = 5
PB_LIMIT = 0.2
MASK_PB_LIMIT = 0.3
DEFAULT_ROBUST = 0.5
ROBUSTS = (0.0, 0.5, 1.0, 2.0)
ACA_DISH = 7.0
LOOP_GAIN = 0.1
THRESHOLD_SIGMAS = 2.0


@dataclasses.dataclass(frozen=True)
class Beam:
    major: float
    minor: float

    @property
    def area(self) -> float:
        return _significant(self.major) * _significant(self.minor)

    @property
    def mean(self) -> float:
        return math.sqrt(self.major * self.minor)


@dataclasses.dataclass(frozen=True)
class Choice:
    robust: float
    score: float
    reason: str


def _significant(value: float, digits: int = 3) -> float:
    return float(f"{value:.{digits}g}")


def candidate_robusts(dish: float) -> tuple[float, ...]:
    return (DEFAULT_ROBUST,) if dish <= ACA_DISH else ROBUSTS


def allowed_resolution(desired: float) -> tuple[float, float]:
    return 0.8 * desired, 1.2 * desired


def choose_robust(beams: dict[float, Beam], smallest: float, largest: float) -> Choice:
    """The robust whose beam area lies between those of `smallest` and `largest`; else the nearest it can do."""
    fitting = [robust for robust, beam in beams.items() if smallest**2 <= beam.area <= largest**2]
    if DEFAULT_ROBUST in fitting:
        return Choice(DEFAULT_ROBUST, 1.0, "Beam within range")
    if fitting:
        return Choice(min(fitting), 0.85, "Beam within range using non-default robust")
    if 2.0 in beams and beams[2.0].area < smallest**2:
        return Choice(2.0, 0.25, "Beam is too small")
    if 0.0 in beams and beams[0.0].area > largest**2:
        return Choice(0.0, 0.25, "Beam is too large")
    return Choice(DEFAULT_ROBUST, 0.25, "Requested beam falls in robust gap")


def cell_size(minor: float) -> str:
    return f"{minor / PIXELS_PER_BEAM:.2g}arcsec"


def primary_beam(frequency: float, dish: float) -> float:
    """Full width at half power, arcsec, from the radius of the first null of the dish."""
    return 1.12 * SPEED_OF_LIGHT / frequency / dish * ARCSEC_PER_RADIAN


def image_size(frequency: float, dish: float, cell: float, *, level: float = PB_LIMIT) -> int:
    """Pixels across a single field, out to the `level` of the primary beam; a size that transforms fast."""
    width = 1.1 * primary_beam(frequency, dish) * math.sqrt(-math.log(level) / math.log(2)) / cell
    return _fast(math.floor(width + 0.5))


def _fast(size: int) -> int:
    size += size % 2
    while _largest_factor_left(size) != 1:
        size += 2
    return size


def _largest_factor_left(size: int) -> int:
    for factor in (2, 3, 5, 7):
        while size % factor == 0:
            size //= factor
    return size


def threshold(noise: float, peak: float, *, dish: float, blocks: int) -> float:
    """Where cleaning stops, in the unit of `noise`: 2 sigma, more where the dynamic range is not to be reached.

    `noise` is the theoretical or measured sensitivity, `peak` that of the dirty image, `blocks` execution blocks.
    """
    base, ratio = THRESHOLD_SIGMAS * noise, peak / noise
    if dish > ACA_DISH:
        return _limited(base, ratio, steps=((20, 1.0), (50, 1.5), (100, 2.0), (150, 2.5)), beyond=(2.5, peak / 150 * 2))
    if blocks == 1:
        return _limited(base, ratio, steps=((4, 1.0), (10, 1.5), (20, 2.0), (30, 2.5)), beyond=(2.5, peak / 30 * 2))
    steps = ((4, 1.0), (10, 1.5), (20, 2.0), (40, 2.5), (75, 3.0))
    return _limited(base, ratio, steps=steps, beyond=(3.5, peak / 55 * 2))


def _limited(
    base: float, ratio: float, *, steps: tuple[tuple[float, float], ...], beyond: tuple[float, float]
) -> float:
    for limit, factor in steps:
        if ratio <= limit:
            return factor * base
    factor, at_least = beyond
    return max(factor * base, at_least)


def iterations(pixels: int, cell: float, beam: Beam, *, peak: float, stop: float) -> int:
    """Enough to clean a mask of 0.45 image radii to the threshold; only a bound, the threshold should stop first."""
    radius = 0.45 * pixels * cell
    return max(int(5 / LOOP_GAIN * radius**2 / (beam.major * beam.minor) * peak / stop), 1)


def automask(dish: float, baseline_75: float, *, cube: bool) -> dict[str, float | bool]:
    """Parameters of `auto-multithresh` for a science target; `baseline_75` is the 75th percentile of baselines."""
    common = {"dogrowprune": True, "minpercentchange": 1.0}
    if dish <= ACA_DISH:
        return {**common, **_mask(1.25, 5.0, 2.0, 0.0), "minbeamfrac": 0.1, "growiterations": 75, "fastnoise": False}
    common |= {"minbeamfrac": 0.3, "growiterations": 50 if cube else 75, "fastnoise": baseline_75 > 400}
    if baseline_75 < 300:
        return {**common, **_mask(2.0, 4.25, 1.5, 15.0 if cube else 0.0)}
    return {**common, **_mask(2.5 if baseline_75 > 400 else 2.0, 5.0, 1.5, 7.0 if cube else 0.0)}


def _mask(sidelobe: float, noise: float, low: float, negative: float) -> dict[str, float | bool]:
    return {
        "sidelobethreshold": sidelobe,
        "noisethreshold": noise,
        "lownoisethreshold": low,
        "negativethreshold": negative,
    }
