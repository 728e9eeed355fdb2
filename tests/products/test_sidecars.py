"""The store tells what the index holds of each MOUS, whatever changes it and whatever dies in between."""

import threading
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F

from products import sidecars
from products.ingest import ingest_delivery
from products.models import Blocks, CubeSlot, IngestRun, Product, ProductChange, Sidecar
from products.store import Store, open_store
from tests import deliveries, make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_bucket")]


@pytest.fixture
def mous():
    return make.restorable_mous(pi=make.user("pi"))


@pytest.fixture
def told(mous):
    """A function: what the store tells of the MOUS."""
    sidecars.flush_due()
    return lambda: sidecars.read(sidecars.key_of(mous.uid))


def is_due(mous):
    return sidecars.due().filter(mous=mous).exists()


def test_an_ingestion_leaves_a_store_that_tells_of_every_file(tmp_path):
    ingest_delivery(deliveries.write(tmp_path))

    key = sidecars.key_of(deliveries.archive_form(deliveries.MOUS))
    rows = sidecars.read(key)["rows"]["products.product"]
    assert {(row["key"], row["sha256"], row["size"]) for row in rows} == set(
        Product.objects.values_list("key", "sha256", "size")
    )
    assert not sidecars.due().exists()


def test_a_source_block_and_person_is_named_as_elsewhere_and_not_by_a_number(mous):
    source = mous.sources.first()
    product = make.product(mous, "a.fits", "image", source=source, eb=mous.ebs.first())
    CubeSlot.objects.create(mous=mous, source=source, request_id=product.pk, holder=make.user("lyra"))
    sidecars.flush_due()

    rows = sidecars.read(sidecars.key_of(mous.uid))["rows"]
    (row,) = [row for row in rows["products.product"] if row["name"] == "a.fits"]
    assert (row["mous"], row["source"], row["eb"]) == (mous.uid, [mous.uid, source.key], mous.ebs.first().uid)
    assert rows["products.cubeslot"][0]["holder"] == "lyra"


CHANGES = {
    "a new file": lambda mous: make.product(mous, "new.txt"),
    "many new files": lambda mous: Product.objects.bulk_create(
        [
            Product(mous=mous, name=name, key=name, size=1, sha256="0" * 64, origin="delivered", role="x")
            for name in "ab"
        ]
    ),
    "a file taken back": lambda mous: Product.objects.filter(mous=mous).update(withdrawn_at=make.NOW),
    "a file gone": lambda mous: mous.products.first().delete(),
    "a slot": lambda mous: CubeSlot.objects.create(
        mous=mous, source=mous.sources.first(), request_id=mous.products.first().pk, holder=make.user("pi")
    ),
    "what was done with one": lambda mous: ProductChange.objects.create(
        product=mous.products.first(), what="withdrawn", by=make.user("pi"), reason="wrong fluxes"
    ),
    "checksums": lambda mous: Blocks.objects.create(product=mous.products.first(), block_bytes=1, crcs=b""),
    "another release": lambda mous: type(mous).objects.update(release_at=make.LONG_AGO),
    "a confidential project": lambda mous: type(mous.project).objects.update(confidential=True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_makes_its_sidecar_due_and_no_other(mous, change):
    other = make.mous("uid://A001/X7/X8", code="2023.1.00999.S")
    make.product(other)
    sidecars.flush_due()
    assert not sidecars.due().exists()

    type(other.project).objects.filter(pk=other.project.pk).update(code="2023.1.00999.S")
    CHANGES[change](mous)

    assert is_due(mous)
    if change not in {"another release", "a confidential project"}:
        assert not is_due(other)


def test_that_a_run_goes_on_is_no_change_and_its_end_is(mous):
    run = IngestRun.objects.create(command="ingest_delivery", mous=mous)
    sidecars.flush_due()

    IngestRun.objects.filter(pk=run.pk).update(heard_at=make.NOW, bytes_done=7)
    assert not is_due(mous)

    IngestRun.objects.filter(pk=run.pk).update(phase="done", ended_at=make.NOW)
    assert is_due(mous)


def test_a_change_while_it_is_written_is_due_again(mous, monkeypatch):
    keep = Store.keep

    def changed_meanwhile(store, key, told):
        keep(store, key, told)
        Sidecar.objects.filter(mous=mous).update(changes=F("changes") + 1)  # as the triggers do

    monkeypatch.setattr(Store, "keep", changed_meanwhile)
    sidecars.flush([mous.pk])

    assert is_due(mous)


@pytest.mark.django_db(transaction=True)
def test_two_never_write_one_sidecar_at_the_same_time(mous, monkeypatch):
    with somebody_writing(mous, monkeypatch):
        assert sidecars.flush([mous.pk]) == 0

    assert not is_due(mous)


@contextmanager
def somebody_writing(mous, monkeypatch):
    begun, go_on, keep = threading.Event(), threading.Event(), Store.keep

    def slowly(*args):
        begun.set()
        go_on.wait(30)
        keep(*args)

    def write():
        try:
            sidecars.flush([mous.pk])
        finally:
            connection.close()

    monkeypatch.setattr(Store, "keep", slowly)
    other = threading.Thread(target=write)
    other.start()
    begun.wait(30)
    yield
    go_on.set()
    other.join(30)


def test_a_store_that_fails_leaves_it_due(mous, monkeypatch):
    def broken(*_):
        raise OSError

    monkeypatch.setattr(Store, "keep", broken)
    with pytest.raises(OSError), transaction.atomic():  # noqa: PT011 (whatever it is)
        sidecars.flush([mous.pk])

    assert is_due(mous)


def test_the_name_of_a_mous_that_got_another_uid_leads_nowhere(mous, told):
    old = sidecars.key_of(mous.uid)
    type(mous).objects.filter(pk=mous.pk).update(uid="uid://A001/X77/X78")

    sidecars.flush_due()

    keys = {key for key, _ in open_store().objects()}
    assert old not in keys
    assert sidecars.key_of("uid://A001/X77/X78") in keys


def test_all_are_written_again_when_they_were_lost(mous, told):
    open_store().delete(sidecars.key_of(mous.uid))

    call_command("write_sidecars", all=True)

    assert told()["about"]["mous"]["uid"] == mous.uid
