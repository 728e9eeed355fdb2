"""Corrected images are marked while their primary beam is not held."""

import pytest

from products import marks, primary_beams
from products.models import Product
from tests import make

pytestmark = pytest.mark.django_db

PBCOR = "member.uid___A001_X1_X2.NGC1052_sci.spw25.cube.I.pbcor.fits"
PB = PBCOR.replace("pbcor.fits", "pb.fits.gz")
TOTAL_POWER = PBCOR.replace("pbcor", "sd")


def marks_of(mous):
    primary_beams.mark_missing(mous)
    return dict(Product.objects.filter(mous=mous).values_list("name", "marks"))


def test_an_image_is_marked_until_its_primary_beam_comes():
    mous = make.mous()
    make.product(mous, PBCOR, "science_image", intent="sci", marks=[marks.COARSE_PIXELS])
    make.product(mous, TOTAL_POWER, "science_image", intent="sci")
    assert marks_of(mous) == {PBCOR: [marks.COARSE_PIXELS, marks.NO_PB], TOTAL_POWER: []}
    assert marks_of(mous) == {PBCOR: [marks.COARSE_PIXELS, marks.NO_PB], TOTAL_POWER: []}

    make.product(mous, PB, "science_image", intent="sci")
    assert marks_of(mous) == {PBCOR: [marks.COARSE_PIXELS], TOTAL_POWER: [], PB: []}


def test_the_primary_beam_of_another_mous_does_not_count():
    mous, other = make.mous(), make.mous(uid="uid://A001/X1/X9")
    make.product(mous, PBCOR, "science_image", intent="sci")
    make.product(other, PB, "science_image", intent="sci")

    assert marks_of(mous) == {PBCOR: [marks.NO_PB]}
