"""Continuum subtraction for cubes, and line-free channels for continuum images, from the ranges of cont.dat.

A first-order fit to the visibilities of each execution block, over the channels that its own Doppler shift makes of
the LSRK ranges.  Continuum images are never subtracted: they take the same channels and leave the rest.
"""

import pathlib

from restores.casa import spectra, tables, tasks
from restores.casa.clean import Data
from restores.casa.order import ImageOrder
from restores.casa.targets import Target

FIT_ORDER = 1


def line_free(target: Target, spw_name: str, image: ImageOrder) -> str:
    """Channel selection of the known continuum of one window, or the whole window where none is known."""
    centres, width = target.channels(spw_name)
    ranges = spectra.channel_ranges(centres, width, image.continuum_ranges.get(spw_name) or [], scale=target.scale())
    return spectra.selection(target.spw(spw_name), ranges)


def subtract(target: Target, spw_names: list[str], image: ImageOrder) -> pathlib.Path:
    """A new MeasurementSet `_targets_line.ms` with the given windows; its windows are numbered anew, names stay."""
    line = target.vis.with_name(f"{target.eb.name}_targets_line.ms")
    channels = sorted((target.spw(name), line_free(target, name, image)) for name in set(spw_names))
    tasks.run(
        "uvcontsub", vis=target.vis, outputvis=line, field=target.field, spw=",".join(str(spw) for spw, _ in channels),
        fitspec=",".join(selected for _, selected in channels), fitorder=FIT_ORDER, datacolumn="data",
    )  # fmt: skip
    return line


def has_continuum(target: Target, spw_name: str, image: ImageOrder) -> bool:
    return ":" in line_free(target, spw_name, image)


def line_data(seen: list[Target], subtracted: list[pathlib.Path], spw_name: str, image: ImageOrder) -> Data:
    """What a cube is imaged from; uvcontsub numbers fields and windows anew, so both are found by name again."""
    if not subtracted:
        spws = [str(target.spw(spw_name)) for target in seen]
        return Data([target.vis for target in seen], [target.field for target in seen], spws)
    fields = [",".join(map(str, tables.fields_of(vis, image.source_key))) for vis in subtracted]
    return Data(subtracted, fields, [str(tables.spw_number(vis, spw_name)) for vis in subtracted])
