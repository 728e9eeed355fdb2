"""Whether two rows of the index show one place in the sky, as a condition the database can use."""

import math

from django.db.models import FloatField, Value
from django.db.models.functions import Cos, Radians, Sin
from django.db.models.lookups import GreaterThan

# Two names of one source have the position of the catalogue or of the proposal, which differ by less than this.
TOGETHER_ARCSEC = 2.0


def together(one, other):
    """`one` and `other` are pairs of expressions, right ascension and declination in degrees; unknown is not together.

    By the cosine of the distance, which knows neither the poles nor the meridian at 0 as a border.
    """
    (ra, dec), (other_ra, other_dec) = one, other
    north = Sin(Radians(dec)) * Sin(Radians(other_dec))
    east = Cos(Radians(dec)) * Cos(Radians(other_dec)) * Cos(Radians(ra - other_ra))
    limit = math.cos(math.radians(TOGETHER_ARCSEC / 3600))
    return GreaterThan(north + east, Value(limit, output_field=FloatField()))
