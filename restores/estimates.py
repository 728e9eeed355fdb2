"""How much scratch space a job takes, how long it runs and how big its images are, said before it is queued.

All sizes in bytes (1 GB = 1e9), times in seconds, angles in arcsec, frequencies in Hz.
"""

import math

from archive.spectrum import LIGHT_SPEED

# Scratch per raw byte: the tar, the ASDM unpacked, the MeasurementSet with both columns (2.1, measured) and its flags.
RESTORE_FACTOR = 4.5
# And the targets split off, before and after continuum subtraction (0.7 each, measured).
IMAGE_FACTOR = 6.0
# image, residual, model, psf, pb, mask, pbcor and the FITS files of three of them
PLANES_ON_DISK = 10
# What users of the NRAO service are told: raw bytes and hours
TIMES = ((10e9, 1.0), (100e9, 10.0), (1000e9, 60.0))

FIVE_PIXELS_A_BEAM = 5
ARCSEC = math.degrees(1) * 3600


def restore_scratch(raw_bytes: int) -> int:
    return int(RESTORE_FACTOR * raw_bytes)


def image_scratch(raw_bytes: int, cube_bytes: int) -> int:
    return int(IMAGE_FACTOR * raw_bytes) + PLANES_ON_DISK * cube_bytes


def restore_seconds(raw_bytes: int) -> float:
    """Interpolated between the published times as a power law, and continued with the slope at the near end."""
    x = math.log(max(raw_bytes, 1))
    points = [(math.log(size), math.log(hours * 3600)) for size, hours in TIMES]
    (x0, y0), (x1, y1) = points[:2] if x < points[1][0] else points[1:]
    return math.exp(y0 + (y1 - y0) * (x - x0) / (x1 - x0))


def natural_beam(frequency: float, longest_baseline_m: float) -> float:
    """About the sharpest beam of an array: 0.574 lambda / L (FACTS 6), with the longest baseline for L80."""
    return 0.574 * LIGHT_SPEED / frequency / longest_baseline_m * ARCSEC


def cell_for(beam: float) -> float:
    """Pixel for a beam, printed to two digits as the pipeline does (FACTS 5.5)."""
    return float(f"{beam / FIVE_PIXELS_A_BEAM:.2g}")


def image_pixels(frequency: float, diameter_m: float, cell: float) -> int:
    """Side of a single-field image, out to 20 % of the primary beam (FACTS 5.5)."""
    fwhp = 1.12 * LIGHT_SPEED / frequency / diameter_m * ARCSEC
    side = 1.1 * fwhp * math.sqrt(-math.log(0.2) / math.log(2)) / cell
    return _good_size(math.floor(side + 0.5))


def cube_bytes(side: int, nchan: int) -> int:
    """One layer of a cube of Stokes I in 4-byte floats (FACTS 5.4)."""
    return 4 * side * side * nchan


def _good_size(side: int) -> int:
    """The next even number that FFTs like: no factor but 2, 3, 5, 7."""
    side += side % 2
    while not _smooth(side):
        side += 2
    return side


def _smooth(number: int) -> bool:
    for factor in (2, 3, 5, 7):
        while number % factor == 0:
            number //= factor
    return number == 1
