"""What the header of an image says."""

import gzip

import numpy
import pytest
from astropy.io import fits as pyfits

from products import fits

RESTFREQ = 230.538e9


def written(path, *, shape=(3, 4, 5), **header):
    hdu = pyfits.PrimaryHDU(numpy.zeros(shape, dtype="f4"))
    axis = {"CTYPE3": "FREQ", "CRVAL3": 230.5e9, "CDELT3": -1e6, "CRPIX3": 2.0, "CUNIT3": "Hz"}
    known = {"OBJECT": "NGC1052", "BUNIT": "Jy/beam", "SPECSYS": "LSRK", "RESTFRQ": RESTFREQ, **axis, **header}
    hdu.header.update(known)
    hdu.writeto(path)
    return path


def test_the_first_channel_is_where_the_reference_pixel_puts_it(tmp_path):
    image = fits.read_image(written(tmp_path / "cube.fits"))

    assert image["shape"] == [5, 4, 3]
    assert image["spectral"] == {"ctype": "FREQ", "unit": "Hz", "first": 230.501e9, "width": -1e6, "nchan": 3}
    assert tuple(image[name] for name in ("object", "unit", "frame", "restfreq_hz")) == (
        "NGC1052",
        "Jy/beam",
        "LSRK",
        RESTFREQ,
    )


def test_a_beam_is_given_in_arcseconds(tmp_path):
    image = fits.read_image(written(tmp_path / "cube.fits", BMAJ=1 / 3600, BMIN=0.5 / 3600, BPA=30.0))

    assert image["beam"] == pytest.approx({"major_arcsec": 1, "minor_arcsec": 0.5, "angle_deg": 30})


def test_of_a_beam_per_channel_the_median_is_told_and_how_many_there_are(tmp_path):
    path = written(tmp_path / "cube.fits", CASAMBM=True)
    rows = numpy.array(
        [(1.2, 0.5, 1), (1.0, 0.4, 2), (1.1, 0.6, 3)], dtype=[("BMAJ", "f4"), ("BMIN", "f4"), ("BPA", "f4")]
    )
    pyfits.append(path, rows, pyfits.Header({"EXTNAME": "BEAMS"}))

    image = fits.read_image(path)

    assert image["beams"] == 3
    assert image["beam"]["major_arcsec"] == pytest.approx(1.1)


def test_an_image_that_is_cut_short_is_refused(tmp_path):
    path = written(tmp_path / "cube.fits", shape=(30, 40, 50))
    whole = path.read_bytes()
    path.write_bytes(whole[:100_000])

    with pytest.raises(fits.UnreadableImageError, match=r"cube\.fits ends too early: .* bytes are missing"):
        fits.read_image(path)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"SIMPLE  =                    T" + b" " * 50])
def test_what_is_no_fits_file_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "image.fits").write_bytes(content)

    with pytest.raises(fits.UnreadableImageError, match=r"file image\.fits (does not begin|ends inside)"):
        fits.read_image(tmp_path / "image.fits")


def test_a_file_without_an_image_is_refused(tmp_path):
    pyfits.PrimaryHDU().writeto(tmp_path / "empty.fits")

    with pytest.raises(fits.UnreadableImageError, match="holds no image"):
        fits.read_image(tmp_path / "empty.fits")


def test_a_compressed_companion_is_read_too(tmp_path):
    packed = tmp_path / "cube.pb.fits.gz"
    packed.write_bytes(gzip.compress(written(tmp_path / "cube.pb.fits", shape=(40, 400, 50)).read_bytes()))

    assert fits.read_image(packed)["shape"] == [50, 400, 40]


def test_a_real_cube_of_alma_is_read(shared_data):
    image = fits.read_image(shared_data / "ngc3256_sv_cube.fits")

    assert image["spectral"]["nchan"] == 50
    assert image["beam"]["major_arcsec"] == pytest.approx(6.845, abs=1e-3)
