"""What is taken in may lie in a bucket: directories, tars and files are read there as they are from a disk."""

import contextlib
import io
import os
import tarfile

import pytest
from django.core.management import CommandError, call_command

from archive.errors import ArchiveError
from archive.models import MemberOUS
from archive.readers.refusals import TooLargeError, TruncatedTarError, UnsafeMemberError
from products import sources
from products.ingest import ingest_delivery, ingest_products
from products.journal import Staged
from products.models import IngestRun, Product
from products.sources import Bucket
from products.store import Store, open_store
from restores import ingests
from tests import deliveries, make
from tests.products.fits import written

pytestmark = pytest.mark.django_db
BUCKET = f"arrivals-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"  # tests beside this one have others
FORM = "uid___A001_X3621_X541"
CUBE = f"member.{FORM}.NGC1052_sci.spw25.cube.I.pbcor.fits"
CONT = f"member.{FORM}.NGC1052_sci.spw25_27.cont.I.pbcor.fits"


@pytest.fixture
def upload():
    """Puts files (name -> bytes) below a prefix of a bucket that is not the archive's, and returns its address."""
    with contextlib.suppress(Exception):  # a test before this one made it
        open_store()._s3.create_bucket(Bucket=BUCKET)
    doors, written_keys = Bucket(BUCKET), []

    def put(prefix, files):
        for name, content in files.items():
            doors.keep(f"{prefix}/{name}", content)
            written_keys.append(f"{prefix}/{name}")
        return f"s3://{BUCKET}/{prefix}"

    yield put
    for key in written_keys:
        doors.delete(key)


def package(tmp_path):
    return {path.name: path.read_bytes() for path in deliveries.write(tmp_path)}


def rows():
    columns = ("directory", "name", "version", "sha256", "crc32", "size", "role", "header", "blocks__crcs")
    return list(Product.objects.order_by("directory", "name").values_list(*columns))


def test_a_package_in_a_bucket_gives_what_the_same_tars_on_a_disk_give(upload, tmp_path):
    address = upload("one", package(tmp_path))

    (report,) = ingest_delivery([address])
    from_bucket = rows()

    assert report.state == "complete"
    assert IngestRun.objects.get().sources == [address]
    again = ingest_delivery(list(tmp_path.iterdir()))[0]
    assert (again.new, again.changed) == ([], [])
    assert rows() == from_bucket


def test_tars_may_be_named_one_by_one(upload, tmp_path):
    files = package(tmp_path)
    address = upload("single", files)

    ingest_delivery([f"{address}/{name}" for name in files])

    assert MemberOUS.objects.get().delivery_state == "complete"


def test_an_unpacked_tree_is_read_with_the_place_that_its_keys_say(upload, tmp_path):
    unpacked = {f"{deliveries.PREFIX}/{name}": content for name, content in deliveries.auxiliary().items()}
    upload("tree", unpacked)

    (report,) = ingest_delivery([f"s3://{BUCKET}/tree/{deliveries.PREFIX}/"])

    assert report.mous == deliveries.archive_form(deliveries.MOUS)
    assert f"member.{deliveries.MOUS}.session_2.caltables.tgz" in report.new


def test_single_images_come_from_a_bucket_and_each_is_fetched_once(upload, monkeypatch):
    make.mous()
    address = upload("images", {CUBE: written.image(), f"deeper/{CONT}": written.image(shape=(1, 1, 4, 5))})
    fetched, read = [], Bucket.read
    monkeypatch.setattr(Bucket, "read", lambda door, file, *span: fetched.append(file.name) or read(door, file, *span))

    (report,) = ingest_products([address])

    assert sorted(report.new) == sorted([CUBE, CONT])
    assert sorted(fetched) == sorted([CUBE, CONT])
    cube = Product.objects.get(name=CUBE)
    assert b"".join(open_store().stream(cube.key)) == written.image()
    assert cube.header["shape"] == [5, 4, 3, 1]


def test_what_was_stored_from_a_bucket_before_a_kill_is_not_fetched_again(upload, monkeypatch):
    make.mous()
    address = upload("killed", {CUBE: written.image(), CONT: written.image(shape=(1, 1, 4, 5))})
    with monkeypatch.context() as broken:
        broken.setattr("products.rows.write", lambda *args: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            ingest_products([address])
    assert Staged.objects.count() == 2
    monkeypatch.setattr(Bucket, "read", None)

    (report,) = ingest_products([address])

    assert sorted(report.new) == sorted([CUBE, CONT])


def test_an_object_that_is_written_again_while_it_is_read_refuses_its_mous(upload, monkeypatch):
    make.mous()
    address = upload("changing", {CUBE: written.image()})
    put = Store.put

    def changed_first(store, key, stream, **options):
        Bucket(BUCKET).keep(f"changing/{CUBE}", written.image(shape=(1, 3, 4, 5), OBJECT="other"))
        return put(store, key, stream, **options)

    monkeypatch.setattr(Store, "put", changed_first)

    with pytest.raises(sources.SourceChangedError, match="was written again"):
        ingest_products([address])
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["s3://no-such-bucket-here/x", f"s3://{BUCKET}/no-such-prefix", "s3://"],
    ids=["bucket", "prefix", "none"],
)
def test_what_is_not_there_is_named(upload, address):
    with pytest.raises(sources.NoSourceError, match="nothing at s3://"):
        ingest_products([address])
    assert IngestRun.objects.get().phase == "failed"


def test_a_bucket_that_we_may_not_read_is_named_with_what_to_do(upload, settings):
    address = upload("closed", {CUBE: written.image()})
    settings.S3 = settings.S3 | {"secret_access_key": "wrong"}

    with pytest.raises(CommandError, match=r"does not let us read s3://arrivals-.*right to list and read"):
        call_command("ingest_products", address)


def test_what_the_archive_has_stored_is_no_source(settings):
    make.product(make.mous(), CUBE, content=b"x")

    with pytest.raises(sources.NoSourceError):
        ingest_products([f"s3://{settings.S3['bucket']}/{Product.objects.get().key.partition('/')[0]}"])


def test_a_run_from_a_bucket_is_tried_again_by_a_worker(upload):
    address = upload("later", {CUBE: written.image()})
    with pytest.raises(CommandError, match="ingest_delivery"):
        call_command("ingest_products", address)
    make.mous()

    ingests.again(IngestRun.objects.get().pk)

    assert Product.objects.get().name == CUBE


def hostile(*members):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, kind, link in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            tar.addfile(info)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("member", "error"),
    [
        (("/etc/passwd", tarfile.REGTYPE, ""), UnsafeMemberError),
        (("a/../../x", tarfile.REGTYPE, ""), UnsafeMemberError),
        (("link", tarfile.SYMTYPE, "/etc/passwd"), UnsafeMemberError),
        (("link", tarfile.LNKTYPE, "a"), UnsafeMemberError),
        (("device", tarfile.BLKTYPE, ""), UnsafeMemberError),
        (("pipe", tarfile.FIFOTYPE, ""), UnsafeMemberError),
        (("/".join("abcdefghijklm"), tarfile.REGTYPE, ""), TooLargeError),
    ],
)
def test_a_hostile_tar_is_refused_whole_from_a_disk_and_from_a_bucket(upload, tmp_path, member, error):
    content = hostile((CUBE, tarfile.REGTYPE, ""), member)
    (tmp_path / "bad.tar").write_bytes(content)
    make.mous()

    for source in (tmp_path / "bad.tar", upload("hostile", {"bad.tar": content}) + "/bad.tar"):
        for command in (ingest_delivery, ingest_products):
            with pytest.raises(error, match=r"bad\.tar"):
                command([source])
    assert not Product.objects.exists()
    assert not Staged.objects.exists()


def test_more_members_than_allowed_and_a_tar_cut_short_are_refused_from_a_bucket(upload, settings):
    make.mous()
    whole = hostile((CUBE, tarfile.REGTYPE, ""), (CONT, tarfile.REGTYPE, ""))
    address = upload("caps", {"many.tar": whole, "cut.tar": whole[:1024]})
    with pytest.raises(TruncatedTarError):
        ingest_products([f"{address}/cut.tar"])
    settings.ARCHIVE_LIMITS = settings.ARCHIVE_LIMITS | {"members": 1}

    with pytest.raises(TooLargeError, match=r"many\.tar has more than 1 members"):
        ingest_products([f"{address}/many.tar"])


def test_a_key_that_leaves_its_directory_is_refused(monkeypatch):
    file = sources.StoredFile(BUCKET, f"x/../{CUBE}", 1, "e", make.NOW)
    monkeypatch.setattr(Bucket, "files", lambda door, prefix: iter([file]))

    with pytest.raises(UnsafeMemberError, match="leaves its directory"):
        ingest_products([f"s3://{BUCKET}/x/"])


def test_a_packed_file_that_unpacks_to_too_much_is_refused_from_a_bucket(upload, tmp_path):
    bomb = deliveries.tgz({"cont.dat": b"\0" * (300 * 2**20 // 8)})
    files = deliveries.auxiliary() | {f"calibration/member.{deliveries.MOUS}.hifa_calimage.auxproducts.tgz": bomb}
    tar = deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, files)
    address = upload("bomb", {tar.name: tar.read_bytes()})

    for source in (tar, f"{address}/{tar.name}"):
        with pytest.raises(ArchiveError, match="unpacks to more than"):
            ingest_delivery([source])
    assert not Product.objects.exists()
