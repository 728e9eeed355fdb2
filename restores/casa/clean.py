"""One image: dirty first, its noise measured, then cleaned under an automatic mask down to the pipeline's threshold.

Leftovers of an earlier run are wiped before: tclean would continue from them.  The automatic mask prunes whatever is
smaller than a part of the beam, and with few antennas that may be the source itself.  Where it leaves something bright,
the pipeline's second try is made: the primary beam as mask, twice the threshold (FACTS 5.6).
"""

import dataclasses
import pathlib
import shutil
from typing import Any

from restores.casa import brightness, geometry, tasks
from restores.casa.failures import Failure

# Below this the brightest pixel of an image is what noise gives by itself.
WORTH_CLEANING_SIGMAS = 6.0
SECOND_TRY = 2.0


@dataclasses.dataclass(frozen=True)
class Data:
    """Visibilities to image: one entry per MeasurementSet, selections by number."""

    vis: list[pathlib.Path]
    field: list[str]
    spw: list[str]

    def selected(self) -> dict[str, Any]:
        return {"vis": self.vis, "field": self.field, "spw": self.spw}


@dataclasses.dataclass(frozen=True)
class Grid:
    """What all images of one request share."""

    cell: str
    pixels: int
    robust: float
    dish: float
    baseline_75: float
    blocks: int
    beam: geometry.Beam

    @property
    def cell_arcsec(self) -> float:
        return float(self.cell.removesuffix("arcsec"))


@dataclasses.dataclass(frozen=True)
class Cleaned:
    """Brightness in Jy/beam before primary-beam correction; `masked` tells whether there was a clean mask."""

    noise: float
    threshold: float
    peak: float
    masked: bool
    iterations: int
    blank_channels: list[int]


def dirty_psf(name: pathlib.Path, data: Data, *, cell: str, pixels: int, robust: float) -> geometry.Beam:
    """The beam a robust value would give, without making an image."""
    wipe(name)
    tasks.run(
        "tclean", imagename=name, **data.selected(), imsize=pixels, cell=cell, specmode="mfs", weighting="briggs",
        robust=robust, niter=0, calcres=False, calcpsf=True, restoration=False, datacolumn="data",
    )  # fmt: skip
    fitted = brightness.beam_of(layer(name, "psf"))
    wipe(name)
    return fitted


def make(name: pathlib.Path, data: Data, grid: Grid, spectral: dict[str, Any]) -> Cleaned:
    """`spectral` says mode and channels; leaves `name`.image, .image.pbcor, .pb and .mask."""
    wipe(name)
    given = {"imagename": name, **data.selected(), **_common(grid), **spectral}
    tasks.run("tclean", **given, niter=0, restoration=False)
    noise, peak = brightness.noise_and_peak(layer(name, "residual"))
    if not noise > 0:
        raise _blank(name)
    stop = geometry.threshold(noise, peak, dish=grid.dish, blocks=grid.blocks)
    niter = geometry.iterations(grid.pixels, grid.cell_arcsec, grid.beam, peak=peak, stop=stop)
    leave = max(SECOND_TRY * stop, WORTH_CLEANING_SIGMAS * noise)
    masked, iterations = _clean(name, {**given, "niter": niter}, grid, stop=stop, leave=leave)
    if brightness.noise_and_peak(layer(name, "residual"))[1] > peak:
        raise _diverged(name)
    tasks.run("impbcor", imagename=layer(name, "image"), pbimage=layer(name, "pb"), outfile=layer(name, "image.pbcor"))
    planes = brightness.plane_peaks(layer(name, "image"))
    if not any(planes):
        raise _blank(name)
    blank = [number for number, brightest in enumerate(planes) if not brightest]
    return Cleaned(noise, stop, max(planes), masked, iterations, blank)


def _clean(name: pathlib.Path, given: dict[str, Any], grid: Grid, *, stop: float, leave: float) -> tuple[bool, int]:
    """Go on from the dirty image; tells whether the automatic mask was enough, and the iterations made."""
    cube = given["specmode"] == "cube"
    again = {**given, "calcpsf": False, "calcres": False, "restoringbeam": "common" if cube else ""}
    mask = geometry.automask(grid.dish, grid.baseline_75, cube=cube)
    made = 0
    # The automatic mask begins where sidelobes end; where they reach the peak it is sure to find nothing.
    sidelobe = brightness.sidelobe(layer(name, "psf"), main_lobe=grid.beam.major / grid.cell_arcsec)
    if sidelobe * mask["sidelobethreshold"] < 1:
        made = _go_on(again, stop, usemask="auto-multithresh", **mask)
        if brightness.noise_and_peak(layer(name, "residual"))[1] <= leave:
            return any(brightness.plane_peaks(layer(name, "mask"))), made
        shutil.rmtree(layer(name, "mask"))
    made += _go_on(again, SECOND_TRY * stop, usemask="pb", pbmask=geometry.MASK_PB_LIMIT)
    return False, made


def _go_on(given: dict[str, Any], stop: float, **mask: Any) -> int:
    return int(tasks.run("tclean", **given, **mask, threshold=f"{stop}Jy")["iterdone"])


def _common(grid: Grid) -> dict[str, Any]:
    return {
        "imsize": grid.pixels, "cell": grid.cell, "stokes": "I", "gridder": "standard", "deconvolver": "hogbom",
        "robust": grid.robust, "pblimit": geometry.PB_LIMIT, "pbcor": False,
        "gain": geometry.LOOP_GAIN, "datacolumn": "data", "savemodel": "none", "parallel": False,
    }  # fmt: skip


def _blank(name: pathlib.Path) -> Failure:
    return Failure(
        "blank-image",
        f"The image {name.name} is blank: all the data selected for it are flagged.",
        "Choose another spectral range; the observation has no usable data there.",
    )


def _diverged(name: pathlib.Path) -> Failure:
    return Failure(
        "clean-diverged",
        f"Cleaning {name.name} diverged: what was left is brighter than what was there.",
        "Ask for wider channels or a coarser resolution, or image the restored MeasurementSets by hand.",
    )


def layer(name: pathlib.Path, which: str) -> pathlib.Path:
    return name.with_name(f"{name.name}.{which}")


def wipe(name: pathlib.Path) -> None:
    for leftover in name.parent.glob(f"{name.name}.*"):
        shutil.rmtree(leftover)
