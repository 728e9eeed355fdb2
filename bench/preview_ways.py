"""The ways in which bench/previews.py reads a cube: ours, and what others would write."""

from pathlib import Path

import numpy as np
from astropy.io import fits

from bench import drawn_cube
from products.previews import layout, reducing, rendering, spans
from products.store import open_store


def ours(source, path):
    def run():
        told = drawn_cube.facts(path)
        shape = layout.layout_of(told, path.stat().st_size, packed=False)
        reduced = reducing.reduce(source, shape)
        drawn = rendering.render(reduced, shape, told, title="NGC1052 spw 25")
        if len(drawn) != 7:
            raise SystemExit("not all previews were drawn")
        return reduced.peak, reduced.total, reduced.channel_peak, reduced.channel_mean

    return run


def plain_get(key):
    def run():
        for _ in open_store().stream(key):
            pass

    return run


def planes(path):
    """The same sums with numpy over astropy's mapped file, a plane at a time."""

    def run():
        with fits.open(path, memmap=True) as hdus:
            cube = hdus[0].data[0]
            peak, total = np.full(cube.shape[1:], np.nan, np.float32), np.zeros(cube.shape[1:])
            tops, means = np.empty(len(cube)), np.empty(len(cube))
            for channel, mapped in enumerate(cube):
                plane = np.asarray(mapped, np.float32)
                peak, total = np.fmax(peak, plane), total + np.nan_to_num(plane)
                tops[channel], means[channel] = np.nanmax(plane), np.nanmean(plane)
        return peak, np.where(np.isnan(peak), np.nan, total), tops, means

    return run


def whole(path):
    """What one writes first."""

    def run():
        with fits.open(path, memmap=True) as hdus:
            cube = hdus[0].data[0]
            np.seterr(all="ignore")
            peak, total = np.nanmax(cube, axis=0), np.nansum(cube, axis=0)
            return peak, total, np.nanmax(cube, axis=(1, 2)), np.nanmean(cube, axis=(1, 2))

    return run


def way(name, path: Path, key):
    """A call that does it once; ours and the peers give peak, sum, largest and mean values."""
    return {
        "disk": ours(spans.OnDisk(path), path),
        "store": ours(spans.InStore(open_store(), key), path),
        "plain_get": plain_get(key),
        "peer_planes": planes(path),
        "peer_whole": whole(path),
    }[name]


def same(found, other) -> bool:
    """The sums are of float32, in another order."""
    return all(np.allclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True) for a, b in zip(found, other, strict=True))
