"""A cube becomes two images and two spectra, of all its pixels, in memory that does not grow with it.

Every pixel is read once: a megabyte at a time, so that they stay in the cache of the processor while the
maximum over channels, the sum over channels and the values of the channel are taken of them; by several threads, since
numpy lets go of the interpreter.  Values that are not finite are no values.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from products.previews.layout import Layout
from products.previews.spans import OnDisk, Packed, Runs, Source

PIECE_PIXELS = 2**18
BAND_PIXELS = 2**20
MOST_PIXELS = 1024  # across what comes out: more than any picture shows
STORE_READERS = 4  # some wait for the store while others compute


@dataclass
class Reduced:
    """Images as rows from the bottom of the sky up, `block` by `block` pixels of the cube in one; NaN is no value."""

    peak: np.ndarray  # the largest value of any channel
    total: np.ndarray  # the sum over channels, its mean where pixels are put together
    block: int
    channel_peak: np.ndarray  # the largest value of any pixel
    channel_mean: np.ndarray  # over the pixels that have a value


@dataclass
class _Part:
    """What one thread has seen of a band of rows: flat images, and the spectra of its channels."""

    peak: np.ndarray
    total: np.ndarray
    channels: range
    tops: np.ndarray
    sums: np.ndarray
    counts: np.ndarray


def reduce(source: Source, layout: Layout, *, readers: int = 0) -> Reduced:
    """`CutShortError` where bytes are missing."""
    shares = _shares(layout.nchan, readers or _readers(source))
    block = -(-max(layout.nx, layout.ny) // MOST_PIXELS)
    peaks, totals = [], []
    tops = np.full(layout.nchan, -np.inf)
    sums, counts = np.zeros(layout.nchan), np.zeros(layout.nchan)
    with ThreadPoolExecutor(len(shares), "preview") as pool:
        for first, last in _bands(layout, block):
            band = (first * layout.nx, last * layout.nx)
            parts = list(pool.map(lambda share, band=band: _Pass(source, layout, band, share).part(), shares))
            for part in parts:
                here = slice(part.channels.start, part.channels.stop)
                tops[here] = np.fmax(tops[here], part.tops)
                sums[here] += part.sums
                counts[here] += part.counts
            peak, total = _joined(parts)
            peaks.append(_blocks_of(peak.reshape(-1, layout.nx), block, np.fmax.reduce))
            totals.append(_blocks_of(total.reshape(-1, layout.nx), block, _mean))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
    return Reduced(np.concatenate(peaks), np.concatenate(totals), block, _or_nan(tops), means)


def _readers(source: Source) -> int:
    if isinstance(source, Packed):
        return 1
    return (os.cpu_count() or 1) if isinstance(source, OnDisk) else STORE_READERS


def _shares(nchan: int, readers: int) -> list[range]:
    """Neighbouring channels for each reader, so that each reads on where it is."""
    readers = max(1, min(readers, nchan))
    edges = [nchan * number // readers for number in range(readers + 1)]
    return [range(low, high) for low, high in pairwise(edges)]


def _bands(layout: Layout, block: int) -> Iterator[tuple[int, int]]:
    """Rows that are dealt with at once, whole blocks of them."""
    rows = max(1, BAND_PIXELS // (layout.nx * block)) * block
    return ((first, min(first + rows, layout.ny)) for first in range(0, layout.ny, rows))


class _Pass:
    """Some channels of some rows, from their first byte to their last."""

    def __init__(self, source: Source, layout: Layout, band: tuple[int, int], channels: range) -> None:
        self._layout, self._channels, self._pixels = layout, channels, band[1] - band[0]
        self._reader = source.reader(_runs(layout, band, channels))
        self._buffer = np.empty(min(PIECE_PIXELS, self._pixels), layout.dtype)
        self._part = _Part(
            peak=np.full(self._pixels, -np.inf, np.float32),
            total=np.zeros(self._pixels, np.float32),
            channels=channels,
            tops=np.full(len(channels), -np.inf),
            sums=np.zeros(len(channels)),
            counts=np.zeros(len(channels)),
        )

    def part(self) -> _Part:
        with np.errstate(over="ignore", invalid="ignore"):
            for number in range(len(self._channels)):
                for start in range(0, self._pixels, PIECE_PIXELS):
                    self._add(number, start, min(start + PIECE_PIXELS, self._pixels))
        return self._part

    def _add(self, number: int, start: int, stop: int) -> None:
        part, values, here = self._part, self._next(stop - start), slice(start, stop)
        added, missing = values.sum(), 0
        none = None if np.isfinite(added) else _no_values(values)
        top = np.fmax.reduce(values)
        np.fmax(part.peak[here], values, out=part.peak[here])
        if none is not None:
            missing = int(np.count_nonzero(none))
            np.copyto(values, np.float32(0), where=none)
            added = values.sum(dtype=np.float64)
        part.total[here] += values
        part.tops[number] = np.fmax(part.tops[number], top)
        part.sums[number] += added
        part.counts[number] += values.size - missing

    def _next(self, count: int) -> np.ndarray:
        """As float32 of this machine; what is that in the file already is turned round where it lies."""
        layout, raw = self._layout, self._buffer[:count]
        self._reader.fill(memoryview(raw.view(np.uint8)))
        if layout.bitpix == -32 and (layout.scale, layout.zero) == (1.0, 0.0):
            return raw.view(np.uint32).byteswap(inplace=True).view(np.float32)
        values = (raw * layout.scale + layout.zero).astype(np.float32)
        if layout.blank is not None and layout.bitpix > 0:
            values[raw == layout.blank] = np.nan
        return values


def _no_values(values: np.ndarray) -> np.ndarray:
    """Where nothing was measured; what is infinite is made to say so in the usual way."""
    none = np.isnan(values)
    if np.isinf(np.fmax.reduce(values)) or np.isinf(np.fmin.reduce(values)):
        none = ~np.isfinite(values)
        np.copyto(values, np.float32(np.nan), where=none)
    return none


def _runs(layout: Layout, band: tuple[int, int], channels: range) -> Runs:
    """Bytes of the band in each channel; those that touch are one run."""
    runs: Runs = []
    for channel in channels:
        start, stop = layout.start(channel, band[0]), layout.start(channel, band[1])
        if runs and runs[-1][1] == start:
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
    return runs


def _joined(parts: list[_Part]) -> tuple[np.ndarray, np.ndarray]:
    """Peak and sum over the channels of all parts."""
    peak, total = parts[0].peak, parts[0].total
    for part in parts[1:]:
        np.fmax(peak, part.peak, out=peak)
        total += part.total
    total[peak == -np.inf] = np.nan
    return _or_nan(peak), total


def _or_nan(peak: np.ndarray) -> np.ndarray:
    peak[peak == -np.inf] = np.nan
    return peak


def _blocks_of(image: np.ndarray, block: int, join) -> np.ndarray:
    """`block` by `block` pixels become one; at the upper and right edge, those that there are."""
    if block == 1:
        return image
    high, wide = (-(-length // block) * block for length in image.shape)
    padded = np.full((high, wide), np.nan, np.float32)
    padded[: image.shape[0], : image.shape[1]] = image
    return join(padded.reshape(high // block, block, wide // block, block), axis=(1, 3))


def _mean(blocks: np.ndarray, axis: tuple[int, int]) -> np.ndarray:
    there = ~np.isnan(blocks)
    with np.errstate(invalid="ignore"):
        return (np.where(there, blocks, 0).sum(axis=axis) / there.sum(axis=axis)).astype(np.float32)
