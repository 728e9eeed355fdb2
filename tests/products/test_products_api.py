"""Lists of products, and one product."""

import uuid

import pytest
from django.urls import reverse
from rest_framework.test import APIRequestFactory

from products import marks
from products.models import Product
from products.shapes import ProductShape
from tests import make, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


def listed(client, mous, **query):
    return client.get(reverse("api-products"), {"mous": mous.uid} | query).json()


def test_rows_have_the_shape_that_the_schema_promises(client, mous):
    target = make.source(mous)
    product = make.product(mous, "cube.fits", eb=make.eb(mous), source=target, spws=[25], directory="product")
    request = APIRequestFactory().get("/")
    shaped = ProductShape(_annotated(product), context={"request": request}).data

    row = listed(client, mous)["results"][0]

    assert row == {**row, **{name: value for name, value in shaped.items() if name not in {"stored_at", "file"}}}
    assert set(row) == set(shaped)
    assert row["file"] == f"http://testserver/api/products/{product.pk}/file/{product.name}"


def _annotated(product):
    product.readable = True
    return product


def test_a_long_list_comes_in_pages_without_loss(client, mous):
    for number in range(230):
        make.product(mous, f"file_{number:03}.txt")

    names, address = [], f"{reverse('api-products')}?mous={mous.name}"
    while address:
        page = client.get(address).json()
        names += [row["name"] for row in page["results"]]
        address = page["next"]

    assert names == [f"file_{number:03}.txt" for number in range(230)]
    assert page["count"] == 230


def test_a_page_costs_the_same_queries_however_long_it_is(client, mous, django_assert_max_num_queries):
    for number in range(100):
        make.product(mous, f"file_{number:03}.txt")

    with django_assert_max_num_queries(3):
        assert len(listed(client, mous)["results"]) == 100


@pytest.mark.parametrize(
    "end",
    [
        {"withdrawn_at": make.NOW},
        {"expires_at": make.NOW},
        {"superseded_at": make.NOW},
    ],
)
def test_the_list_holds_what_is_current_and_the_detail_what_was(client, mous, end):
    product = make.product(mous, "old.txt")
    Product.objects.filter(pk=product.pk).update(**end)

    assert listed(client, mous)["results"] == []
    told = client.get(reverse("api-product", args=[product.pk])).json()
    assert told[next(iter(end))]


@pytest.mark.parametrize(
    ("query", "code"), [({}, "missing-parameter"), ({"mous": "x", "sort": "y"}, "unknown-parameter")]
)
def test_a_question_that_is_not_understood_is_refused(client, query, code):
    answer = client.get(reverse("api-products"), query)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def test_an_unknown_product_is_a_sentence(client):
    answer = client.get("/api/products/00000000-0000-4000-8000-000000000000/")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown-product"


@pytest.mark.parametrize("role", people.EVERYBODY)
def test_what_was_measured_and_why_it_was_taken_back_is_for_readers_alone(role):
    mous = make.mous()
    told = {
        "header": {"restfreq_hz": 230.538e9},
        "provenance": {"facts": {"peak_jy": 0.31}, "parameters": {"image": {"start": "230.5GHz"}}},
        "withdrawn_reason": "the line is at 230.1 GHz",
        "quarantine_reason": "not the CHECKSUM of 230.cube",
    }
    cube = make.product(
        mous, "cube.fits", "user_cube", origin="imaged", request_id=uuid.uuid4(), marks=["other-object"], **told
    )
    caller = people.client(people.cast(mous)[role])

    answer = caller.get(reverse("api-product", args=[cube.pk]))

    shown = {name: answer.json()[name] for name in told}
    assert shown == (told if role in people.ENTITLED else dict.fromkeys(told))
    assert answer.json()["name"] == "cube.fits"
    assert answer.json()["marks"] == ([marks.SENTENCES["other-object"]] if role in people.ENTITLED else None)
    assert (b"230." in answer.content) is (role in people.ENTITLED)


def test_programs_hear_of_a_quarantine_before_they_ask_for_the_bytes_if_they_may_have_them(client):
    mous = make.mous()
    product = make.product(mous, "cube.fits")
    Product.objects.filter(pk=product.pk).update(quarantined_at=make.NOW, quarantine_reason="it was damaged")

    def told(caller):
        one = caller.get(reverse("api-product", args=[product.pk])).json()
        return one["quarantined_at"], listed(caller, mous)["results"][0]["quarantined_at"]

    assert all(told(people.client(people.cast(mous)["pi"])))
    assert told(client) == (None, None)


def test_what_everybody_may_have_is_described_to_everybody(client, mous):
    product = make.product(mous, "cube.fits", provenance={"casa_version": "6.7.0.31"})

    told = client.get(reverse("api-product", args=[product.pk])).json()

    assert (told["header"], told["provenance"]) == ({}, {"casa_version": "6.7.0.31"})
