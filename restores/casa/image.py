"""Images of one source from all execution blocks: cubes with the continuum subtracted, and a continuum image.

Restored MeasurementSets come from the archive where they are kept, else they are restored first.  All images of a
request share cell and size; the weighting is chosen once, against the resolution that was asked for.
"""

import dataclasses
import pathlib
import shutil
from typing import Any

from restores.casa import brightness, checks, clean, contsub, coverage, fits, names, planning, targets, tasks
from restores.casa.clean import Cleaned, Data, Grid
from restores.casa.order import Cube, ExecutionBlock, ImageOrder, Order, bad_order
from restores.casa.report import Report
from restores.casa.restore import STAGES_PER_BLOCK, restore_block
from restores.casa.targets import Target
from restores.casa.unpack import unpack

# PSF, residual, model, image, corrected image, beam, mask, weights and FITS files, 4 bytes each.
BYTES_PER_PIXEL = 48


@dataclasses.dataclass(frozen=True)
class Product:
    """One image to be made: its data, how tclean sees its spectrum, and what it is called."""

    stem: str
    mode: str
    virtual_spws: list[int]
    data: Data
    spectral: dict[str, Any]
    cube: Cube | None


def run(order: Order, report: Report) -> None:
    image = order.image
    if image is None:  # read_order has refused such an order already
        raise bad_order(f"The order for {order.mous} asks for imaging, but for no image.")
    report.progress.planned = _planned(order, image)
    seen = [_target(eb, order, image, report=report) for eb in order.execution_blocks]
    with report.stage("coverage"):
        coverage.require_covered(seen, image.cubes)
    with report.stage("beam"):
        grid = planning.plan(seen, image, _spw_names(order, image), report=report)
    channels = [cube.nchan for cube in image.cubes] or [1]
    checks.require_free(report.directory, BYTES_PER_PIXEL * grid.pixels**2 * max(channels))
    lines = _line_data(seen, image, report)
    for cube in image.cubes:
        _make(_cube_product(cube, lines, image), grid, image, report=report)
    if image.continuum:
        _make(_continuum_product(seen, image, report), grid, image, report=report)
    report.facts["casa_calls"] = tasks.calls


def _planned(order: Order, image: ImageOrder) -> int:
    restoring = sum(1 if eb.restored else STAGES_PER_BLOCK - 1 for eb in order.execution_blocks)
    return 3 + restoring + 2 * len(order.execution_blocks) + 2 * (len(image.cubes) + image.continuum)


def _target(eb: ExecutionBlock, order: Order, image: ImageOrder, *, report: Report) -> Target:
    if eb.restored:
        with report.stage(f"unpack {eb.name}"):
            unpack(report.directory / eb.restored, report.directory / "work", only=eb.vis)
        vis = report.directory / "work" / eb.vis
    else:
        vis = restore_block(eb, order, report)
    with report.stage(f"split {eb.name}"):
        seen = targets.split(eb, vis, image, _spw_names(order, image))
        shutil.rmtree(vis)
    return seen


def _spw_names(order: Order, image: ImageOrder) -> list[str]:
    """The windows the images need: those of the cubes, and every science window for the continuum."""
    wanted = {cube.spw_name for cube in image.cubes}
    if image.continuum:
        wanted |= {spw.name for spw in order.execution_blocks[0].spws if spw.science}
    return sorted(wanted)


def _line_data(seen: list[Target], image: ImageOrder, report: Report) -> dict[str, Data]:
    """For each window of a cube, its visibilities without the continuum; as they are where no continuum is known."""
    wanted = {cube.spw_name for cube in image.cubes}
    known = sorted(name for name in wanted if all(contsub.has_continuum(target, name, image) for target in seen))
    for name in sorted(wanted.difference(known)):
        report.warn(f"No continuum ranges of {image.source} are known in {name}: its cube holds line and continuum.")
    subtracted = []
    for target in seen if known else []:
        with report.stage(f"contsub {target.eb.name}"):
            subtracted.append(contsub.subtract(target, known, image))
    return {name: contsub.line_data(seen, subtracted if name in known else [], name, image) for name in wanted}


def _cube_product(cube: Cube, lines: dict[str, Data], image: ImageOrder) -> Product:
    spectral = {
        "specmode": "cube", "outframe": "LSRK", "veltype": "radio", "nchan": cube.nchan,
        "restfreq": f"{cube.restfreq_hz!r}Hz", "start": f"{cube.start_hz!r}Hz", "width": f"{cube.width_hz!r}Hz",
        # Measured on a line of 3 to 4 channels: nearest loses up to 7 % of its flux, linear overshoots its peak by 6 to
        # 8 %, cubic stays within 2 % of the peak and 1 % of the flux (docs/decisions).
        "interpolation": "cubic", "weighting": "briggsbwtaper", "perchanweightdensity": True,
    }  # fmt: skip
    stem = names.product_stem(image.member, image.source, [cube.virtual_spw], "cube")
    return Product(stem, "cube", [cube.virtual_spw], lines[cube.spw_name], spectral, cube)


def _continuum_product(seen: list[Target], image: ImageOrder, report: Report) -> Product:
    spws = [spw for spw in seen[0].eb.spws if spw.science]
    for spw in spws:
        if not image.continuum_ranges.get(spw.name):
            report.warn(f"No continuum ranges of {image.source} are known in {spw.name}: all its channels are imaged.")
    chosen = [",".join(contsub.line_free(target, spw.name, image) for spw in spws) for target in seen]
    data = Data([target.vis for target in seen], [target.field for target in seen], chosen)
    virtual = sorted(spw.virtual for spw in spws)
    stem = names.product_stem(image.member, image.source, virtual, "cont")
    return Product(stem, "cont", virtual, data, {"specmode": "mfs", "weighting": "briggs"}, None)


def _make(product: Product, grid: Grid, image: ImageOrder, *, report: Report) -> None:
    name = report.directory / "work" / product.stem
    with report.stage(f"image {product.stem}"):
        made = clean.make(name, product.data, grid, product.spectral)
    with report.stage(f"export {product.stem}"):
        _export(name, product, image, report)
    _tell(product, made, name, report=report)
    clean.wipe(name)


def _export(name: pathlib.Path, product: Product, image: ImageOrder, report: Report) -> None:
    stem = report.directory / "outputs" / product.stem
    for layer in fits.LAYERS:
        velocity = product.cube is not None and product.cube.mode == "velocity"
        path = fits.export(name, stem, layer, velocity=velocity)
        if path is None:
            continue
        if layer == "pbcor":
            fits.require_sky(path, image)
            if product.cube:
                fits.require_channels(path, product.cube)
        about = {"source": image.source, "layer": layer, "mode": product.mode}
        report.add_file(path, kind="image", virtual_spws=product.virtual_spws, **about)


def _tell(product: Product, made: Cleaned, name: pathlib.Path, *, report: Report) -> None:
    beam = brightness.beam_of(clean.layer(name, "image"))
    if not made.masked:
        report.warn(f"No clean mask: the automatic mask of {product.stem} missed what is there, if anything.")
    if made.blank_channels:
        report.warn(f"{len(made.blank_channels)} channels of {product.stem} are blank: their data are flagged.")
    report.facts[product.stem] = {
        "beam_arcsec": [round(beam.major, 4), round(beam.minor, 4)],
        "noise_jy_beam": made.noise,
        "threshold_jy_beam": made.threshold,
        "peak_jy_beam": made.peak,
        "iterations": made.iterations,
        "clean_mask": made.masked,
        "blank_channels": made.blank_channels,
    }
