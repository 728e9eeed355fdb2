"""Names of image products: the 50 vectors of FACTS 2.4, and what must never be refused."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products import naming

HEAD = "member.uid___A001_X1465_X1b48"
VECTORS = json.loads(Path(__file__).with_name("product_names.json").read_text())
IN_ARCHIVE_ORDER = [v["name"] for v in VECTORS if not any(t in v["name"] for t in (".image.", "regcal", "mublo"))]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_delivered_name_says_what_the_image_is(vector):
    product = naming.parse(vector["name"])

    assert {**{field: getattr(product, field) for field in vector}, "spws": list(product.spws)} == vector


@pytest.mark.parametrize(
    "name", ["TWHya.continuum.fits", "HLTau_B6.tar", "", "a_sci.spw.fits", "member.uid___A001_X1_X2.README.txt"]
)
def test_a_name_of_another_form_is_kept_as_other(name):
    product = naming.parse(name)

    assert (product.kind, product.name, product.source) == ("other", name, None)


@pytest.mark.parametrize(
    ("tokens", "kind", "layer"),
    [
        ("cont.I.flux.fits.gz", "pb", "flux"),
        ("cube.I.weight.fits", "weight", "weight"),
        ("mfs.I.fits", "image", None),
        ("cont.I.beta.fits", "beta", None),
        ("cont.I.alpha.error.tt0.fits", "alpha.error", None),
        ("mfs.I.mask", "mask", "mask"),
    ],
)
def test_old_and_rare_layers_are_known(tokens, kind, layer):
    product = naming.parse(f"{HEAD}.HL_Tau_sci.spw25.{tokens}")

    assert (product.kind, product.layer, product.comment) == (kind, layer, None)


def test_the_last_intent_in_a_name_is_the_intent():
    product = naming.parse(f"{HEAD}.my_sci.spw3_field_ph.spw25.mfs.I.pbcor.fits")

    assert (product.source, product.intent, product.spws) == ("my_sci.spw3_field", "ph", (25,))


def test_virtual_windows_are_read_like_others():
    assert naming.parse(f"{HEAD}.HL_Tau_sci.virtspw25_27.cont.I.pbcor.fits").spws == (25, 27)


@pytest.mark.parametrize("name", IN_ARCHIVE_ORDER)
def test_a_name_in_the_archive_order_is_composed_as_it_was(name):
    assert naming.compose(naming.parse(name)) == name


def test_a_raw_pipeline_name_is_composed_as_the_archive_writes_it():
    raw = naming.parse("oussid.HL_Tau_sci.spw2.cube.selfcal.I.pbcor.fits")

    name = naming.compose(replace(raw, level="member", ous="uid___A001_X1465_X1b48"))

    assert name == f"{HEAD}.HL_Tau_sci.spw2.cube.I.selfcal.pbcor.fits"


@settings(deadline=None)  # other work on the machine is no failure
@given(st.text(max_size=80))
def test_no_name_is_ever_refused(name):
    assert naming.parse(name).name == name


def test_every_image_of_a_real_listing_is_understood(shared_data):
    with (shared_data / "metadata" / "rh_listing_X133d_X1eef.csv").open() as listing:
        names = [row["name"] for row in csv.DictReader(listing) if row["type"] == "PIPELINE_PRODUCT"]

    products = [naming.parse(name) for name in names]

    assert len(products) == 2427
    assert {product.kind for product in products} == {"pbcor", "pb", "mask"}
    assert not [product for product in products if product.comment]
    assert len({product.source for product in products if product.science}) == 89
