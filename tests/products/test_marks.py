"""Marks are told to people."""

import pytest

from products import marks
from products.models import Product


def test_every_mark_has_a_sentence_and_fits_its_column():
    named = {value for name, value in vars(marks).items() if name.isupper() and isinstance(value, str)}

    assert named == set(marks.SENTENCES)
    assert max(map(len, named)) <= Product._meta.get_field("marks").base_field.max_length


PACKAGE = [
    "member.uid___A001_X1_X2.NGC1052_sci.spw25.cube.I.pbcor.fits",
    "member.uid___A001_X1_X2.NGC1052_sci.spw25.cube.I.pb.fits.gz",
    "member.uid___A001_X1_X2.NGC1052_sci.spw25_27.cont.I.tt0.pbcor.fits",
    "member.uid___A001_X1_X2.NGC1052_sci.spw25_27.cont.I.tt1.pbcor.fits",
    "member.uid___A001_X1_X2.NGC1052_sci.spw25_27.cont.I.pb.tt0.fits.gz",
    "member.uid___A001_X1_X2.NGC1052_sci.spw25.cube.I.mask.fits.gz",
    "uid___A001_X1_X2.3C84_bp.spw25.mfs.I.pbcor.fits",
    "uid___A001_X1_X2.3C84_bp.spw25.mfs.I.flux.fits",
    "member.uid___A001_X15aa_X2a0.M308_sci.spw21.cube.I.sd.fits",
    "TWHya.continuum.fits",
]


def test_images_whose_primary_beam_is_there_and_total_power_need_no_mark():
    assert marks.without_pb(PACKAGE) == []


@pytest.mark.parametrize(("missing", "alone"), [(1, [PACKAGE[0]]), (4, PACKAGE[2:4]), (7, [PACKAGE[6]]), (5, [])])
def test_a_corrected_image_without_its_primary_beam_is_named(missing, alone):
    assert marks.without_pb(PACKAGE[:missing] + PACKAGE[missing + 1 :]) == alone
