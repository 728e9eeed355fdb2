"""What can be asked of a CASA table or MeasurementSet without reading it whole.

A row's data may be gigabytes away from its neighbours, so questions about content look at sampled rows only.
"""

import contextlib
import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any

import casatools
import numpy as np

from restores.casa.names import source_key


@contextlib.contextmanager
def opened(path: pathlib.Path, *, write: bool = False) -> Iterator[Any]:
    table = casatools.table()
    table.open(str(path), nomodify=not write)
    try:
        yield table
    finally:
        table.close()
        table.done()


def column(path: pathlib.Path, name: str) -> Any:
    with opened(path) as table:
        return table.getcol(name)


def row_count(path: pathlib.Path) -> int:
    with opened(path) as table:
        return table.nrows()


def rows_per_scan(vis: pathlib.Path) -> dict[int, int]:
    scans, counts = np.unique(column(vis, "SCAN_NUMBER"), return_counts=True)
    return {int(scan): int(count) for scan, count in zip(scans, counts, strict=True)}


def observing_modes(vis: pathlib.Path) -> list[str]:
    return [str(mode) for mode in column(vis / "STATE", "OBS_MODE")]


def spw_number(vis: pathlib.Path, name: str) -> int | None:
    names = [str(written) for written in column(vis / "SPECTRAL_WINDOW", "NAME")]
    return names.index(name) if name in names else None


def channels(vis: pathlib.Path, spw: int) -> tuple[Any, float]:
    """Centres of the channels and their width, Hz, in the frame of the observation (TOPO)."""
    with opened(vis / "SPECTRAL_WINDOW") as table:
        return table.getcell("CHAN_FREQ", spw), float(abs(table.getcell("CHAN_WIDTH", spw)[0]))


def fields_of(vis: pathlib.Path, key: str) -> list[int]:
    """Field numbers of the source under its normalised key: names themselves are not safe in a CASA selection."""
    return [number for number, name in enumerate(column(vis / "FIELD", "NAME")) if source_key(str(name)) == key]


def direction(vis: pathlib.Path, field: int) -> tuple[float, float]:
    """Phase centre of a field, radians."""
    with opened(vis / "FIELD") as table:
        cell = table.getcell("PHASE_DIR", field)
        return float(cell[0, 0]), float(cell[1, 0])


def smallest_dish(vis: pathlib.Path) -> float:
    """Metres; 7 for the ACA, 12 for the main array."""
    return float(np.min(column(vis / "ANTENNA", "DISH_DIAMETER")))


@dataclasses.dataclass(frozen=True)
class Observed:
    """When and how a target was observed: UTC seconds (MJD x 86400) and projected baselines in metres."""

    first: float
    last: float
    longest_baseline: float
    baseline_75: float


def observed(vis: pathlib.Path) -> Observed:
    with opened(vis) as table:
        time, uvw = table.getcol("TIME"), table.getcol("UVW")
    lengths = np.hypot(uvw[0], uvw[1])
    lengths = lengths[lengths > 0]
    return Observed(float(time.min()), float(time.max()), float(lengths.max()), float(np.percentile(lengths, 75)))


@dataclasses.dataclass(frozen=True)
class Sample:
    """A look at some rows after calibration."""

    has_corrected: bool
    flagged_fraction: float
    changed: bool
    finite: bool


def sample(vis: pathlib.Path, *, rows: int = 200) -> Sample:
    with opened(vis) as table:
        if "CORRECTED_DATA" not in table.colnames():
            return Sample(has_corrected=False, flagged_fraction=1.0, changed=False, finite=False)
        chosen = np.unique(np.linspace(0, table.nrows() - 1, rows).astype(int))
        cells = [[table.getcell(name, int(row)) for name in ("FLAG", "DATA", "CORRECTED_DATA")] for row in chosen]
    flags = np.concatenate([flag.ravel() for flag, _, _ in cells])
    data = np.concatenate([raw.ravel() for _, raw, _ in cells])[~flags]
    corrected = np.concatenate([done.ravel() for _, _, done in cells])[~flags]
    finite = bool(np.all(np.isfinite(corrected)) and np.any(corrected))
    return Sample(True, float(flags.mean()), bool(np.any(corrected != data)), finite)
