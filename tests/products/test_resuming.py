"""An ingestion that was killed goes on where it was, several files at a time, and its run says what came of it."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from archive import ingest as archive_ingest
from archive.errors import ArchiveError, TransientError
from archive.models import MemberOUS
from products import runs
from products.ingest import ingest_delivery
from products.journal import Staged
from products.models import IngestRun, Product
from products.store import Store, SweptError, open_store
from restores.sweep import sweep
from tests import deliveries

# A sweep would take the objects of tests that run beside this one.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_bucket")]
MOUS = deliveries.archive_form(deliveries.MOUS)
CALTABLES = f"member.{deliveries.MOUS}.session_2.caltables.tgz"


@pytest.fixture
def package(tmp_path):
    return deliveries.write(tmp_path)


@pytest.fixture
def puts(monkeypatch):
    """The keys written to the store, by the real store."""
    written, put = [], Store.put

    def counted(store, key, *args, **kwargs):
        written.append(key)
        return put(store, key, *args, **kwargs)

    monkeypatch.setattr(Store, "put", counted)
    return written


@pytest.fixture
def killed(package, monkeypatch, puts):
    """A package of which everything is stored, by an ingestion that died before anything was indexed."""

    def die(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(archive_ingest, "record_calibration", die)
        with pytest.raises(SystemExit):
            ingest_delivery(package)
    return package


def test_what_a_killed_ingestion_has_stored_is_not_stored_again(killed, puts):
    before = len(puts)
    staged = dict(Staged.objects.values_list("key", "sha256"))
    assert len(staged) == before > 15
    assert not Product.objects.exists()

    ingest_delivery(killed)

    assert len(puts) == before
    assert dict(Product.objects.values_list("key", "sha256")) == staged
    assert not Staged.objects.exists()


def test_what_comes_of_a_resumed_ingestion_is_what_an_undisturbed_one_makes(killed, package):
    ingest_delivery(killed)
    fields = ("directory", "name", "version", "sha256", "crc32", "size", "role", "header", "marks", "blocks__crcs")
    resumed = list(Product.objects.order_by("directory", "name").values_list(*fields))
    Product.objects.all().delete()

    ingest_delivery(package)

    assert list(Product.objects.order_by("directory", "name").values_list(*fields)) == resumed


def test_a_file_that_changed_since_it_was_stored_is_stored_anew(killed, puts):
    before = len(puts)
    images = {name: body.replace(b"image", b"IMAGE") for name, body in deliveries.products().items()}
    deliveries.tar(killed[0].parent / deliveries.PRODUCTS_TAR, images)

    ingest_delivery(killed)

    assert len(puts) == before + len(images)
    cube = Product.objects.get(name__endswith=".pbcor.fits")
    assert cube.sha256 == hashlib.sha256(b"IMAGE").hexdigest()


def age_all_objects(monkeypatch):
    later = timezone.now() + timedelta(days=2)
    monkeypatch.setattr("restores.sweep.timezone.now", lambda: later)


def test_the_sweep_leaves_alone_what_an_ingestion_waits_for(killed, monkeypatch):
    keys = list(Staged.objects.values_list("key", flat=True))
    age_all_objects(monkeypatch)

    sweep()

    assert all(open_store().size(key) for key in keys)
    assert ingest_delivery(killed)


def test_what_nobody_came_back_for_is_swept_and_stored_again_when_somebody_does(killed, monkeypatch, puts):
    before = len(puts)
    keys = list(Staged.objects.values_list("key", flat=True))
    Staged.objects.update(staged_at=timezone.now() - timedelta(days=30))
    with monkeypatch.context() as aged:
        age_all_objects(aged)
        sweep()
    assert not Staged.objects.exists()
    here = {key for key, _, _ in open_store().listing()}
    assert not here & set(keys)

    ingest_delivery(killed)

    assert len(puts) == 2 * before


def test_what_the_sweep_gave_up_while_it_was_waited_for_refuses_the_delivery(package, monkeypatch):
    index = archive_ingest.index

    def given_up(*args, **kwargs):
        Staged.objects.filter(name=CALTABLES).delete()
        return index(*args, **kwargs)

    monkeypatch.setattr(archive_ingest, "index", given_up)
    with pytest.raises(SweptError):
        ingest_delivery(package)

    assert not Product.objects.exists()


def test_when_one_file_cannot_be_stored_the_others_stay_for_the_next_time(package, monkeypatch, puts):
    put = Store.put

    def fails(store, key, *args, **kwargs):
        if key.endswith(CALTABLES):
            raise TransientError("The object store refused.")
        return put(store, key, *args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr(Store, "put", fails)
        with pytest.raises(TransientError):
            ingest_delivery(package, workers=4)
    assert not Product.objects.exists()
    kept = set(Staged.objects.values_list("key", flat=True))

    ingest_delivery(package)

    assert kept < set(Product.objects.values_list("key", flat=True))


@pytest.mark.parametrize("workers", [1, 7])
def test_however_many_workers_there_are_the_rows_are_the_same(package, workers):
    ingest_delivery(package, workers=workers)

    for product in Product.objects.select_related("blocks"):
        content = b"".join(open_store().stream(product.key))
        assert hashlib.sha256(content).hexdigest() == product.sha256
        assert len(product.blocks.crcs) == 4 * -(-product.size // 2**20)


def test_md5_is_computed_where_it_is_asked_for(package):
    ingest_delivery(package, md5=True)

    caltables = Product.objects.get(name=CALTABLES)
    assert caltables.md5 == hashlib.md5(b"caltables of session_2", usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("listing", "line"),
    [
        ("md5sum.txt", f"{'0' * 32}  calibration/{CALTABLES}"),
        ("SHA256SUMS", f"{'0' * 64} *./calibration/{CALTABLES}"),
        (f"{CALTABLES}.sha256", "0" * 64),
    ],
)
def test_a_file_that_is_not_what_its_delivery_promises_is_quarantined_and_the_rest_goes_in(package, listing, line):
    files = deliveries.auxiliary() | {f"calibration/{listing}": f"{line}\n".encode()}
    deliveries.tar(package[0].parent / deliveries.AUXILIARY_TAR, files)

    (report,) = ingest_delivery(package)

    bad = Product.objects.get(name=CALTABLES)
    assert bad.quarantined_at
    assert listing in bad.quarantine_reason
    assert f"calibration/{CALTABLES}" in report.quarantined
    assert Product.objects.count() == len(report.new)
    assert not Product.objects.exclude(quarantined_at=None).filter(directory="script").exists()


def test_a_delivery_that_keeps_its_promises_is_not_quarantined(package):
    digest = hashlib.md5(b"caltables of session_2", usedforsecurity=False).hexdigest()
    files = deliveries.auxiliary() | {"calibration/md5sum.txt": f"{digest}  {CALTABLES}\n".encode()}
    deliveries.tar(package[0].parent / deliveries.AUXILIARY_TAR, files)

    (report,) = ingest_delivery(package)

    assert f"calibration/{CALTABLES}" not in report.quarantined
    assert Product.objects.get(name=CALTABLES).md5 == digest


def test_each_package_has_a_run_that_says_what_came_of_it(package):
    ingest_delivery(package, by="olga", said={"verify": False})

    run = IngestRun.objects.get()
    assert (run.phase, run.command, run.started_by, run.mous.uid) == ("done", "ingest_delivery", "olga", MOUS)
    assert run.sources == [str(path) for path in package]
    assert run.report["counts"]["new"] == Product.objects.filter(run=run).count() > 15
    assert run.bytes_done == run.bytes_total > 0


def test_a_refused_package_has_a_run_that_says_why(package):
    package[0].write_bytes(b"no tar")

    with pytest.raises(ArchiveError) as refusal:
        ingest_delivery(package)

    run = IngestRun.objects.get()
    assert run.phase == "failed"
    assert run.reason == f"{refusal.value} {refusal.value.remedy}"
    assert not MemberOUS.objects.exists()


def test_a_run_that_has_not_been_heard_of_for_long_has_died():
    run = IngestRun.objects.create(command="ingest_delivery")
    assert runs.state(run, timezone.now()) == "running"

    assert runs.state(run, timezone.now() + timedelta(minutes=6)) == "died"


def test_a_package_with_more_than_the_setting_allows_is_refused(package, settings):
    settings.ARCHIVE_LIMITS = settings.ARCHIVE_LIMITS | {"members": 3}

    with pytest.raises(ArchiveError, match="more than 3"):
        ingest_delivery(package)

    assert not Product.objects.exists()
