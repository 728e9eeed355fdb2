"""Bytes that are known to be wrong are handed to nobody."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from archive.models import Finding
from products import quarantine, rows
from products.ingest import ingest_delivery
from products.models import Blocks, IngestRun, Product
from products.store import open_store
from products.storing import Storing
from tests import deliveries, make

pytestmark = pytest.mark.django_db
CALTABLES = f"member.{deliveries.MOUS}.session_2.caltables.tgz"


@pytest.fixture
def product():
    return make.product(make.mous(release_at=make.LONG_AGO), "member.uid___A001_X3621_X541.weblog.tgz", content=b"log")


def shut(product, reason):
    Product.objects.filter(pk=product.pk).update(quarantined_at=make.NOW, quarantine_reason=reason)


def test_a_quarantined_file_is_refused_with_its_reason(client, product):
    shut(product, "its SHA-256 is another one.")

    answer = client.get(reverse("product-file", args=[product.pk]))

    assert answer.status_code == 409
    assert "its SHA-256 is another one." in answer.content.decode()
    assert answer.json()["error"]["code"] == "quarantined"


def test_there_is_no_quarantine_without_a_reason(product):
    with pytest.raises(IntegrityError, match="quarantine_has_a_reason"):
        shut(product, "")


def test_a_delivered_file_is_indexed_with_its_checksums(small_delivery):
    ingest_delivery([small_delivery])

    delivered = Product.objects.filter(origin="delivered")
    assert delivered.exists()
    assert not delivered.filter(crc32=None).exists()
    assert Blocks.objects.count() == delivered.count()


@pytest.fixture
def package(tmp_path):
    return deliveries.write(tmp_path)


def overwrite(key, content):
    """Bytes that rot in the store, below the row."""
    open_store().keep(key, content)


def quarantined(harm):
    """Caltables whose object came to harm, which a check has found."""
    held = Product.objects.select_related("mous").get(name=CALTABLES)
    harm(held)
    code, sentence = quarantine.damage(held.key, held.size, held.sha256)
    assert quarantine.quarantine(held, code, sentence, now=timezone.now())
    return held


@pytest.mark.parametrize(
    "harm",
    [
        lambda held: open_store().delete(held.key),
        lambda held: overwrite(held.key, b"short"),
        lambda held: overwrite(held.key, b"x" * held.size),
    ],
    ids=["lost", "short", "damaged"],
)
def test_a_quarantine_ends_when_good_bytes_come_again(package, harm):
    ingest_delivery(package)
    held = quarantined(harm)

    call_command("ingest_delivery", *map(str, package))

    mended = Product.objects.get(name=CALTABLES)
    assert (mended.pk, mended.version, mended.quarantined_at) == (held.pk, held.version, None)
    assert quarantine.damage(mended.key, mended.size, mended.sha256) == ("", "")
    assert not Finding.objects.filter(subject=str(held.pk), settled_at=None).exists()
    run = IngestRun.objects.order_by("-started_at").first()
    reason = quarantine.damage(held.key, held.size, held.sha256)[1]
    assert mended.quarantine_reason.startswith(reason)
    assert "ingested again with these bytes" in mended.quarantine_reason
    assert str(run.pk) in mended.quarantine_reason


def test_a_quarantine_ends_when_the_object_itself_is_right_again(package):
    ingest_delivery(package)
    held = quarantined(lambda held: overwrite(held.key, b"short"))
    overwrite(held.key, b"caltables of session_2")  # from a backup of the store

    (report,) = ingest_delivery(package)

    again = Product.objects.get(name=CALTABLES)
    assert report.mended == []
    assert (again.key, again.quarantined_at) == (held.key, None)


def test_other_bytes_under_the_name_release_nothing(package):
    ingest_delivery(package)
    held = quarantined(lambda held: overwrite(held.key, b"short"))
    stored = Product.objects.get(pk=held.pk)

    Product.objects.filter(pk=held.pk).update(sha256="0" * 64)  # as if it had been another file
    ingest_delivery(package)

    old = Product.objects.get(pk=held.pk)
    assert old.quarantined_at == stored.quarantined_at
    assert old.superseded_by.quarantined_at is None


def test_what_came_wrong_stays_quarantined_also_when_it_comes_again(package):
    """Its bytes in the store are those that came: that they are read and right there says nothing."""
    ingest_delivery(package)
    reason = "It does not have the MD5 that came with it."
    Product.objects.filter(name=CALTABLES).update(quarantined_at=timezone.now(), quarantine_reason=reason)

    ingest_delivery(package)

    again = Product.objects.get(name=CALTABLES)
    assert again.quarantined_at
    assert again.quarantine_reason == reason


def test_what_a_check_finds_while_a_package_comes_again_stays_quarantined(package, monkeypatch):
    ingest_delivery(package)
    unchanged = Storing._unchanged

    def and_then_it_rots(storing, file, held, compared):
        kept = unchanged(storing, file, held, compared)
        if file.name == CALTABLES:
            raced.append(held.key)
        return kept

    def found_meanwhile(*args):
        if raced:
            quarantined(lambda held: overwrite(raced.pop(), b"short"))
        return write(*args)

    raced, write = [], rows.write
    monkeypatch.setattr(Storing, "_unchanged", and_then_it_rots)
    monkeypatch.setattr(rows, "write", found_meanwhile)

    ingest_delivery(package)

    assert Product.objects.get(name=CALTABLES).quarantined_at
