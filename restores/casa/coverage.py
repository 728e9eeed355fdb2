"""Whether the channels ordered lie in what every execution block covers, checked before anything is imaged.

tclean moves a start outside the band into it, and images a range with no data at all, without a word.
"""

from restores.casa.failures import Failure
from restores.casa.order import Cube
from restores.casa.spectra import Band, common
from restores.casa.targets import Target

# A channel may be asked this much narrower than the native one before it is an error (FACTS 5.2).
NARROWEST = 0.95


def require_covered(seen: list[Target], cubes: list[Cube]) -> None:
    for cube in cubes:
        covered = common([target.band(cube.spw_name) for target in seen])
        last = cube.start_hz + (cube.nchan - 1) * cube.width_hz
        if not (covered.holds(cube.start_hz) and covered.holds(last)):
            raise _outside(cube, covered, last)
        if abs(cube.width_hz) < NARROWEST * covered.width:
            raise _too_narrow(cube, covered)


def _outside(cube: Cube, covered: Band, last: float) -> Failure:
    low, high = sorted((cube.start_hz, last))
    return Failure(
        "outside-coverage",
        f"The cube of {cube.spw_name} is asked from {low / 1e9:.6f} to {high / 1e9:.6f} GHz (LSRK), and all execution "
        f"blocks together cover {covered.lowest / 1e9:.6f} to {covered.highest / 1e9:.6f} GHz.",
        "Choose start, channel width and number of channels so that both ends lie inside the coverage.",
    )


def _too_narrow(cube: Cube, covered: Band) -> Failure:
    return Failure(
        "channel-too-narrow",
        f"Channels of {abs(cube.width_hz) / 1e3:.3f} kHz are asked in {cube.spw_name}, "
        f"whose own are {covered.width / 1e3:.3f} kHz.",
        "Ask for channels at least as wide as those of the spectral window.",
    )
