"""What is removed, and what is not."""

import io
import uuid
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from products import fixity, sidecars, slots, store, withdraw
from products.audit import Audit, Found, Kind
from products.index_check import objects
from products.models import Product, ProductChange
from restores import advance, scratch, sweep
from restores.models import Phase, Request
from tests import make

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

    assert said.getvalue().startswith("Would remove: 0 expired products, 0 withdrawn files, 1 orphan objects")
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


@pytest.fixture
def withdrawn(archived):
    """A cube with its primary beam and a preview, which its holder withdrew; and one that is in force."""
    holder, source = make.user("holder"), make.source(archived.first().mous, "NGC1068")
    made = {"origin": "imaged", "role": "user_cube", "source": source, "mode": "cube", "request_id": uuid.uuid4()}
    head = make.product(source.mous, "a.pbcor.fits", layer="pbcor", content=b"cube", **made)
    make.product(source.mous, "a.pb.fits", layer="pb", content=b"beam", companion_of=head, **made)
    make.preview(head)
    make.product(source.mous, "b.fits", content=b"in force", **made | {"request_id": uuid.uuid4()})
    slots.reserve(source, request_id=made["request_id"], by=holder)
    slots.bind(made["request_id"], head)
    withdraw.withdraw(head, by=holder, reason="wrong line")
    return head


def later(days, monkeypatch):
    now = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


def test_a_withdrawn_cube_keeps_its_bytes_for_the_time_of_grace_and_then_its_row_alone(
    withdrawn, settings, monkeypatch
):
    held = {row.key for row in Product.objects.filter(role="user_cube")} | {withdrawn.previews.get().key}
    later(settings.WITHDRAWN_DAYS - 0.1, monkeypatch)
    assert sweep.sweep().withdrawn_files == 0
    assert held <= keys()

    now = later(0.2, monkeypatch)
    told = sweep.sweep(dry_run=True)
    assert (told.withdrawn_files, held <= keys()) == (2, True)
    assert sweep.sweep().withdrawn_files == 2

    rows = Product.objects.filter(role="user_cube")
    assert held & keys() == {row.key for row in rows if row.name == "b.fits"}
    assert {row.removed_at for row in rows if row.name != "b.fits"} == {now}
    assert ProductChange.objects.filter(product=withdrawn, what="removed", by=None).count() == 1
    assert sweep.sweep().withdrawn_files == 0


def test_nobody_misses_the_bytes_of_what_was_let_go(withdrawn, settings, monkeypatch):
    now = later(settings.WITHDRAWN_DAYS + 1, monkeypatch)
    sidecars.flush_due()
    sweep.sweep()
    sidecars.flush_due()

    faults = list(objects.check_all(now))
    found = Found()
    list(Audit().faults(found))

    assert [fault for fault in faults if fault.subject == str(withdrawn.pk)] == []
    assert found.counts[Kind.MISSING] == 0
    assert not fixity.check(budget=10**9).bad


def test_a_sweep_that_died_before_it_removed_a_byte_is_made_good_by_the_next(withdrawn, settings, monkeypatch):
    now = later(settings.WITHDRAWN_DAYS + 1, monkeypatch)
    withdraw.let_go(withdrawn.pk, now)
    assert withdrawn.key in keys()

    sweep.sweep()

    assert withdrawn.key not in keys()


def test_who_brings_it_back_in_time_has_it_from_the_sweep(withdrawn, settings, monkeypatch):
    due = withdraw.due(timezone.now() + timedelta(days=settings.WITHDRAWN_DAYS + 1))
    assert due.get() == withdrawn
    withdraw.bring_back(withdrawn, by=make.user("holder"), reason="right after all")
    now = later(settings.WITHDRAWN_DAYS + 1, monkeypatch)

    assert withdraw.let_go(withdrawn.pk, now) == 0
    assert sweep.sweep().withdrawn_files == 0
    assert withdrawn.key in keys()


def test_sessions_that_have_ended_are_deleted(db, settings):
    for key, ends in (("ended", -1), ("lasting", 1)):
        Session.objects.create(session_key=key, expire_date=timezone.now() + timedelta(hours=ends))

    sweep.sweep()

    assert [row.session_key for row in Session.objects.all()] == ["lasting"]


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


def test_a_sweep_without_a_store_ends_in_a_sentence(settings, db):
    settings.S3 = settings.S3 | {"endpoint": "http://127.0.0.1:9"}

    with pytest.raises(CommandError, match=r"cannot be reached.*run it again"):
        call_command("sweep")
