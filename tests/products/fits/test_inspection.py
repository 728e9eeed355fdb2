"""What is found of an image while its bytes pass."""

import numpy
from astropy.io import fits as pyfits

from products import fits


def test_an_image_is_looked_at_piece_by_piece(tmp_path):
    path = tmp_path / "cube.fits"
    pyfits.PrimaryHDU(numpy.zeros((3, 4, 5), "f4"), pyfits.Header({"OBJECT": "NGC1052"})).writeto(path)
    whole = path.read_bytes()

    inspection = fits.Inspection(path.name, len(whole))
    for start in range(0, len(whole), 1000):
        inspection.update(whole[start : start + 1000])

    assert inspection.result().header["shape"] == [5, 4, 3]
    assert inspection.result().header["object_key"] == "ngc1052"
