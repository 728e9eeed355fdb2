"""A column of footprints at once, for millions of rows: most are one circle around the position of their row, which
needs no shape, and what is left has few texts that are new.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from archive import sky
from archive.region_bounds import bounds
from archive.region_shapes import Written, pack, pack_written
from archive.region_table import POLYGON, POLYGON_HOLE, Flags, Floats, Ints
from archive.region_text import RegionError, Ring, read

NEAR_DEG = 1e-5  # a circle around a row's position is written with six decimals

_CIRCLE = r"^\s*(?i:circle)\s+(?:(?i:icrs)\s+)?([0-9.eE+-]+)\s+([0-9.eE+-]+)\s+([0-9.eE+-]+)\s*$"
_USUAL = "Circle ICRS "
_UNION = "Union ICRS ( Polygon "
_NEXT, _HOLE = " Polygon ", " Not (Polygon "
_PORTION = 50_000  # texts, so that their numbers do not all stand in memory at once


@dataclass
class Column:
    bound_rad: Floats  # of each row; NaN without a region, or with one that cannot be used
    footprint: Ints  # index into `regions` and `shapes`; -1 for a circle around the position, and without a region
    problems: dict[int, str]  # of rows whose region cannot be used
    regions: pl.Series  # each text once
    shapes: list[bytes]


def many(texts: pl.Series, number: Ints, ra_deg: ArrayLike, dec_deg: ArrayLike) -> Column:
    """Of rows that say one of different texts each, by its number.

    Empty texts are no region; rows without position (NaN) have none either, whatever their text says.
    """
    ra, dec = np.asarray(ra_deg, float), np.asarray(dec_deg, float)
    circles = _circles(texts)[number]
    placed = ~(np.isnan(ra) | np.isnan(dec))
    plain = placed & _around(circles, ra, dec)
    found = Column(np.where(plain, np.radians(circles[:, 2]), math.nan), np.full(len(ra), -1), {}, texts.clear(), [])
    filled = (texts.fill_null("").str.strip_chars() != "").to_numpy()
    _shaped(found, np.flatnonzero(~plain & placed & filled[number]), number, texts)
    rows = np.flatnonzero(found.footprint >= 0)
    if len(rows):
        found.bound_rad[rows] = bounds(found.shapes, found.footprint[rows], sky.vectors(ra[rows], dec[rows]))
    return found


def _circles(texts: pl.Series) -> Floats:
    """ra, dec and radius (deg) of texts that are one possible circle, NaNs for others."""
    found = np.full((len(texts), 3), math.nan)
    usual = texts.str.starts_with(_USUAL).fill_null(value=False)
    written = texts.filter(usual).str.strip_prefix(_USUAL).str.split(" ")
    rows = np.flatnonzero(usual.to_numpy())[(written.list.len() == 3).to_numpy()]
    numbers = written.filter(written.list.len() == 3).explode().cast(pl.Float64, strict=False)
    found[rows] = numbers.to_numpy().reshape(-1, 3)
    others = ~np.isfinite(found).all(axis=1)
    found[others] = _circles_by_pattern(texts.filter(pl.Series(others)))
    return found


def _circles_by_pattern(texts: pl.Series) -> Floats:
    groups = texts.str.extract_groups(_CIRCLE).struct.unnest()
    numbers = np.column_stack([group.cast(pl.Float64, strict=False).to_numpy() for group in groups.get_columns()])
    return numbers.astype(float)


def _around(circles: Floats, ra: Floats, dec: Floats) -> Flags:
    apart = np.abs(np.remainder(circles[:, 0] - ra + 180, 360) - 180) * np.cos(np.radians(dec))
    near = (apart <= NEAR_DEG) & (np.abs(circles[:, 1] - dec) <= NEAR_DEG) & (np.abs(circles[:, 1]) <= 90)
    return near & (circles[:, 2] >= 0) & (circles[:, 2] <= 180) & (np.abs(circles[:, 0] - 180) <= 360)


def _shaped(found: Column, rows: Ints, number: Ints, texts: pl.Series) -> None:
    """Shapes of the texts of some rows, each text once."""
    wanted = np.zeros(len(texts), bool)
    wanted[number[rows]] = True
    numbers = np.flatnonzero(wanted)
    begins = range(0, len(numbers), _PORTION)
    made = [shape for begin in begins for shape in _shapes(texts.gather(numbers[begin : begin + _PORTION]))]
    found.shapes = [shape for shape in made if isinstance(shape, bytes)]
    wrong = {at: shape.why for at, shape in zip(numbers.tolist(), made, strict=True) if isinstance(shape, RegionError)}
    wanted[list(wrong)] = False
    place = np.where(wanted, np.cumsum(wanted) - 1, -1)
    found.regions = texts.filter(pl.Series(wanted))
    found.footprint[rows] = place[number[rows]]
    if wrong:
        found.problems |= {row: wrong[int(number[row])] for row in rows[found.footprint[rows] < 0].tolist()}


def _shapes(texts: pl.Series) -> list[bytes | RegionError]:
    """Of each text.  Polygons, as ALMA writes them, are read column by column, and what else there is text by text."""
    closed = texts.str.ends_with(")")
    union = texts.str.starts_with(_UNION) & closed
    holed = closed & ~union
    written = _rings(texts, union, holed)
    counts = written.list.len().to_numpy().astype(np.int64)
    numbers = written.explode().str.split(" ")
    sizes = numbers.list.len().to_numpy().astype(np.int64)
    degrees = numbers.explode().cast(pl.Float64, strict=False)
    unread = np.add.reduceat(degrees.is_null().to_numpy(), np.cumsum(sizes) - sizes) > 0
    fit = np.logical_and.reduceat(~unread & (sizes % 2 == 0) & (sizes >= 6), np.cumsum(counts) - counts)
    plain = fit & (union | texts.str.starts_with("Polygon")).to_numpy()
    plain &= union.to_numpy() | (counts == 1 + holed.to_numpy())
    found = np.empty(len(texts), object)
    if plain.any():
        rings = np.repeat(plain, counts)
        of = np.repeat(np.arange(int(plain.sum())), counts[plain])
        used = degrees.to_numpy() if rings.all() else degrees.to_numpy()[np.repeat(rings, sizes)]
        hole = (np.diff(of, prepend=-1) == 0) & holed.to_numpy()[plain][of]
        kinds = np.where(hole, POLYGON_HOLE, POLYGON)
        polygons = Written(of, kinds, np.zeros(len(of)), sizes[rings] // 2, used.reshape(-1, 2))
        found[plain] = pack_written(polygons, int(plain.sum()))
    others = [_reading(text) for text in texts.filter(~plain)]
    good = [reading for reading in others if not isinstance(reading, RegionError)]
    shapes = iter(pack(good) if good else [])
    found[~plain] = [reading if isinstance(reading, RegionError) else next(shapes) for reading in others]
    return found.tolist()


def _rings(texts: pl.Series, union: pl.Series, holed: pl.Series) -> pl.Series:
    """The numbers of each polygon of a text, if polygons are all that is in it, the last of them perhaps a hole."""
    several = texts.str.strip_prefix(_UNION).str.strip_suffix(")").str.strip_chars_end(" ")
    one = texts.str.strip_prefix("Polygon ICRS ")
    polygons = pl.select(pl.when(union).then(several).otherwise(one)).to_series()
    rows = holed.arg_true()
    ends = polygons.gather(rows).str.strip_suffix(")").str.replace(_HOLE, _NEXT, literal=True)
    return polygons.scatter(rows, ends).str.split(_NEXT)


def _reading(text: str) -> list[Ring] | RegionError:
    try:
        return read(text)
    except RegionError as problem:
        return problem
