"""Bytes that are known to be wrong are handed to nobody."""

import pytest
from django.db import IntegrityError
from django.urls import reverse

from products.ingest import ingest_delivery
from products.models import Blocks, Product
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def product():
    return make.product(make.mous(release_at=make.LONG_AGO), "member.uid___A001_X3621_X541.weblog.tgz", content=b"log")


def quarantine(product, reason):
    Product.objects.filter(pk=product.pk).update(quarantined_at=make.NOW, quarantine_reason=reason)


def test_a_quarantined_file_is_refused_with_its_reason(client, product):
    quarantine(product, "its SHA-256 is another one.")

    answer = client.get(reverse("product-file", args=[product.pk]))

    assert answer.status_code == 409
    assert "its SHA-256 is another one." in answer.content.decode()
    assert answer.json()["error"]["code"] == "quarantined"


def test_there_is_no_quarantine_without_a_reason(product):
    with pytest.raises(IntegrityError, match="quarantine_has_a_reason"):
        quarantine(product, "")


def test_a_delivered_file_is_indexed_with_its_checksums(small_delivery):
    ingest_delivery([small_delivery])

    delivered = Product.objects.filter(origin="delivered")
    assert delivered.exists()
    assert not delivered.filter(crc32=None).exists()
    assert Blocks.objects.count() == delivered.count()
