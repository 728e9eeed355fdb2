"""What is removed, and what is not."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from products import sidecars, store
from products.models import Product
from restores import advance, scratch, sweep
from restores.models import Phase, Request

# A sweep without grace would take the objects of tests that run beside this one.
pytestmark = pytest.mark.usefixtures("own_bucket")


@pytest.fixture
def archived(restore):
    advance.advance(restore.pk)
    restore.refresh_from_db()
    return Product.objects.filter(request_id=restore.pk)


def keys():
    return {key for key, _ in store.open_store().objects()}


def orphan():
    return store.open_store().put(store.open_store().new_key("orphan.tar"), io.BytesIO(b"left behind")).key


def test_a_young_orphan_is_left_alone_and_an_old_one_is_removed(archived, settings):
    key = orphan()
    beside = f"{key}.sha256.json"  # as earlier versions wrote them
    store.open_store().keep(beside, b"{}")
    sweep.sweep()
    assert {key, beside} <= keys()

    settings.ORPHAN_GRACE_HOURS = 0
    sweep.sweep()

    assert not {key, beside} & keys()
    assert {product.key for product in Product.objects.all()} <= keys()


def test_a_product_named_like_a_sidecar_is_swept_for_none(archived, settings):
    doors, product = store.open_store(), archived.first()
    stored = doors.put(doors.new_key("foo.sha256.json"), io.BytesIO(b"{}"))
    archived.filter(pk=product.pk).update(key=stored.key, name="foo.sha256.json")
    settings.ORPHAN_GRACE_HOURS = 0

    sweep.sweep()

    assert b"".join(doors.stream(stored.key)) == b"{}"


def test_what_tells_of_a_mous_is_no_orphan(archived, settings):
    settings.ORPHAN_GRACE_HOURS = 0
    sidecars.flush_due()

    sweep.sweep()

    assert sidecars.key_of(archived.first().mous.uid) in keys()


def test_a_dry_run_says_the_same_and_removes_nothing(archived, settings):
    settings.ORPHAN_GRACE_HOURS = 0
    sweep.sweep()
    orphan()
    before = keys()
    said = io.StringIO()

    call_command("sweep", dry_run=True, stdout=said)

    assert said.getvalue().startswith("Would remove: 0 expired products, 1 orphan objects")
    assert keys() == before


def test_an_expired_result_loses_its_bytes_and_keeps_its_row(archived):
    archived.update(expires_at=timezone.now() - timedelta(days=1))

    swept = sweep.sweep()

    assert swept.expired_products == 2
    for product in archived.all():
        assert product.withdrawn_at
        assert "request it again" in product.withdrawn_reason
        assert product.key not in keys()


def test_what_a_live_request_may_be_reading_does_not_expire_under_it(archived, restore):
    archived.update(expires_at=timezone.now() - timedelta(days=1))
    Request.objects.create(
        kind="image",
        mous=restore.mous,
        calibration=restore.calibration,
        owner=restore.owner,
        casa_version="6.7.0.31",
    )

    assert sweep.sweep().expired_products == 0


def test_what_staff_withdrew_keeps_its_bytes(archived, settings):
    archived.update(withdrawn_at=timezone.now(), withdrawn_reason="wrong fluxes")
    settings.ORPHAN_GRACE_HOURS = 0

    sweep.sweep()

    assert {product.key for product in archived.all()} <= keys()


def test_scratch_of_ended_work_is_cleared_and_that_of_live_work_is_not(restore, workshop):
    live = scratch.home(restore.pk) / "1"
    live.mkdir(parents=True)
    sweep.sweep()
    assert live.is_dir()

    Request.objects.filter(pk=restore.pk).update(phase=Phase.ABORTED, ended_at=timezone.now())
    assert sweep.sweep().scratch_directories == 1

    assert not live.exists()


def test_a_directory_that_is_not_ours_is_left_alone(restore, workshop):
    (workshop.scratch / "matplotlib").mkdir(parents=True)
    (workshop.scratch / "00000000-0000-4000-8000-000000000000").mkdir()  # of another database, perhaps

    sweep.sweep()

    assert len(list(workshop.scratch.iterdir())) == 2
