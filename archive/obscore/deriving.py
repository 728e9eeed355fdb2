"""What the index wants to know of a row, derived from what ObsCore says: units, positions as numbers, footprints, bits.

Hz, arcsec, degrees, days of MJD.  The width of a channel is that of the resolving power, for the unit of ALMA's
`spectral_resolution` is not sure (FACTS 8.1).
"""

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from archive import region_columns, sky
from archive.obscore.checking import UNKNOWN, Checked
from archive.obscore.copying import EPOCH_2000, Column, number
from archive.spectrum import LIGHT_SPEED

_PLAIN = {
    "fov_deg": ("s_fov", 1.0),
    "frequency_hz": ("frequency", 1e9),
    "resolving_power": ("em_res_power", 1.0),
    "velocity_resolution_ms": ("velocity_resolution", 1.0),
    "bandwidth_hz": ("bandwidth", 1.0),
    "channels": ("em_xel", 1.0),
    "largest_scale_arcsec": ("spatial_scale_max", 1.0),
    "sensitivity_10kms_mjy": ("sensitivity_10kms", 1.0),
    "continuum_sensitivity_mjy": ("cont_sensitivity_bandwidth", 1.0),
    "pwv_mm": ("pwv", 1.0),
    "t_min_mjd": ("t_min", 1.0),
    "t_max_mjd": ("t_max", 1.0),
    "exposure_s": ("t_exptime", 1.0),
    "t_resolution_s": ("t_resolution", 1.0),
    "size_kbyte": ("access_estsize", 1.0),
    "s_xel1": ("s_xel1", 1.0),
    "s_xel2": ("s_xel2", 1.0),
}
Floats = NDArray[np.float64]
_CODED = {"bands": "band_list", "polarisations": "pol_states", "intents": "scan_intent",
          "product_type": "dataproduct_type"}  # fmt: skip


@dataclass
class Derived:
    """Of chosen rows, sorted by where they are and then by frequency."""

    rows: NDArray[np.int64]  # their places in the portion
    order: NDArray[np.int64]  # their places in `columns`
    columns: dict[str, Column]
    footprint: NDArray[np.int64]  # into `footprints`, -1 none
    footprints: pl.DataFrame  # region and shape, each once
    problems: dict[int, str] = field(default_factory=dict)  # places in the portion of rows that cannot be used
    texts: dict[str, Column] = field(default_factory=dict)  # the ids of those that stand in tables of their own

    def among(self, good: NDArray[np.bool_]) -> "Derived":
        """Of these rows of the portion alone."""
        kept = np.flatnonzero(good[self.rows])
        problems = {at: why for at, why in self.problems.items() if good[at]}
        if len(kept) == len(self.rows):
            return replace(self, problems=problems)
        return Derived(self.rows[kept], self.order[kept], self.columns, self.footprint[kept], self.footprints, problems)

    def pixels(self) -> NDArray[np.int64]:
        """How many of the rows lie in each pixel of order 6."""
        place = self.columns["hpx"]
        known = self.order if place.unknown is None else self.order[~place.unknown[self.order]]
        return np.bincount(sky.order6(place.values[known]), minlength=sky.PIXELS6)


def derive(checked: Checked, places: NDArray[np.int64]) -> Derived:
    rows = slice(None) if len(places) == checked.rows else places
    ra, dec = checked.numbers["s_ra"][rows], checked.numbers["s_dec"][rows]
    region = checked.texts["s_region"]
    said = region.codes[rows]
    first = _first(said, ra, dec)
    times = np.diff(first, append=len(places))
    used, number = seen(said[first], len(region.words))
    shapes = region_columns.many(region.words.gather(used), number, ra[first], dec[first])
    bad = {row: why for at, why in shapes.problems.items() for row in range(first[at], first[at] + times[at])}
    good = np.ones(len(places), bool)
    good[list(bad)] = False
    problems = {int(places[row]): f"s_region cannot be used: {why}" for row, why in bad.items()}
    columns = _place(ra, dec, first) | _around(ra, np.repeat(shapes.bound_rad, times), checked.numbers["s_fov"][rows])
    columns |= _spectrum(checked, rows)
    order = np.lexsort((columns["low_hz"].values, columns["hpx"].values))
    order = order[good[order]]
    columns |= _rest(checked, rows)
    footprint = np.repeat(shapes.footprint, times)[order]
    return Derived(places[order], order, columns, footprint, _footprints(shapes), problems)


def _first(*values: NDArray) -> NDArray[np.int64]:
    """The first of rows that follow each other and are of one source: they share position and footprint."""
    begins = np.zeros(len(values[0]), bool)
    begins[:1] = True
    for each in values:
        begins[1:] |= each[1:] != each[:-1]
    return np.flatnonzero(begins)


def _footprints(found: region_columns.Column) -> pl.DataFrame:
    return pl.DataFrame({"region": found.regions, "shape": pl.Series(found.shapes, dtype=pl.Binary)})


def _place(ra: Floats, dec: Floats, first: NDArray[np.int64]) -> dict[str, Column]:
    nowhere, times = np.isnan(ra), np.diff(first, append=len(ra))
    x, y, z = (np.repeat(each, times) for each in sky.vectors(ra[first], dec[first]).T)
    hpx = np.repeat(sky.pixels(np.nan_to_num(ra[first]), np.nan_to_num(dec[first])), times)
    found = {"ra_deg": ra, "dec_deg": dec, "x": x, "y": y, "z": z, "hpx": hpx}
    return {name: Column(values, nowhere) for name, values in found.items()}


def _around(ra: Floats, bound: Floats, fov: Floats) -> dict[str, Column]:
    nowhere = np.isnan(ra)
    bound = np.where(np.isnan(bound), np.nan_to_num(np.radians(fov) / 2), bound)
    bound = np.where(nowhere, np.nan, bound)
    return {"bound_rad": Column(bound, nowhere), "size_class": Column(sky.size_class(bound))}


def _spectrum(checked: Checked, rows) -> dict[str, Column]:
    numbers = {name: checked.numbers[name][rows] for name in ("em_min", "em_max", "frequency", "bandwidth")}
    middle, width = numbers["frequency"] * 1e9, numbers["bandwidth"]
    power = checked.numbers["em_res_power"][rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = LIGHT_SPEED / numbers["em_max"], LIGHT_SPEED / numbers["em_min"]
        channel = middle / power
    half = np.isnan(low) | np.isnan(high)
    low, high = np.where(half, middle - width / 2, low), np.where(half, middle + width / 2, high)
    channel = np.where(np.isfinite(channel), channel, np.nan)
    return {"low_hz": number(low), "high_hz": number(high), "channel_width_hz": number(channel)}


def _rest(checked: Checked, rows) -> dict[str, Column]:
    found = {name: number(_times(checked.numbers[of][rows], factor)) for name, (of, factor) in _PLAIN.items()}
    found |= {name: Column(_coded(checked, of, rows)) for name, of in _CODED.items()}
    sharp = checked.numbers["s_resolution"][rows]
    sharp = np.where(np.isnan(sharp), checked.numbers["spatial_resolution"][rows], sharp)
    level = checked.numbers["calib_level"][rows]
    of_group = ~checked.texts["member_ous_uid"].filled[rows]
    passed, changed = _coded(checked, "qa2_passed", rows), _coded(checked, "lastModified", rows)
    return found | {
        "spw": number(checked.spw[rows]),
        "resolution_arcsec": number(sharp),
        "calib_level": Column(np.where(np.isnan(level), np.where(of_group, 3, 2), level)),
        "science": Column(_coded(checked, "science_observation", rows) != 0),
        "mosaic": Column(_coded(checked, "is_mosaic", rows) == 1),
        "qa2_passed": Column(passed == 1, passed < 0),
        "last_modified": Column(changed - EPOCH_2000, changed == UNKNOWN),
    }


def _times(values: Floats, factor: float) -> Floats:
    return values if factor == 1 else values * factor


def _coded(checked: Checked, name: str, rows) -> NDArray[np.int64]:
    return checked.values[name][checked.texts[name].codes[rows]]


def known_texts(checked: Checked, names: tuple[str, ...], rows: NDArray) -> tuple[pl.DataFrame, NDArray[np.int64]]:
    """The different combinations of texts in some columns, and which of them each row has."""
    columns = {name: checked.texts[name] for name in names}
    if len(names) == 1:
        (column,) = columns.values()
        used, which = seen(column.codes[rows], len(column.words))
        return pl.DataFrame({names[0]: column.words.gather(used)}), which
    number = np.zeros(checked.rows, np.int64)
    for column in columns.values():
        number = number * len(column.words) + column.codes
    first = np.flatnonzero(np.diff(number, prepend=-1))
    known, of_run = np.unique(number[first], return_inverse=True)
    used, which = seen(np.repeat(of_run, np.diff(first, append=len(number)))[rows], len(known))
    known = known[used]
    texts = {}
    for name in reversed(names):
        known, code = np.divmod(known, len(columns[name].words))
        texts[name] = columns[name].words.gather(code)
    return pl.DataFrame(texts).select(names), which


def seen(numbers: NDArray, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the numbers below `count` there are, and which of these each is: as np.unique, without sorting."""
    there = np.zeros(count, bool)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]
