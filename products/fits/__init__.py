"""The door to FITS files: what their headers and pixels say, as plain values, and whether they are whole."""

from products.fits.image import UnreadableImageError, read_image, subject
from products.fits.inspection import Inspected, Inspection
from products.fits.packed import is_fits
from products.fits.scan import header, headers

__all__ = [
    "Inspected",
    "Inspection",
    "UnreadableImageError",
    "header",
    "headers",
    "is_fits",
    "read_image",
    "subject",
]
