"""FITS files as astropy writes them, for the tests of our own reader."""

import io

import numpy
from astropy.io import fits

RESTFREQ = 230.538e9
SKY = {
    "CTYPE1": "RA---SIN",
    "CRVAL1": 40.27,
    "CDELT1": -0.1 / 3600,
    "CRPIX1": 3.0,
    "CUNIT1": "deg",
    "CTYPE2": "DEC--SIN",
    "CRVAL2": -8.26,
    "CDELT2": 0.1 / 3600,
    "CRPIX2": 3.0,
    "CUNIT2": "deg",
}
FREQUENCY = {"CTYPE3": "FREQ", "CRVAL3": 230.5e9, "CDELT3": -1e6, "CRPIX3": 2.0, "CUNIT3": "Hz"}
STOKES = {"CTYPE4": "STOKES", "CRVAL4": 1.0, "CDELT4": 1.0, "CRPIX4": 1.0}
KNOWN = {"OBJECT": "NGC1052", "BUNIT": "Jy/beam", "SPECSYS": "LSRK", "RESTFRQ": RESTFREQ}
BEAM_ROW = [("BMAJ", "f4"), ("BMIN", "f4"), ("BPA", "f4"), ("CHAN", "i4"), ("POL", "i4")]


def image(values=None, *, shape=(1, 3, 4, 5), checksum=False, **header) -> bytes:
    """The bytes of an image with one Stokes parameter, three channels, four rows and five columns of zeros."""
    values = numpy.zeros(shape, "f4") if values is None else values
    return of(fits.PrimaryHDU(values, fits.Header(SKY | FREQUENCY | STOKES | KNOWN | header)), checksum=checksum)


def of(*hdus, checksum=False) -> bytes:
    stream = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(stream, checksum=checksum, output_verify="silentfix")
    return stream.getvalue()


def with_beams(beams, *, unit="arcsec", values=None) -> bytes:
    """As CASA writes a cube whose channels have beams of their own: a table after the image."""
    primary = fits.PrimaryHDU(numpy.zeros((1, 3, 4, 5), "f4") if values is None else values)
    primary.header.update(SKY | FREQUENCY | STOKES | KNOWN | {"CASAMBM": True})
    rows = numpy.array([(*beam, channel, 0) for channel, beam in enumerate(beams)], BEAM_ROW)
    table = fits.BinTableHDU(rows, name="BEAMS")
    table.columns["BMAJ"].unit = table.columns["BMIN"].unit = unit
    table.columns["BPA"].unit = "deg"
    return of(primary, table)
