"""Images of a simulated MOUS as the pipeline would leave them: science and calibrator images in FITS, with pb and mask.

File names are the pipeline's own (`regcal` before Stokes); the archive renames them later.
"""

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from casatasks import exportfits, imhead, impbcor, imstat, mstransform, tclean, uvcontsub
from casatools import image

from .continuum import Seen, channel_selection, common_range, continuum_ranges
from .plan import Observation

AUTOMASK = {
    "usemask": "auto-multithresh",
    "sidelobethreshold": 2.0,
    "noisethreshold": 4.25,
    "lownoisethreshold": 1.5,
    "negativethreshold": 0.0,
    # The pipeline's 0.3 prunes the mask of a point source away when antennas are few.
    "minbeamfrac": 0.1,
    "growiterations": 50,
    "fastnoise": False,
}
CUBE_BINNING = 2


@dataclass(frozen=True)
class Geometry:
    size: int
    cell_arcsec: float


@dataclass(frozen=True)
class Wanted:
    """One image: whose, of which windows, and what tclean needs to know about its spectral axis."""

    source: str
    intent: str
    windows: tuple[str, ...]
    mode: str
    vis: list[str]
    selection: list[str]
    column: str
    axis: dict


def science_images(observation: Observation, every: list[Seen]) -> list[Wanted]:
    """Continuum of all windows, the line window as a cube after continuum subtraction, and the other as mfs."""
    target = observation.target
    vis = [_split_target(one) for one in every]
    continuum, line = [observation.first.windows[number].name for number in observation.first.science]
    ranges = {window: continuum_ranges(every, target, window) for window in (continuum, line)}
    free = [{window: channel_selection(one, window, ranges[window]) for window in ranges} for one in every]
    subtracted = [_subtract(one, its[line]) for one, its in zip(vis, free, strict=True)]
    width = CUBE_BINNING * abs(every[0].channels[line][1] - every[0].channels[line][0])
    low, high = common_range(every, line, every[0].block.windows[-1].channels // 32 + 1)
    axis = {
        "specmode": "cube",
        "start": f"{low + width / 2:.3f}Hz",
        "width": f"{width:.3f}Hz",
        "nchan": int((high - low) // width),
        "restfreq": f"{target.rest_hz}Hz",
        "outframe": "LSRK",
        "interpolation": "linear",
        "perchanweightdensity": True,
    }
    both = [",".join(its.values()) for its in free]
    alone = [its[continuum] for its in free]
    return [
        Wanted(target.name, "sci", (continuum, line), "cont", vis, both, "data", {"specmode": "mfs"}),
        Wanted(target.name, "sci", (continuum,), "mfs", vis, alone, "data", {"specmode": "mfs"}),
        Wanted(target.name, "sci", (line,), "cube", subtracted, [""] * len(vis), "data", axis),
    ]


def calibrator_images(observation: Observation, every: list[Seen]) -> list[Wanted]:
    vis = [f"{one.block.name}.ms" for one in every]
    wanted = []
    for calibrator, intent in ((observation.bandpass, "bp"), (observation.phase, "ph")):
        for window in every[0].channels:
            numbers = [str([w.name for w in one.block.windows].index(window)) for one in every]
            axis = {"specmode": "mfs"}
            wanted.append(Wanted(calibrator.name, intent, (window,), "mfs", vis, numbers, "corrected", axis))
    return wanted


def _split_target(one: Seen) -> str:
    out = f"{one.block.name}_targets.ms"
    mstransform(
        vis=f"{one.block.name}.ms",
        outputvis=out,
        datacolumn="corrected",
        intent="OBSERVE_TARGET*",
        spw=",".join(str(number) for number in one.block.science),
        reindex=False,
    )
    return out


def _subtract(vis: str, selection: str) -> str:
    out = vis.replace("_targets.ms", "_targets_line.ms")
    window, _, _ = selection.partition(":")
    uvcontsub(vis=vis, outputvis=out, spw=window, fitspec=selection, fitorder=1, datacolumn="data")
    return out


def virtual_ids(observation: Observation, windows: tuple[str, ...]) -> list[int]:
    names = [window.name for window in observation.first.windows]
    return sorted(names.index(window) for window in windows)


def make(observation: Observation, wanted: Wanted, geometry: Geometry) -> dict:
    """Clean, correct for the primary beam, and export three FITS files; what the manifest tells of them."""
    spws = virtual_ids(observation, wanted.windows)
    member = observation.mous_uid.replace(":", "_").replace("/", "_")
    label = "_".join(str(number) for number in spws)
    name = f"{member}.{wanted.source}_{wanted.intent}.spw{label}.{wanted.mode}.regcal.I"
    for old in Path().glob(f"{name}.*"):
        shutil.rmtree(old)
    tclean(
        vis=wanted.vis,
        imagename=name,
        field=wanted.source,
        spw=wanted.selection,
        datacolumn=wanted.column,
        imsize=[geometry.size, geometry.size],
        cell=f"{geometry.cell_arcsec}arcsec",
        stokes="I",
        deconvolver="hogbom",
        weighting="briggs",
        robust=0.5,
        niter=200,
        nsigma=5.0,
        # Deeper cleaning would gain little on points far above the noise, and every cycle grids all data anew.
        nmajor=3 if wanted.intent == "sci" else 2,
        pblimit=0.2,
        restoringbeam="common",
        parallel=False,
        **AUTOMASK,
        **wanted.axis,
    )
    impbcor(imagename=f"{name}.image", pbimage=f"{name}.pb", outfile=f"{name}.pbcor", overwrite=True)
    files = {layer: _export(f"{name}.{layer}", observation, wanted, spws) for layer in ("pbcor", "pb", "mask")}
    return {
        **{key: value for key, value in asdict(wanted).items() if key in ("source", "intent", "windows", "mode")},
        "virtual_spws": spws,
        "files": files,
        "header": _header(f"{name}.pbcor"),
    }


def _export(path: str, observation: Observation, wanted: Wanted, spws: list[int]) -> str:
    opened = image()
    opened.open(path)
    opened.setmiscinfo(
        {
            **opened.miscinfo(),
            "field": wanted.source,
            "intent": wanted.intent,
            "specmode": wanted.mode,
            "spw": ",".join(str(number) for number in spws),
            "member": observation.mous_uid,
            "propcode": observation.project_code,
            "robust": 0.5,
        }
    )
    opened.close()
    out = f"{path}.fits"
    exportfits(imagename=path, fitsimage=out, dropdeg=False, stokeslast=True, overwrite=True)
    return out


def _header(path: str) -> dict:
    summary = imhead(path, mode="summary")
    beam = summary.get("restoringbeam", {})
    statistics = imstat(path)
    return {
        "shape": [int(length) for length in summary["shape"]],
        "reference_pixel": [float(value) for value in summary["refpix"]],
        "reference_value": [float(value) for value in summary["refval"]],
        "increment": [float(value) for value in summary["incr"]],
        "axes": [str(name) for name in summary["axisnames"]],
        "beam": [float(beam[key]["value"]) for key in ("major", "minor", "positionangle")] if "major" in beam else [],
        "minimum": float(statistics["min"][0]),
        "maximum": float(statistics["max"][0]),
        "rms": float(statistics["medabsdevmed"][0]) * 1.4826,
    }
