"""The field of view of a dish: the full width at half maximum of its primary beam, 1.13 lambda / D.

This is what ALMA writes as `s_fov` of a single pointing, and half of it as the radius of its circle.
"""

from archive.spectrum import LIGHT_SPEED

DISHES_M = {"12m": 12.0, "7m": 7.0, "TP": 12.0}  # by the arrays of the index


def fwhm_rad(frequency_hz: float, dish_m: float) -> float:
    """Arrays as well."""
    return 1.13 * LIGHT_SPEED / frequency_hz / dish_m
