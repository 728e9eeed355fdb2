"""Names of products and of sources."""

import pytest

from restores.casa.names import product_stem, source_key


@pytest.mark.parametrize(
    "written", ['"2MASS J04393364+2359212"', "_2MASS_J04393364+2359212_", "2mass_j04393364+2359212"]
)
def test_spellings_of_one_source_have_one_key(written):
    assert source_key(written) == "2mass_j04393364+2359212"


def test_product_names_follow_the_archive():
    stem = product_stem("uid___A001_X1465_X1b48", "50 km/s cloud", [27, 25], "cont")

    assert stem == "member.uid___A001_X1465_X1b48.50_km_s_cloud_sci.spw25_27.cont.I"
