"""What is drawn is where it is on the sky, and says so."""

import io

import numpy as np
import pytest
from PIL import Image

from products.previews import scales
from products.previews.canvas import NOTHING, SHADES, cubehelix
from products.previews.picture import FRAMES, Shown, picture
from products.previews.plot import Spectra, plot
from products.previews.sky import corners, position, sky_of

SIZE = 64
WCS = {
    "ctype": ["RA---SIN", "DEC--SIN"],
    "crval": [40.26999, -8.25576],
    "crpix": [33.0, 33.0],
    "cdelt": [-0.1 / 3600, 0.1 / 3600],
    "cunit": ["deg", "deg"],
    "radesys": "ICRS",
}


def image(row, column):
    values = np.random.default_rng(1).normal(0, 0.01, (SIZE, SIZE)).astype(np.float32)
    values[row, column] = 5
    values[:3] = np.nan
    return values


def seen(png, width):
    """The plot alone, as indices of colours."""
    drawn = np.asarray(Image.open(io.BytesIO(png)))
    frame = FRAMES[width]
    return drawn[frame.top : frame.top + frame.across, frame.left : frame.left + frame.across]


def brightest(png, width):
    """Middle of the brightest spot, as parts of the plot from its left and its top."""
    rows, columns = np.nonzero(seen(png, width) == SHADES - 1)
    return columns.mean() / FRAMES[width].across, rows.mean() / FRAMES[width].across


@pytest.mark.parametrize("width", [1024, 256])
@pytest.mark.parametrize("x_step", [-0.1, 0.1])
@pytest.mark.parametrize("y_step", [-0.1, 0.1])
def test_a_source_in_the_north_east_is_at_the_upper_left_however_the_file_runs(width, x_step, y_step):
    """20 pixels towards east and 10 towards north of the reference position."""
    wcs = WCS | {"cdelt": [x_step / 3600, y_step / 3600]}
    column, row = 32 + (20 if x_step > 0 else -20), 32 + (10 if y_step > 0 else -10)
    left = column if x_step < 0 else SIZE - 1 - column
    above = row if y_step < 0 else SIZE - 1 - row

    x, y = brightest(picture(Shown(image(row, column), 1, sky_of({"wcs": wcs}), "x", "Jy/beam"), width), width)

    assert (x, y) == pytest.approx(((left + 0.5) / SIZE, (above + 0.5) / SIZE), abs=0.005)
    assert x < 0.25
    assert y < 0.4


def test_pixels_without_value_have_a_colour_of_their_own():
    drawn = seen(picture(Shown(image(40, 20), 1, sky_of({"wcs": WCS}), "x", "Jy/beam"), 1024), 1024)

    assert (drawn[-15, 200:500] == NOTHING).all()
    assert not (drawn[:600] == NOTHING).any()


def test_axes_are_offsets_in_arcsec_from_the_reference_position():
    sky = sky_of({"wcs": WCS})

    assert sky.x.at(32) == pytest.approx(0)
    assert sky.x.edges(64) == pytest.approx((3.25, -3.15))
    assert sky.y.edges(64) == pytest.approx((-3.25, 3.15))
    assert position(sky) == "ICRS 02:41:04.798 -08:15:20.74"


def test_corners_are_those_of_the_middles_of_the_corner_pixels():
    """On a field this small RA = offset / cos(dec); SIN and the plane differ by less than a milliarcsec."""
    found = corners({"wcs": WCS}, 64, 64)

    cos = np.cos(np.radians(-8.25576))
    assert found[0] == pytest.approx([40.26999 + 3.2 / 3600 / cos, -8.25576 - 3.2 / 3600], abs=1e-6)
    assert found[2] == pytest.approx([40.26999 - 3.1 / 3600 / cos, -8.25576 + 3.1 / 3600], abs=1e-6)


@pytest.mark.parametrize(
    "wcs",
    [
        {},
        WCS | {"ctype": ["", ""]},
        WCS | {"cdelt": [0.0, 0.0]},
        WCS | {"cdelt": [float("nan"), 1.0]},
        WCS | {"crpix": [1e300, 1.0]},
        WCS | {"cunit": ["furlong", "deg"]},
        WCS | {"ctype": ["RA---XYZ", "DEC--SIN"]},
        WCS | {"crval": [None, 3]},
        WCS | {"pc": [["x"]]},
    ],
)
def test_a_senseless_coordinate_system_gives_a_picture_all_the_same(wcs):
    corners({"wcs": wcs}, 64, 64)

    assert picture(Shown(image(40, 20), 1, sky_of({"wcs": wcs}), "x", "Jy/beam"), 256)[:4] == b"\x89PNG"


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (3, 2)])
@pytest.mark.parametrize("width", [1024, 256])
def test_images_of_any_shape_are_drawn(shape, width):
    for value in (0.0, np.nan, 3e38, -1e-40):
        values = np.full(shape, value, np.float32)
        drawn = Image.open(io.BytesIO(picture(Shown(values, 1, sky_of({"wcs": WCS}), "x" * 300, "", (1, 1, 0)), width)))
        assert drawn.width == width


def test_the_beam_leans_from_north_to_east():
    """Position angles are counted from north through east, which is on the left: one of 45 degrees rises leftwards."""
    values = np.zeros((SIZE, SIZE), np.float32)
    png = picture(Shown(values, 1, sky_of({"wcs": WCS}), "x", "Jy/beam", (1.2, 0.3, 45.0)), 1024)
    drawn, frame = np.asarray(Image.open(io.BytesIO(png))), FRAMES[1024]
    corner = drawn[frame.top + frame.across - 150 : frame.top + frame.across - 4, frame.left + 4 : frame.left + 150]
    rows, columns = np.nonzero(corner > SHADES + 25)

    assert np.corrcoef(rows, columns)[0, 1] > 0.8  # further down is further right


def test_a_line_stands_at_its_frequency():
    axis = np.linspace(230.0, 231.0, 201)
    peak = np.zeros(201)
    peak[150] = 1.0  # 230.75 GHz
    drawn = np.asarray(Image.open(io.BytesIO(plot(Spectra(axis, "GHz", peak, peak, "Jy", "x"), 1024))))
    frame = FRAMES[1024]

    blue = np.nonzero((drawn[frame.top : frame.top + 60] > SHADES + 50).any(axis=0))[0]

    place = (blue[(blue > frame.left + 300) & (blue < 940)].mean() - frame.left) / (1024 - 44 - frame.left)
    assert place == pytest.approx(0.75, abs=0.005)


@pytest.mark.parametrize("values", [[np.nan] * 5, [1, np.nan, 2, np.nan, np.nan], [7.0] * 5, [0, 1e30, -1e30, 0, 0]])
def test_spectra_with_holes_are_drawn(values):
    spectra = Spectra(np.arange(5.0), "channel", np.array(values, float), np.array(values, float), "", "")

    assert plot(spectra, 256)[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.0312, 0.0871, ["-0.02", "0.00", "0.02", "0.04", "0.06", "0.08"]),
        (230.4, 230.62, ["230.40", "230.45", "230.50", "230.55", "230.60"]),
        (-3, 12, ["0", "5", "10"]),
        (0, 4.2e-6, ["0", "1e-6", "2e-6", "3e-6", "4e-6"]),
        (1, 1, []),
        (float("nan"), 1, []),
    ],
)
def test_axes_have_round_numbers(low, high, words):
    most = 6 if high != 12 else 4

    assert scales.labels(scales.ticks(low, high, most)) == words


def test_the_scale_of_colours_rises_evenly_from_black_to_white():
    """Green 2011: what is brighter is never darker, also without colour."""
    shades = cubehelix().astype(float)
    grey = shades @ [0.30, 0.59, 0.11]

    assert shades[0].tolist() == [0, 0, 0]
    assert shades[-1].tolist() == [255, 255, 255]
    assert (np.diff(grey) > -1.5).all()
