"""Objects that lie in a bucket already become products where they are (docs/decisions/0023)."""

import contextlib
import hashlib
import io
import json
import os
import zlib

import numpy
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from archive.models import Finding, MemberOUS
from products import fixity, in_place, promised, quarantine, sending
from products.audit import Audit, Found, Kind
from products.index_check import objects
from products.ingest import ingest_delivery, ingest_products
from products.journal import Staged
from products.models import IngestRun, Product
from products.sources import Bucket
from products.store import Store, open_store
from restores.sweep import sweep
from tests import deliveries, make
from tests.products.fits import written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_bucket")]
FORM = "uid___A001_X3621_X541"
CUBE = f"member.{FORM}.NGC1052_sci.spw25.cube.I.pbcor.fits"
CONT = f"member.{FORM}.NGC1052_sci.spw25_27.cont.I.pbcor.fits"
FILES = {CUBE: written.image(OBJECT="NGC1052"), CONT: written.image(shape=(1, 1, 4, 5))}
OTHER_BUCKET = f"elsewhere-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def address(prefix="old"):
    return f"s3://{settings.S3['bucket']}/{prefix}"


@pytest.fixture
def lying():
    """Two images that somebody has put into the archive's bucket, of an indexed MOUS."""
    make.source(make.mous(), "NGC1052")
    for name, content in FILES.items():
        open_store().keep(f"old/{name}", content)
    return address()


@pytest.fixture
def elsewhere():
    """An image in another bucket of the same server."""
    with contextlib.suppress(Exception):  # a test before this one made it
        open_store()._s3.create_bucket(Bucket=OTHER_BUCKET)
    Bucket(OTHER_BUCKET).keep(f"new/{CUBE}", FILES[CUBE])
    return f"s3://{OTHER_BUCKET}/new"


@pytest.fixture
def no_puts(monkeypatch):
    monkeypatch.setattr(Store, "put", None)


@pytest.fixture
def sums(tmp_path):
    listing = tmp_path / "SHA256SUMS"
    listing.write_text("".join(f"{sha256(content)}  {name}\n" for name, content in FILES.items()))
    return listing


def test_an_object_in_our_bucket_is_named_where_it_lies_and_read_once(lying, no_puts, monkeypatch):
    fetched, read = [], Bucket.read
    monkeypatch.setattr(Bucket, "read", lambda door, file, *span: fetched.append(file.name) or read(door, file, *span))

    (report,) = ingest_products([lying], in_place=True)

    assert sorted(fetched) == sorted(report.new) == sorted(FILES)
    cube = Product.objects.get(name=CUBE)
    assert (cube.key, cube.sha256, cube.crc32) == (f"old/{CUBE}", sha256(FILES[CUBE]), zlib.crc32(FILES[CUBE]))
    assert cube.header["object"] == "NGC1052"
    assert len(cube.blocks.crcs) == 4
    assert cube.checked_at == cube.stored_at
    assert not Staged.objects.exists()


def test_twice_changes_nothing(lying, no_puts):
    ingest_products([lying], in_place=True)
    before = list(Product.objects.order_by("name").values())

    (report,) = ingest_products([lying], in_place=True)

    assert (report.new, report.changed, len(report.unchanged)) == ([], [], 2)
    assert list(Product.objects.order_by("name").values()) == before


def test_what_lies_in_another_bucket_is_copied_by_the_server_and_checked_first(lying, elsewhere, no_puts):
    ingest_products([elsewhere], in_place=True)

    cube = Product.objects.get(name=CUBE)
    assert cube.key.endswith(f"/product/{CUBE}")
    assert b"".join(open_store().stream(cube.key)) == FILES[CUBE]
    assert (cube.checked_at, bool(cube.header)) == (None, True)
    fixity.check(0)
    assert Product.objects.get(name=CUBE).checked_at


def test_a_large_object_is_copied_in_parts_and_is_whole_afterwards(lying, elsewhere, no_puts, monkeypatch):
    """As one request a server copies 5 GiB at most, and says nothing while it does."""
    monkeypatch.setattr(sending, "COPY_PART_BYTES", 5 * 2**20)  # the least that S3 takes
    values = numpy.arange(50 * 330 * 330, dtype="f4").reshape(1, 50, 330, 330)  # so that parts differ
    content = written.image(values, OBJECT="NGC1052")
    Bucket(OTHER_BUCKET).keep(f"large/{CUBE}", content)
    with sent(open_store()) as requests:
        ingest_products([f"s3://{OTHER_BUCKET}/large"], in_place=True)

    cube = Product.objects.get(name=CUBE)
    assert requests.count("UploadPartCopy") == -(-len(content) // (5 * 2**20)) == 5
    assert "CopyObject" not in requests
    assert (cube.size, cube.sha256) == (len(content), sha256(content))
    open_store().fetch(cube.key, None, sha256(content))
    fixity.check(0)
    assert Product.objects.get(name=CUBE).checked_at


@contextlib.contextmanager
def sent(doors):
    """The names of the requests that are sent meanwhile."""
    names = []

    def note(event_name, **_):
        names.append(event_name.rpartition(".")[2])

    doors._s3.meta.events.register("before-send.s3", note)
    try:
        yield names
    finally:
        doors._s3.meta.events.unregister("before-send.s3", note)


def test_the_sweep_and_the_audit_leave_alone_what_others_have_put_there(lying, settings):
    ours = open_store().put(open_store().new_key("left"), io.BytesIO(b"left")).key
    ingest_products([f"{lying}/{CUBE}"], in_place=True)
    settings.ORPHAN_GRACE_HOURS = -1
    found = Found()

    faults = list(Audit(repair=True).faults(found))
    swept = sweep()

    assert [(fault.kind, fault.key) for fault in faults] == [(Kind.ORPHAN, ours)]
    assert (found.counts[Kind.FINE], found.foreign) == (2, 1)  # with the sidecar of the MOUS
    assert swept.orphan_objects == 0
    assert {key for key, _, _ in open_store().listing("old/")} == {f"old/{name}" for name in FILES}


def test_an_object_in_place_that_has_expired_is_not_deleted(lying, settings):
    ingest_products([lying], in_place=True)
    Product.objects.update(expires_at=make.LONG_AGO)
    settings.ORPHAN_GRACE_HOURS = -1

    sweep()

    assert Product.objects.filter(withdrawn_at=None).count() == 0
    assert len(list(open_store().listing("old/"))) == 2


def test_an_object_that_was_overwritten_is_no_new_version(lying, no_puts):
    ingest_products([lying], in_place=True)
    open_store().keep(f"old/{CUBE}", written.image(shape=(1, 7, 4, 5)))

    with pytest.raises(in_place.OverwrittenError, match="other bytes than when it was registered"):
        ingest_products([lying], in_place=True)

    assert Product.objects.get(name=CUBE).version == 1


def test_a_new_version_under_a_key_of_its_own_leaves_the_old_one_where_it_is(lying, no_puts):
    ingest_products([lying], in_place=True)
    open_store().keep(f"new/{CUBE}", written.image(shape=(1, 7, 4, 5)))

    ingest_products([address("new")], in_place=True)

    rows = Product.objects.filter(name=CUBE).order_by("version")
    assert [(row.version, row.key) for row in rows] == [(1, f"old/{CUBE}"), (2, f"new/{CUBE}")]


def test_one_object_is_not_the_file_of_two_mous(lying, no_puts):
    other = make.mous("uid://A001/X3621/X600")
    open_store().keep("old/notes.fits", b"x")
    ingest_products([f"{lying}/notes.fits"], mous=make.MOUS, in_place=True)

    with pytest.raises(in_place.TakenKeyError, match=r"is that of notes\.fits of uid://A001/X3621/X541"):
        ingest_products([f"{lying}/notes.fits"], mous=other.uid, in_place=True)


def test_what_is_in_a_tar_is_stored_and_its_tar_is_left_alone(tmp_path):
    tar = deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, deliveries.auxiliary())
    open_store().keep(f"packages/{tar.name}", tar.read_bytes())

    ingest_delivery([address("packages")], in_place=True)

    assert Product.objects.count() == len(deliveries.auxiliary())
    assert not Product.objects.filter(key__startswith="packages/").exists()


def test_a_disk_is_no_place_to_stay(lying, tmp_path):
    (tmp_path / CUBE).write_bytes(b"x")

    with pytest.raises(in_place.NotInABucketError, match="does not lie in a bucket"):
        ingest_products([tmp_path], in_place=True)


def test_promised_objects_become_rows_without_a_byte_read(lying, sums, no_puts, monkeypatch):
    listing = promised.read(str(sums))
    monkeypatch.setattr(Bucket, "read", None)

    (report,) = ingest_products([lying], listing=listing)

    assert sorted(report.new) == sorted(FILES)
    cube = Product.objects.get(name=CUBE)
    assert (cube.key, cube.size, cube.sha256) == (f"old/{CUBE}", len(FILES[CUBE]), sha256(FILES[CUBE]))
    assert (cube.spws, cube.source.name, cube.checked_at, cube.crc32, cube.header) == ([25], "NGC1052", None, None, {})
    assert "unread" in cube.marks
    assert not hasattr(cube, "blocks")


def test_the_first_check_reads_them_before_all_else_and_fills_what_reading_tells(lying, sums):
    make.product(MemberOUS.objects.get(), "long-ago.txt", content=b"x", checked_at=make.LONG_AGO)
    ingest_products([lying], listing=promised.read(str(sums)))

    checked = fixity.check(len(FILES[CUBE]) + 1)

    assert (checked.objects, checked.bad) == (2, [])
    cube = Product.objects.get(name=CUBE)
    assert cube.header["object"] == "NGC1052"
    assert (cube.crc32, len(cube.blocks.crcs)) == (zlib.crc32(FILES[CUBE]), 4)
    assert cube.checked_at
    assert "unread" not in cube.marks
    assert Product.objects.filter(checked_at=None).count() == 0


def test_bytes_that_are_not_the_promised_ones_are_quarantined(lying, sums):
    open_store().keep(f"old/{CUBE}", FILES[CUBE][:-1] + b"x")
    ingest_products([lying], listing=promised.read(str(sums)))

    checked = fixity.check(10**9)

    assert [code for _, code, _ in checked.bad] == [quarantine.DIGEST]
    cube = Product.objects.get(name=CUBE)
    assert "not those that were promised: another SHA-256" in cube.quarantine_reason
    assert (cube.checked_at, cube.header) == (None, {})


def test_a_promised_image_that_is_damaged_is_quarantined_when_it_is_read(lying, tmp_path):
    broken = FILES[CUBE][:3000]
    open_store().keep(f"old/{CUBE}", broken)
    (tmp_path / "sums").write_text(f"{sha256(broken)}  {CUBE}\n")
    ingest_products([lying], listing=promised.read(tmp_path / "sums"))

    checked = fixity.check(10**9)

    assert [code for _, code, _ in checked.bad] == [quarantine.DAMAGED]
    assert Product.objects.get(name=CUBE).quarantined_at
    assert Finding.objects.get(code=quarantine.DAMAGED)


def test_reading_them_later_by_the_same_command_fills_them_too(lying, sums, no_puts):
    ingest_products([lying], listing=promised.read(str(sums)))

    (report,) = ingest_products([lying], in_place=True)

    assert sorted(report.unchanged) == sorted(FILES)
    cube = Product.objects.get(name=CUBE)
    assert cube.header["object"] == "NGC1052"
    assert "unread" not in cube.marks
    assert cube.checked_at
    assert len(cube.blocks.crcs) == 4


def test_registering_twice_changes_nothing_also_after_they_were_read(lying, sums):
    listing = promised.read(str(sums))
    ingest_products([lying], listing=listing)
    fixity.check(10**9)
    before = list(Product.objects.order_by("name").values())

    (report,) = ingest_products([lying], listing=listing)

    assert sorted(report.unchanged) == sorted(FILES)
    assert list(Product.objects.order_by("name").values()) == before


def test_a_listing_in_json_brings_sizes_and_other_checksums(lying, tmp_path):
    lines = [
        {"name": name, "size": len(content), "sha256": sha256(content), "crc32": f"{zlib.crc32(content):08x}",
         "md5": hashlib.md5(content, usedforsecurity=False).hexdigest()}
        for name, content in FILES.items()
    ]  # fmt: skip
    open_store().keep("old/listing.json", json.dumps(lines).encode())

    ingest_products([lying], listing=promised.read(f"{lying}/listing.json"))

    cube = Product.objects.get(name=CUBE)
    assert cube.crc32 == zlib.crc32(FILES[CUBE])
    assert cube.md5 == hashlib.md5(FILES[CUBE], usedforsecurity=False).hexdigest()
    assert Product.objects.count() == 2
    assert fixity.check(10**9).bad == []


def test_what_is_promised_and_not_there_refuses_all(lying, sums, tmp_path):
    more = tmp_path / "more"
    more.write_text(sums.read_text() + f"{'0' * 64}  absent.fits\n")

    with pytest.raises(promised.PromisedAbsentError, match=r"absent\.fits \(absent\)"):
        ingest_products([lying], listing=promised.read(more))
    assert not Product.objects.exists()

    sized = tmp_path / "sized.json"
    sized.write_text("\n".join(json.dumps({"name": CUBE, "sha256": "0" * 64, "size": 7}) for _ in range(2)))
    with pytest.raises(promised.PromisedAbsentError, match="bytes"):
        ingest_products([lying], listing=promised.read(sized))


@pytest.mark.parametrize("told", ["", "not a listing", '[{"name": "a"}]', '[{"name": "a", "sha256": "xyz"}]', "[",
                                  '[{"name": "a", "sha256": "' + "0" * 64 + '", "crc32": -1}]'])  # fmt: skip
def test_what_is_no_listing_is_refused(tmp_path, told):
    (tmp_path / "listing").write_text(told)

    with pytest.raises(promised.BadListingError, match="no listing of checksums"):
        promised.read(tmp_path / "listing")


def test_the_command_registers_and_a_worker_can_try_it_again(lying, elsewhere, sums, capsys):
    call_command("ingest_products", lying, "--index-only", str(sums), "--no-letters")

    assert f"{make.MOUS}: 2 new, 0 changed, 0 unchanged" in capsys.readouterr().out
    assert IngestRun.objects.get().options["index_only"] == str(sums)
    with pytest.raises(CommandError, match="does not lie in the archive's own bucket"):
        call_command("ingest_products", elsewhere, "--index-only", str(sums))


def test_the_check_of_the_index_counts_what_others_have_put_there_for_nothing(lying, settings):
    settings.ORPHAN_GRACE_HOURS = -100
    open_store().put(open_store().new_key("left"), io.BytesIO(b"left"))

    (fault,) = objects.check_all(timezone.now())

    assert (fault.code, "holds 1 objects" in fault.sentence) == ("object-without-row", True)


def test_one_that_is_released_before_it_was_right_once_is_read_first_again(lying, sums):
    open_store().keep(f"old/{CUBE}", b"x" * len(FILES[CUBE]))
    ingest_products([lying], listing=promised.read(str(sums)))
    fixity.check(10**9)
    open_store().keep(f"old/{CUBE}", FILES[CUBE])

    quarantine.release(Product.objects.get(name=CUBE), reason="uploaded again", now=timezone.now())
    fixity.check(0)

    assert Product.objects.get(name=CUBE).header["object"] == "NGC1052"
