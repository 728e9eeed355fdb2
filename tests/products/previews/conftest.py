"""Small images that lie in the store, with the facts of their headers as ingestion keeps them."""

import gzip

import numpy as np
import pytest

from tests import make

HEADER = b"SIMPLE  =                    T".ljust(2880)
CUBE = {
    "bitpix": -32,
    "data_offset": 2880,
    "unit": "Jy/beam",
    "object": "NGC1052",
    "restfreq_hz": 230.538e9,
    "frame": "LSRK",
    "beam": {"major_arcsec": 0.4, "minor_arcsec": 0.3, "angle_deg": 40.0},
    "wcs": {
        "ctype": ["RA---SIN", "DEC--SIN", "FREQ", "STOKES"],
        "crval": [40.26999, -8.25576, 230.5e9, 1.0],
        "crpix": [9.0, 9.0, 1.0, 1.0],
        "cdelt": [-0.1 / 3600, 0.1 / 3600, 1e6, 1.0],
        "cunit": ["deg", "deg", "Hz", ""],
        "radesys": "ICRS",
    },
}


def pixels(nchan):
    """A source of 2 Jy/beam in channel 5 alone, on noise."""
    values = np.random.default_rng(3).normal(0, 0.01, (nchan, 16, 16)).astype(">f4")
    values[min(5, nchan - 1), 10, 4] = 2.0
    return values


def facts(nchan):
    spectral = {"ctype": "FREQ", "unit": "Hz", "first": 230.5e9, "width": 1e6, "nchan": nchan}
    return CUBE | {"shape": [16, 16, nchan, 1], "spectral": spectral if nchan > 1 else None}


@pytest.fixture
def image():
    """Stores an image, which is taken in as a product."""

    def take_in(mous, name="member.uid___A001_X3621_X541.NGC1052_sci.spw25.cube.I.pbcor.fits", *, nchan=8, **changes):
        body = HEADER + pixels(nchan).tobytes()
        body = gzip.compress(body) if name.endswith(".gz") else body
        given = {"content": body, "header": facts(nchan), "spws": [25], "directory": "product"}
        return make.product(mous, name, "product", **given | changes)

    return take_in
