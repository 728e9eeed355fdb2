"""An index that was lost is made again from the store alone, row by row as it was."""

import gzip

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection

from archive.models import Delegation, ExecutionBlock, GroupOUS, MemberOUS, Observation, Project, Source
from products import sidecars
from products.ingest import ingest_delivery
from products.models import Blocks, CubeSlot, IngestRun, Preview, Previewing, Product, ProductChange
from products.rebuild import rebuild
from products.store import open_store
from tests import deliveries, make
from tests.conftest import NEVER_EMPTIED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_bucket")]
TABLES = [model._meta.db_table for model, _ in sidecars.KEPT]


def contents(*tables):
    """Every row of the tables, as the database has it, by table."""
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY to_jsonb(t)::text")
            found[table] = [row for (row,) in cursor.fetchall()]
        return found


def drop_products():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE products_productchange DISABLE TRIGGER is_never_emptied")
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}, products_sidecar CASCADE")


@pytest.fixture
def archive(tmp_path):
    """A delivery with all that can become of its files, and a second MOUS with a cube in its slot."""
    ingest_delivery(deliveries.write(tmp_path))
    lyra, pi = make.user("lyra"), make.user("pi")
    rows = Product.objects.order_by("name")
    old, new, bad, back = rows[0], rows[1], rows[2], rows[3]
    Product.objects.filter(pk=old.pk).update(superseded_at=make.NOW, superseded_by=new, marks=["unrecognised"])
    Product.objects.filter(pk=bad.pk).update(quarantined_at=make.NOW, quarantine_reason="its SHA-256 is another one.")
    Product.objects.filter(pk=back.pk).update(withdrawn_at=make.NOW, withdrawn_reason="ü", withdrawn_by=lyra)
    mous = make.restorable_mous("uid://A001/X7/X8", code="2023.1.00999.S", pi=pi)
    source, block = mous.sources.first(), mous.ebs.first()
    seen = {"header": {"data_offset": 2880}}  # which makes its previews due
    cube = make.product(mous, "a.fits", "image", source=source, eb=block, origin="imaged", request_id=old.pk, **seen)
    Previewing.objects.filter(product=cube).update(made_at=make.NOW, tries=1)
    Preview.objects.create(product=cube, kind="peak", name="peak.png", key="peak", size=1, sha256="a" * 64,
                           media_type="image/png")  # fmt: skip
    make.product(mous, "due.fits", "image", **seen)
    make.product(mous, "a.pb.fits", "image", companion_of=cube, header={"beam": {"major_arcsec": 0.1}})
    next_ = {"next_request_id": new.pk, "next_holder": pi, "next_at": make.NOW, "next_reason": "a finer grid"}
    CubeSlot.objects.create(mous=mous, source=source, request_id=old.pk, holder=lyra, product=cube, **next_)
    first = make.product(mous, "b.fits", "image", origin="imaged", request_id=bad.pk, superseded_by=cube,
                         superseded_at=make.NOW, withdrawn_at=make.NOW, removed_at=make.NOW)  # fmt: skip
    ProductChange.objects.create(product=first, what="superseded", by=pi, holder=lyra, reason="a finer grid")
    ProductChange.objects.create(product=first, what="removed")
    Blocks.objects.create(product=cube, block_bytes=2**20, crcs=bytes(range(256)))
    run = IngestRun.objects.create(command="ingest_delivery", mous=mous, mous_uid=mous.uid, sources=["/a"])
    IngestRun.objects.filter(pk=run.pk).update(phase="done", ended_at=make.NOW, report={"new": ["a"]})
    Product.objects.filter(pk=cube.pk).update(run=run)
    sidecars.flush_due()
    return mous


def test_dropped_product_tables_come_back_row_by_row(archive):
    before = contents(*TABLES)
    assert all(before.values())

    drop_products()
    done = rebuild()

    assert contents(*TABLES) == before
    assert (done.rows, len(done.mous), done.refused) == (sum(map(len, before.values())), 2, [])


def test_the_store_tells_of_every_table_that_hangs_on_products():
    hanging = {field.related_model for field in Product._meta.get_fields(include_hidden=True) if field.auto_created}

    assert hanging >= {ProductChange, CubeSlot, Blocks}
    assert hanging <= {model for model, _ in sidecars.KEPT}


def test_the_next_row_gets_a_number_of_its_own(archive):
    drop_products()
    rebuild()

    source = Source.objects.exclude(cube_slots__isnull=False).first()
    made = CubeSlot.objects.create(
        mous=source.mous, source=source, request_id=Product.objects.last().pk, holder=make.user("pi")
    )
    assert CubeSlot.objects.count() == 2
    assert made.pk > 1


def test_what_is_there_is_left_as_it_is_and_twice_changes_nothing(archive):
    Product.objects.filter(mous=archive).update(comment="newer than what the store tells")
    before = contents(*TABLES)

    done = rebuild()

    assert contents(*TABLES) == before
    assert (done.mous, len(done.left)) == ([], 2)


def lose_everything():
    """But the store."""
    drop_products()
    Observation.objects.all().delete()
    with connection.cursor() as cursor:
        for table in NEVER_EMPTIED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER is_never_emptied")
        cursor.execute("TRUNCATE archive_project, archive_almaaccount, auth_user CASCADE")


def test_a_lost_database_comes_back_no_more_open_than_it_was(archive):
    Project.objects.filter(pk=archive.project.pk).update(confidential=True)
    make.delegation(archive.project, get_user_model().objects.get(username="lyra"), by=make.user("pi"))
    sidecars.flush_due()
    releases = set(MemberOUS.objects.values_list("uid", "release_at", "qa2_state", "gous__uid"))
    blocks, sources = (
        set(model.objects.values_list(name)) for model, name in ((ExecutionBlock, "uid"), (Source, "key"))
    )
    products = set(
        Product.objects.values_list("id", "key", "sha256", "source__key", "eb__uid", "withdrawn_by__username")
    )

    lose_everything()
    rebuild()

    assert set(MemberOUS.objects.values_list("uid", "release_at", "qa2_state", "gous__uid")) == releases
    assert set(ExecutionBlock.objects.values_list("uid")) == blocks
    assert set(Source.objects.values_list("key")) == sources
    assert products == set(
        Product.objects.values_list("id", "key", "sha256", "source__key", "eb__uid", "withdrawn_by__username")
    )
    project = Project.objects.get(code="2023.1.00999.S")
    assert project.confidential
    assert project.pi is not None
    assert GroupOUS.objects.count() == 2
    lyra = get_user_model().objects.get(username="lyra")
    assert not lyra.is_active
    assert not lyra.has_usable_password()
    assert not Delegation.objects.exists()


def test_a_sidecar_that_tells_of_anothers_files_is_told_and_stops_no_other(archive):
    told = sidecars.read(sidecars.key_of(archive.uid))
    told["about"]["mous"]["uid"] = "uid://A001/X7/X9"
    open_store().keep(sidecars.key_of("uid://A001/X7/X9"), gzip.compress(orjson.dumps(told)))

    drop_products()
    done = rebuild()

    assert ([one.code for one in done.refused], len(done.mous)) == (["contradictory-sidecar"], 2)


def test_a_damaged_sidecar_is_told_and_stops_no_other(archive, capsys):
    drop_products()
    open_store().keep(sidecars.key_of(archive.uid), b"no gzip")

    with pytest.raises(CommandError, match="1 were not made again"):
        call_command("rebuild_index", from_store=True)

    told = capsys.readouterr()
    assert "1 MOUSs with" in told.out
    assert sidecars.key_of(archive.uid) in told.err
    assert not Product.objects.filter(mous=archive).exists()
