"""Images and spectra of a cube, held against the plainest numpy there is."""

import gzip
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from products.previews import reducing, spans
from products.previews.layout import Layout, NotShowableError, channel_width_kms, frequencies_ghz, layout_of
from products.previews.reducing import reduce
from products.previews.spans import CutShortError, OnDisk, Packed

NX, NY, NCHAN = 37, 23, 11


def cube(nx=NX, ny=NY, nchan=NCHAN):
    """Noise, a source, no values beyond a circle that differs by channel, a channel that was flagged, one infinity."""
    values = np.random.default_rng(5).normal(-0.5, 1, (nchan, ny, nx)).astype(">f4")
    values[4, 7, 20] = 99
    y, x = np.mgrid[:ny, :nx]
    for channel in range(nchan):
        values[channel][np.hypot(x - nx / 2, y - ny / 2) > 15 + channel % 3] = np.nan
    values[6] = np.nan
    values[8, 11, 18], values[9, 11, 18] = np.inf, -np.inf
    return values


def laid_out(values, **changes):
    nchan, ny, nx = values.shape
    return replace(Layout(nx, ny, nchan, 2880, nx * ny * values.itemsize, -8 * values.itemsize), **changes)


@pytest.fixture
def stored(tmp_path):
    def write(values):
        path = tmp_path / "cube.fits"
        path.write_bytes(b" " * 2880 + values.tobytes())
        return path

    return write


def brute(values):
    """Peak and sum over channels, peak and mean over pixels."""
    plain = np.where(np.isfinite(values), values.astype(float), np.nan)
    there = ~np.isnan(plain)
    filled = np.where(there, plain, 0.0)
    highest = np.where(there, plain, -np.inf)
    none = ~there.any(axis=0)
    peak, total = np.where(none, np.nan, highest.max(axis=0)), np.where(none, np.nan, filled.sum(axis=0))
    counts = there.sum(axis=(1, 2))
    tops = np.where(counts > 0, highest.max(axis=(1, 2)), np.nan)
    means = np.where(counts > 0, filled.sum(axis=(1, 2)) / np.maximum(counts, 1), np.nan)
    return peak, total, tops, means


@pytest.mark.parametrize("readers", [1, 2, 5])
@pytest.mark.parametrize(("piece", "band"), [(2**18, 2**20), (7, 2**20), (64, 100)])
def test_images_and_spectra_are_those_of_all_pixels(stored, monkeypatch, readers, piece, band):
    monkeypatch.setattr(reducing, "PIECE_PIXELS", piece)
    monkeypatch.setattr(reducing, "BAND_PIXELS", band)
    values = cube()

    found = reduce(OnDisk(stored(values)), laid_out(values), readers=readers)

    peak, total, tops, means = brute(values)
    np.testing.assert_array_equal(found.peak, peak.astype(np.float32))
    np.testing.assert_allclose(found.total, total, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(found.channel_peak, tops)
    np.testing.assert_allclose(found.channel_mean, means, rtol=1e-5)
    assert np.unravel_index(np.nanargmax(found.peak), found.peak.shape) == (7, 20)


def test_pixels_are_put_together_where_there_are_more_than_a_picture_shows(stored, monkeypatch):
    monkeypatch.setattr(reducing, "MOST_PIXELS", 16)
    monkeypatch.setattr(reducing, "BAND_PIXELS", 150)
    values = cube()

    found = reduce(OnDisk(stored(values)), laid_out(values))

    peak, total, *_ = brute(values)
    assert found.block == 3
    assert found.peak.shape == (8, 13)
    for row, column in ((2, 6), (3, 5), (4, 11)):
        here = np.s_[3 * row : 3 * row + 3, 3 * column : 3 * column + 3]
        assert found.peak[row, column] == pytest.approx(np.nanmax(peak[here]))
        assert found.total[row, column] == pytest.approx(np.nanmean(total[here]), rel=1e-5)


@pytest.mark.parametrize("kind", [">f8", ">i2", ">i4", "u1"])
def test_pixels_of_every_kind_are_read_with_their_scale(stored, kind):
    values = np.arange(NX * NY * 3).reshape(3, NY, NX).astype(kind)
    bitpix = {">f8": -64, ">i2": 16, ">i4": 32, "u1": 8}[kind]

    found = reduce(OnDisk(stored(values)), laid_out(values, bitpix=bitpix, scale=0.5, zero=-3.0))

    np.testing.assert_allclose(found.peak, values.astype(float).max(axis=0) * 0.5 - 3, rtol=1e-6)


def test_a_packed_cube_gives_the_same_as_a_plain_one(stored):
    values = cube()
    path = stored(values)
    body = gzip.compress(path.read_bytes()[:5000]) + gzip.compress(path.read_bytes()[5000:])
    packed = Packed(lambda: iter([body[:999], body[999:]]))

    found, plain = reduce(packed, laid_out(values)), reduce(OnDisk(path), laid_out(values))

    np.testing.assert_array_equal(found.peak, plain.peak)
    np.testing.assert_array_equal(found.channel_mean, plain.channel_mean)


def test_bytes_that_are_missing_are_found_out(stored):
    values = cube()
    path = stored(values)
    path.write_bytes(path.read_bytes()[:-4])

    with pytest.raises(CutShortError):
        reduce(OnDisk(path), laid_out(values))
    with pytest.raises(CutShortError):
        reduce(Packed(lambda: iter([gzip.compress(path.read_bytes())])), laid_out(values))


def test_a_cube_without_any_value_has_none():
    values = np.full((2, 4, 4), np.nan, ">f4")
    source = Packed(lambda: iter([gzip.compress(b" " * 2880 + values.tobytes())]))

    found = reduce(source, laid_out(values))

    assert np.isnan(found.peak).all()
    assert np.isnan(found.channel_mean).all()


def test_memory_does_not_grow_with_the_number_of_channels(stored):
    def most(nchan):
        values = np.ones((nchan, 64, 64), ">f4")
        path = stored(values)
        tracemalloc.start()
        reduce(OnDisk(path), laid_out(values), readers=2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(8)

    assert most(512) < most(8) + 200_000


FACTS = {
    "shape": [40, 30, 1, 8],
    "bitpix": -32,
    "data_offset": 5760,
    "wcs": {"ctype": ["RA---SIN", "DEC--SIN", "STOKES", "FREQ"]},
}


def test_channels_are_found_behind_the_stokes_axis_and_before_it():
    behind = layout_of(FACTS, 10**6, packed=False)
    before = layout_of(
        FACTS | {"shape": [40, 30, 8, 4], "wcs": {"ctype": ["RA---SIN", "DEC--SIN", "FREQ", "STOKES"]}},
        10**6,
        packed=False,
    )

    assert (behind.nchan, behind.stride, behind.start(1)) == (8, 4800, 5760 + 4800)
    assert (before.nchan, before.stride, before.planes_left_out) == (8, 4800, 24)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": [0, 30]}, "no image"),
        ({"shape": []}, "no image"),
        ({"shape": [10**9, 10**9, 10**9]}, "more than"),
        ({"shape": [40, 30, 1, 10**9]}, "channels"),
        ({"shape": [4000, 3000]}, "shorter than its header"),
        ({"bitpix": 7}, "BITPIX 7"),
        ({"wcs": {"ctype": ["FREQ", "STOKES"]}, "shape": [40, 30]}, "not on the sky"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_can_not_be_shown_is_refused_before_a_byte_is_read(changes, words, packed):
    with pytest.raises(NotShowableError, match=words):
        layout_of(FACTS | changes, 10_000, packed=packed)


def test_channels_have_the_frequencies_that_the_header_says():
    """FITS paper III, equations for the radio and the optical convention."""
    c, rest = 299_792_458.0, 230.538e9
    axis = {"ctype": "FREQ", "unit": "Hz", "first": 230.5e9, "width": 1e6, "nchan": 3}
    radio = {"ctype": "VRAD", "unit": "m/s", "first": 1000.0, "width": -500.0, "nchan": 3}

    assert frequencies_ghz({"spectral": axis}, 3) == pytest.approx([230.5, 230.501, 230.502], abs=1e-12)
    assert frequencies_ghz({"spectral": radio, "restfreq_hz": rest}, 3) == pytest.approx(
        [230.538 * (1 - v / c) for v in (1000, 500, 0)]
    )
    assert frequencies_ghz({"spectral": radio | {"ctype": "VOPT"}, "restfreq_hz": rest}, 3) == pytest.approx(
        [230.538 / (1 + v / c) for v in (1000, 500, 0)]
    )
    assert frequencies_ghz({"spectral": radio}, 3) is None
    assert channel_width_kms({"restfreq_hz": rest}, np.array([230.5, 230.501])) == pytest.approx(1e6 / rest * c / 1e3)


def test_runs_that_touch_are_one_request():
    wide = Layout(4, 4, 3, 100, 64, -32)

    assert reducing._runs(wide, (0, 16), range(3)) == [(100, 292)]
    assert reducing._runs(wide, (0, 8), range(1, 3)) == [(164, 196), (228, 260)]


def test_nothing_is_read_beyond_what_was_asked_for():
    asked = list(spans._cut(iter([b"0123456789", b"abcdefghij"]), [(2, 4), (8, 12), (15, 16)]))

    assert b"".join(asked) == b"2389abf"
