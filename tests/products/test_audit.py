"""The audit finds what the index and the store do not agree on, exactly that, and mends nothing unless told."""

import io
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from altiplano.stack import layout
from archive.models import Finding
from products import behind, keys, sidecars
from products.audit import Audit, Found, Kind, Listed, joined
from products.models import Product, Sidecar
from products.rebuild import rebuild
from products.store import Store, open_store
from restores.sweep import sweep
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_bucket")]
FAULTS = 5


@pytest.fixture(autouse=True)
def no_grace(settings):
    settings.ORPHAN_GRACE_HOURS = 0


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


def fill(mous, count):
    """Files of which five each are missing, too large and damaged, and five objects that no file names."""
    store = open_store()
    put = [
        store.put(store.new_key(f"{number}.txt"), io.BytesIO(b"%d" % number if number != 1 else b""))
        for number in range(count)
    ]
    Product.objects.bulk_create(
        Product(mous=mous, name=one.key.rpartition("/")[2], key=one.key, size=one.size, sha256=one.sha256,
                origin="delivered", role="other")
        for one in put
    )  # fmt: skip
    picked = [one.key for one in put[:: count // (3 * FAULTS)]]
    for key in picked[:FAULTS]:
        store.delete(key)
    for key in picked[FAULTS : 2 * FAULTS]:
        store.keep(key, b"longer than it was")
    for key in picked[2 * FAULTS : 3 * FAULTS]:
        store.keep(key, b"x" * store.size(key))
    orphans = {store.put(store.new_key("left"), io.BytesIO(b"left")).key for _ in range(FAULTS)}
    return {
        Kind.MISSING: set(picked[:FAULTS]),
        Kind.SIZE: set(picked[FAULTS : 2 * FAULTS]),
        Kind.DIGEST: set(picked[2 * FAULTS : 3 * FAULTS]),
        Kind.ORPHAN: orphans,
    }


def audited(**options):
    found, seen = Found(began=timezone.now() + timedelta(seconds=2)), {kind: set() for kind in Kind}
    for fault in Audit(**options).faults(found):
        seen[fault.kind].add(fault.key)
    return found, seen


def check_found_exactly(mous, count):
    expected = fill(mous, count)

    found, seen = audited(digests=True)

    assert {kind: held for kind, held in seen.items() if kind is not Kind.FINE} == expected
    assert found.counts[Kind.FINE] == count - 3 * FAULTS


def test_five_faults_of_each_class_are_found_exactly(mous):
    check_found_exactly(mous, 60)


@pytest.mark.slow
def test_five_faults_of_each_class_among_two_thousand_objects_are_found_exactly(mous):
    check_found_exactly(mous, 2_000)


def test_nothing_is_changed_by_looking(mous):
    fill(mous, 30)
    before = sorted(open_store().objects()), list(Product.objects.values())

    audited(digests=True)

    assert (sorted(open_store().objects()), list(Product.objects.values())) == before


def test_a_repair_quarantines_files_and_deletes_orphans(mous):
    expected = fill(mous, 30)

    audited(digests=True, repair=True)

    bad = expected[Kind.MISSING] | expected[Kind.SIZE] | expected[Kind.DIGEST]
    assert set(Product.objects.exclude(quarantined_at=None).values_list("key", flat=True)) == bad
    assert Finding.objects.filter(settled_at=None).count() == 3 * FAULTS
    assert not expected[Kind.ORPHAN] & {key for key, _ in open_store().objects()}


def test_a_young_orphan_is_neither_told_nor_deleted(mous, settings):
    settings.ORPHAN_GRACE_HOURS = 1
    expected = fill(mous, 30)

    found, seen = audited(repair=True)

    assert not seen[Kind.ORPHAN]
    assert found.young == FAULTS
    assert expected[Kind.ORPHAN] <= {key for key, _ in open_store().objects()}


def test_whatever_the_operator_passes_nothing_young_is_deleted_by_a_repair(mous, settings, capsys):
    settings.ORPHAN_GRACE_HOURS = 1  # the least that the settings take
    expected = fill(mous, 30)
    make.product(mous, "a.txt", content=b"a")
    sidecars.flush_due()

    with pytest.raises(SystemExit):
        call_command("audit_storage", repair=True, digests=True, json=True)

    told = json.loads(capsys.readouterr().out)
    assert told["young"] == FAULTS
    assert expected[Kind.ORPHAN] <= {key for key, _ in open_store().objects()}


def test_no_grace_at_all_is_refused_by_the_settings():
    """A process of its own reads them."""
    ran = subprocess.run(
        [sys.executable, "manage.py", "check"], capture_output=True, text=True, check=False, cwd=layout.REPOSITORY,
        env=os.environ | {"ALTIPLANO_ORPHAN_GRACE_HOURS": "0"},
    )  # fmt: skip

    assert ran.returncode
    assert "ALTIPLANO_ORPHAN_GRACE_HOURS is below 1" in ran.stderr


def lose_the_index(mous):
    """As after the loss of the database: what was stored is orphaned all at once, and old."""
    make.product(mous, "a.txt", content=b"a")
    sidecars.flush_due()
    Product.objects.all().delete()
    Sidecar.objects.all().delete()


def test_where_the_index_was_lost_nothing_is_an_orphan_that_is_deleted(mous):
    lose_the_index(mous)
    before = sorted(open_store().objects())

    with pytest.raises(CommandError, match=r"what the index does not know.*rebuild_index"):
        call_command("audit_storage", repair=True)
    sweep()

    assert sorted(open_store().objects()) == before


def test_where_the_index_is_that_of_a_backup_nothing_is_deleted_either(mous):
    make.product(mous, "a.txt", content=b"a")
    sidecars.flush_due()
    earlier = timezone.now() - timedelta(days=2)
    Sidecar.objects.update(written_at=earlier, changed_at=earlier)

    with pytest.raises(CommandError, match="index does not know"):
        call_command("audit_storage", repair=True)


def test_an_index_that_was_made_again_is_repaired_as_any(mous):
    lose_the_index(mous)
    rebuild()
    sidecars.flush_due()
    left = open_store().put(open_store().new_key("left"), io.BytesIO(b"left")).key

    _, seen = audited(repair=True)

    assert seen[Kind.ORPHAN] == {left}


def test_a_sidecar_whose_writer_was_killed_before_it_said_so_holds_nothing_up(mous, monkeypatch):
    make.product(mous, "a.txt", content=b"a")
    sidecars.flush_due()
    Sidecar.objects.update(written=0, written_at=None, uid="")

    behind.require_whole()


def test_a_file_that_comes_while_the_audit_runs_is_no_orphan(mous, monkeypatch):
    listing = Store.listing

    def with_a_new_one(store):
        next(keys_begun)
        make.product(mous, "new.txt", content=b"new")
        yield from listing(store)

    keys_begun = iter([1])
    monkeypatch.setattr(Store, "listing", with_a_new_one)

    _, seen = audited()

    assert not seen[Kind.ORPHAN]


def test_what_tells_of_a_mous_is_named_by_a_row_and_missed_when_it_is_gone(mous):
    make.product(mous, "a.txt", content=b"a")
    sidecars.flush_due()
    found, _ = audited()
    assert found.sound

    open_store().delete(sidecars.key_of(mous.uid))

    _, seen = audited()
    assert seen[Kind.MISSING] == {sidecars.key_of(mous.uid)}


def test_what_has_expired_may_be_gone(mous):
    make.product(
        mous, "old.ms.tar", key="gone/old.ms.tar", origin="restored", request_id=make.product(mous, content=b"n").pk,
        withdrawn_at=make.LONG_AGO, expires_at=make.LONG_AGO,
    )  # fmt: skip

    found, _ = audited()

    assert found.sound


def test_a_store_that_sorts_in_its_own_way_is_compared_all_the_same(mous, monkeypatch):
    for name in "abc":
        make.product(mous, name, content=b"x")
    listing = Store.listing
    monkeypatch.setattr(Store, "listing", lambda store: reversed(list(listing(store))))

    found, _ = audited()

    assert found.sound


def test_every_table_that_names_objects_is_looked_at():
    with_keys = {
        model._meta.label
        for model in apps.get_app_config("products").get_models()
        if any(field.name == "key" for field in model._meta.concrete_fields)
    }

    assert with_keys <= set(keys.NAMING)


def test_two_sorted_sides_are_joined_by_their_keys():
    rows = [keys.Named(key, 1, "", False, "", "") for key in "abd"]
    listed = [Listed(key, timezone.now(), 1) for key in "bce"]

    pairs = [(row and row.key, seen and seen.key) for row, seen in joined(iter(rows), iter(listed))]

    assert pairs == [("a", None), ("b", "b"), (None, "c"), ("d", None), (None, "e")]


def test_the_command_tells_it_as_json_and_by_its_exit_status(mous, capsys):
    product = make.product(mous, "a.txt", content=b"a")
    open_store().delete(product.key)

    with pytest.raises(SystemExit) as ended:
        call_command("audit_storage", json=True)

    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert [(fault["kind"], fault["row"]) for fault in told["faults"]] == [("missing-object", str(product.pk))]


def test_the_command_tells_it_as_a_table(mous, capsys):
    make.product(mous, "a.txt", content=b"a")

    call_command("audit_storage")

    assert "1 fine" in capsys.readouterr().out
