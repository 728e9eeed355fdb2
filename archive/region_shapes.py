"""From rings in degrees to the tables in which footprints are kept (archive/region_table.py), many regions at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from archive import sky
from archive.region_clean_holes import settled_all
from archive.region_table import CIRCLE, POLYGON, ROW, Flags, Floats, Ints
from archive.region_text import RegionError, Ring

_SAME2 = 1e-24  # squared distance of vertices that are one
_MARGIN = 1e-6  # how far inside its hemisphere a polygon stays


@dataclass
class Written:
    """Rings of many regions, one after the other, in degrees as they were written; `degrees` are their vertices."""

    of: Ints  # the region of each ring
    kinds: Ints
    radii: Floats
    sizes: Ints  # vertices of each
    degrees: Floats


@dataclass
class Rings:
    """The same as unit vectors and radians."""

    of: Ints
    kinds: Ints
    radii: Floats
    sizes: Ints
    vertices: Floats

    @property
    def polygons(self) -> Flags:
        return self.kinds < CIRCLE

    @property
    def starts(self) -> Ints:
        return np.cumsum(self.sizes) - self.sizes


def pack(regions: Sequence[list[Ring]]) -> list[bytes | RegionError]:
    """The shape of each region, or what is wrong with it."""
    flat = [ring for region in regions for ring in region]
    round_ = np.array([ring.radius_deg is not None for ring in flat])
    written = Written(
        of=np.repeat(np.arange(len(regions)), [len(region) for region in regions]),
        kinds=np.where(round_, CIRCLE, POLYGON) + np.array([ring.hole for ring in flat]),
        radii=np.array([ring.radius_deg or 0.0 for ring in flat]),
        sizes=np.array([len(ring.degrees) // 2 for ring in flat]),
        degrees=np.fromiter(chain.from_iterable(ring.degrees for ring in flat), float).reshape(-1, 2),
    )
    return pack_written(written, len(regions))


def pack_written(written: Written, count: int) -> list[bytes | RegionError]:
    problems = _impossible(written)
    points = sky.vectors(*np.nan_to_num(written.degrees, nan=0.0, posinf=0.0, neginf=0.0).T)
    radii = np.radians(np.nan_to_num(written.radii))
    rings = _without_repetitions(Rings(written.of, written.kinds, radii, written.sizes, points))
    axes, apart = _axes(rings)
    for at in np.flatnonzero(rings.polygons & (rings.sizes < 3)):
        problems.setdefault(int(rings.of[at]), f"Polygon with {_vertices(rings.sizes[at])}")
    for at in np.flatnonzero(apart):
        problems.setdefault(int(rings.of[at]), "Polygon that does not lie within one half of the sky")
    rings.radii = np.where(rings.polygons, _reaches(rings, axes), rings.radii)
    shapes: list[bytes | RegionError] = list(_tables(rings, axes, count))
    for region, why in problems.items():
        shapes[region] = RegionError(why)
    _settle(shapes, np.unique(rings.of[rings.kinds % 2 == 1]).tolist())
    return shapes


def _settle(shapes: list[bytes | RegionError], holed: Sequence[int]) -> None:
    """In their place, where they can be used so far."""
    tables = {at: shape for at in holed if isinstance(shape := shapes[at], bytes)}
    for at, shape in zip(tables, settled_all(list(tables.values())) if tables else [], strict=True):
        shapes[at] = shape


def _vertices(count: int) -> str:
    return "1 vertex" if count == 1 else f"{count} vertices"


def _impossible(written: Written) -> dict[int, str]:
    problems: dict[int, str] = {}
    of = np.repeat(written.of, written.sizes)
    # Right ascensions may go on beyond 0 and 360, as outlines across that line are written
    for values, regions, name, low, high in (
        (written.degrees[:, 1], of, "dec", -90, 90),
        (written.degrees[:, 0], of, "ra", -180, 540),
        (written.radii, written.of, "radius", 0, 180),
    ):
        for at in np.flatnonzero(~((values >= low) & (values <= high))):
            problems.setdefault(int(regions[at]), f"{name} {values[at]:g} is not between {low} and {high} degrees")
    return problems


def _without_repetitions(rings: Rings) -> Rings:
    starts = rings.starts
    ends = starts + rings.sizes - 1
    step = np.empty_like(rings.vertices)
    np.subtract(rings.vertices[1:], rings.vertices[:-1], out=step[:-1])
    step[ends] = rings.vertices[starts] - rings.vertices[ends]
    kept = (np.einsum("ij,ij->i", step, step) > _SAME2) | np.repeat(~rings.polygons | (rings.sizes < 2), rings.sizes)
    if kept.all():
        return rings
    # A polygon whose vertices are all one keeps that one
    kept[starts[np.add.reduceat(kept, starts) == 0]] = True
    sizes = np.add.reduceat(kept, starts, dtype=np.int64)
    return Rings(rings.of, rings.kinds, rings.radii, sizes, rings.vertices[kept])


def _axes(rings: Rings) -> tuple[Floats, Flags]:
    """For each polygon the middle of a half of the sky that holds it, and which have none."""
    axes = np.add.reduceat(rings.vertices, rings.starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        axes /= np.linalg.norm(axes, axis=1)[:, None]
    along = np.einsum("ij,ij->i", rings.vertices, np.repeat(axes, rings.sizes, axis=0))
    least = np.minimum.reduceat(along, rings.starts)
    apart = rings.polygons & ~(least > _MARGIN)
    for at in np.flatnonzero(apart):
        axis = _axis(rings.vertices[rings.starts[at] :][: rings.sizes[at]])
        apart[at] = axis is None
        axes[at] = (0.0, 0.0, 1.0) if axis is None else axis
    return axes, apart


def _reaches(rings: Rings, axes: Floats) -> Floats:
    """The radius about its axis that holds a polygon: edges leave no circle that is smaller than half of the sky."""
    away = rings.vertices - np.repeat(axes, rings.sizes, axis=0)
    farthest = np.sqrt(np.maximum.reduceat(np.einsum("ij,ij->i", away, away), rings.starts))
    return 2 * np.arcsin(np.minimum(farthest / 2, 1.0)) * (1 + 1e-12) + 1e-15


def _axis(vertices: Floats) -> Floats | None:
    """Turn an axis towards the vertex that is farthest from it until all are within 90 degrees."""
    axis = vertices[0].copy()
    for _ in range(2000):
        along = vertices @ axis
        if along.min() > _MARGIN:
            return axis
        axis += vertices[along.argmin()]
        length = float(np.linalg.norm(axis))
        axis = axis / length if length > _MARGIN else vertices[len(vertices) // 2].copy()
    return None


def _tables(rings: Rings, axes: Floats, count: int) -> list[bytes]:
    lead = np.where(rings.polygons, 2, 1)
    rows = lead + rings.sizes
    starts = np.cumsum(rows) - rows
    table = np.empty((int(rows.sum()), 3))
    table[starts] = np.column_stack([rings.kinds, rows - 1, rings.radii])
    table[starts[rings.polygons] + 1] = axes[rings.polygons]
    vertices = np.ones(len(table), bool)
    vertices[starts] = vertices[starts[rings.polygons] + 1] = False
    table[vertices] = rings.vertices
    ends = ROW * np.cumsum(np.bincount(rings.of, rows, count).astype(np.int64))
    packed = table.tobytes()
    return [packed[low:high] for low, high in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
