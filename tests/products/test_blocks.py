"""The checksums that tell which block of a damaged copy to fetch again."""

import zlib

import pytest
from django.urls import reverse

from archive.models import MemberOUS
from products import blocks, store
from products.models import Blocks, Product
from tests import make, people

pytestmark = pytest.mark.django_db
MIB = 2**20
BYTES = bytes(range(256)) * 4096 + bytes(MIB) + b"the end"
OF_BLOCKS = [zlib.crc32(BYTES[at : at + MIB]) for at in range(0, len(BYTES), MIB)]


@pytest.fixture
def product():
    return make.product(make.mous(release_at=make.LONG_AGO), "cube.fits", content=BYTES)


def asked(client, product):
    return client.get(reverse("product-blocks", args=[product.pk]))


def test_each_block_has_its_own_crc32_as_in_zip(client, product):
    told = asked(client, product).json()

    assert told == {"size": len(BYTES), "sha256": product.sha256, "block_bytes": MIB, "crc32": OF_BLOCKS}


def test_what_was_kept_at_ingestion_is_told_without_the_store(client, product, monkeypatch):
    Blocks.objects.create(product=product, block_bytes=MIB, crcs=b"\x00\x00\x00\x07")
    monkeypatch.setattr(store, "open_store", None)

    assert asked(client, product).json()["crc32"] == [7]


def test_an_older_file_is_read_once_and_what_was_found_is_kept(client, product, monkeypatch):
    asked(client, product)
    monkeypatch.setattr(store, "open_store", None)

    assert asked(client, product).json()["crc32"] == OF_BLOCKS
    assert Product.objects.get().crc32 == zlib.crc32(BYTES)


def test_an_object_that_is_not_what_it_was_gives_no_checksums(client, product):
    Product.objects.update(sha256="0" * 64)

    answer = asked(client, product)

    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "object-corrupt")
    assert not Blocks.objects.exists()


def test_a_file_too_long_to_be_read_meanwhile_is_to_be_fetched_again(client, product, monkeypatch):
    monkeypatch.setattr(blocks, "READ_AT_MOST", MIB)

    answer = asked(client, product)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no-blocks")


@pytest.mark.parametrize("role", people.EVERYBODY)
def test_checksums_go_to_those_who_may_have_the_bytes(role, product, settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    MemberOUS.objects.update(release_at=make.NEVER)
    caller = people.client(people.cast(product.mous)[role])

    refused = 401 if role == "anonymous" else 403
    assert asked(caller, product).status_code == (200 if role in people.ENTITLED else refused)
