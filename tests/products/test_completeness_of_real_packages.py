"""The matrix of a real MOUS of 89 targets, and of what is left of it when any of its files did not come."""

import csv
import hashlib
from collections import Counter

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from products import completeness, naming
from products.models import Product
from tests import make

pytestmark = pytest.mark.django_db
WINDOWS = (5, 7, 17, 19)
STATES = {"present", "mitigated", "missing", "unknown"}


@pytest.fixture(scope="module")
def names(shared_data):
    """Of the products of uid://A001/X133d/X1eef, which the pipeline made in Cycle 6."""
    with (shared_data / "metadata" / "rh_listing_X133d_X1eef.csv").open() as listing:
        return [
            row["name"].removesuffix(".tar") for row in csv.DictReader(listing) if row["type"] == "PIPELINE_PRODUCT"
        ]


@pytest.fixture
def mous():
    return make.mous(
        "uid://A001/X133d/X1eef", code="2018.1.00526.S", delivery_state="complete", release_at=make.LONG_AGO
    )


def deliver(mous, names):
    """The rows alone: nobody reads the images."""
    Product.objects.bulk_create(_product(mous, naming.parse(name)) for name in names)


def _product(mous, name):
    return Product(
        mous=mous,
        name=name.name,
        role="science_image" if name.science else "calibrator_image",
        key=name.name,
        size=1,
        sha256=hashlib.sha256(name.name.encode()).hexdigest(),
        origin="delivered",
        intent=name.intent or "",
        spws=list(name.spws),
        mode=name.mode or "",
        layer=name.layer or "",
        calibration=name.calibration or "",
    )


def cells(mous):
    return completeness.of(mous, AnonymousUser(), make.NOW)


def test_every_target_of_a_real_package_has_a_cube_of_every_window(mous, names):
    deliver(mous, names)

    found = cells(mous)

    assert len({cell.source for cell in found}) == 89
    assert {cell.wanted.spw for cell in found} == set(WINDOWS)
    states = Counter((cell.wanted.type, cell.wanted.calibration, cell.state, cell.expected) for cell in found)
    assert states == {
        ("cube", "regcal", "present", True): 89 * 4,
        ("mfs", "regcal", "present", True): 89 * 4,
        ("cont", "regcal", "present", True): 89 * 4,
        ("repBW", "regcal", "unknown", True): 89 * 4,
        **{(kind, "selfcal", "missing", False): 89 * 4 for kind in completeness.TYPES},
    }


def test_a_window_that_did_not_come_is_told_of_every_target(mous, names):
    deliver(mous, [name for name in names if ".spw17.cube." not in name])

    lacking = [cell for cell in cells(mous) if cell.wanted.type == "cube" and cell.wanted.spw == 17 and cell.expected]

    assert len(lacking) == 89
    assert {cell.state for cell in lacking} == {"mitigated"}
    assert all(cell.cube_lacks for cell in lacking)


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_whatever_did_not_come_no_image_that_did_is_lacking_and_none_is_told_without_why(names, data):
    """Of the first targets, for speed; every file may come or not."""
    images = [name for name in names if naming.parse(name).science and naming.parse(name).kind == "pbcor"][:36]
    came = data.draw(st.sets(st.sampled_from(images), min_size=1))
    with transaction.atomic():
        mous = make.mous("uid://A001/X133d/X1eef", code="2018.1.00526.S", delivery_state="complete")
        deliver(mous, came)
        found = cells(mous)
        transaction.set_rollback(True)

    held = {product for cell in found for product in cell.products}
    assert held == came
    assert {cell.state for cell in found} <= STATES
    assert all(cell.why for cell in found if cell.state != "present")
    assert all((cell.state in {"present", "mitigated"}) for cell in found if cell.products)
    told = Counter((cell.source, cell.wanted) for cell in found)
    assert set(told.values()) <= {1}
