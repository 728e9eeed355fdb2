"""The door to FITS files: what their headers and pixels say, as plain values, and whether they are whole."""

from products.fits.image import Beam, Image, SpectralAxis, UnreadableImageError, read_image, subject
from products.fits.inspection import Inspected, Inspection

__all__ = [
    "Beam",
    "Image",
    "Inspected",
    "Inspection",
    "SpectralAxis",
    "UnreadableImageError",
    "read_image",
    "subject",
]
