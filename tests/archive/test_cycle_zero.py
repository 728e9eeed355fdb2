"""Cycle 0: a package that names a day and no MOUS becomes one MOUS, with ObsCore or without, whichever came first."""

import shutil
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from archive import cycle_zero, delivered_rows, find
from archive.consistency import ContradictionError, PlacelessDeliveryError
from archive.models import (
    NEVER,
    AnnouncedBlock,
    ExecutionBlock,
    Finding,
    GroupOUS,
    MemberOUS,
    Observation,
    QAState,
    Tally,
)
from archive.readers.tree_prefix import ContradictionError as MixedError
from products.ingest import ingest_delivery
from products.models import IngestRun, Product
from tests import deliveries, make, observations
from tests.deliveries import CYCLE_0, CYCLE_0_BLOCKS, CYCLE_0_PROJECT, archive_form

pytestmark = pytest.mark.django_db(transaction=True)
UID, GROUP = "uid://A002/X477d13/X1f", "uid://A002/X477d13/X1e"
BLOCKS = [archive_form(block) for block in CYCLE_0_BLOCKS]
RELEASED = datetime(2013, 12, 6, 10, tzinfo=UTC)


@pytest.fixture
def package(tmp_path):
    return deliveries.write_cycle_0(tmp_path)


def announce(uid=UID, blocks=BLOCKS, *, code=CYCLE_0_PROJECT, group=GROUP):
    """As a load of ObsCore does: a MOUS without files, and of one data set a row for each of its execution blocks."""
    project = make.project(code)
    gous, _ = GroupOUS.objects.get_or_create(uid=group or uid, defaults={"project": project})
    mous = MemberOUS.objects.create(
        uid=uid, gous=gous, stated_release_at=RELEASED, release_at=RELEASED, release_origin="ALMA", qa2_state="PASS"
    )
    for block in blocks:
        observations.observation(mous, "TW Hya", at=(165.466, -34.7047), block=block)
    AnnouncedBlock.objects.filter(uid__in=blocks).update(mous=mous)
    return mous


def all_there_is():
    """What of the MOUS must not depend on what came first."""
    mous = MemberOUS.objects.get()
    rows = Observation.objects.order_by("block__uid")
    return {
        "mous": (mous.uid, mous.name, mous.gous.uid, mous.project.code, mous.release_at, mous.qa2_state),
        "state": mous.delivery_state,
        "rows": list(rows.values_list("mous__uid", "gous__uid", "block__uid", "qa2", "calibration", "release_at")),
        "blocks": sorted(mous.ebs.values_list("uid", "used")),
        "announced": sorted(mous.announced_blocks.values_list("uid", flat=True)),
        "groups": list(GroupOUS.objects.values_list("uid", flat=True)),
        "files": sorted(mous.products.values_list("directory", "name", "version")),
    }


def test_without_obscore_it_is_called_as_alma_calls_the_delivery(package):
    (report,) = ingest_delivery(package)

    mous = MemberOUS.objects.get()
    assert (report.mous, mous.uid, mous.name, mous.project.code) == (CYCLE_0, CYCLE_0, CYCLE_0, CYCLE_0_PROJECT)
    assert mous.delivery_state == "complete"
    assert sorted(mous.ebs.values_list("uid", "used")) == [(block, True) for block in BLOCKS]
    assert (mous.calibration.kind, mous.release_at, report.findings[1:]) == ("manual", NEVER, [])
    assert find.mous(CYCLE_0.lower(), AnonymousUser(), make.NOW) == mous
    assert find.search(CYCLE_0, AnonymousUser(), make.NOW).exact == mous


def test_a_measurement_set_is_one_product_and_a_plain_file_stays_one(package):
    ingest_delivery(package)

    names = dict(Product.objects.filter(directory="calibrated").values_list("name", "role"))
    assert names == {f"{block}.ms.split.cal.tar": "measurement_set" for block in CYCLE_0_BLOCKS}
    assert set(Product.objects.filter(directory="product").values_list("name", flat=True)) == {
        "TWHya.continuum.fits", "TWHya.H2D+.mask.tar"
    }  # fmt: skip
    assert Product.objects.filter(directory="calibration").count() == 6
    assert Product.objects.get(directory="", name="README").role == "readme"
    assert Product.objects.get(name=f"{CYCLE_0_BLOCKS[0]}.ms.split.cal.tar").eb.uid == BLOCKS[0]


def test_a_directory_gives_the_bytes_that_the_tars_give(package, tmp_path):
    ingest_delivery(package)
    before = sorted(Product.objects.values_list("directory", "name", "sha256"))

    (report,) = ingest_delivery([deliveries.unpack_cycle_0(tmp_path / "unpacked")])

    assert (report.new, report.changed, report.state) == ([], [], "complete")
    assert sorted(Product.objects.values_list("directory", "name", "sha256")) == before


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 0, 2)])
def test_parts_one_by_one_give_what_all_at_once_give(package, order):
    """The files of one MeasurementSet lie in several parts; none is lost on the way."""
    states = [ingest_delivery([package[number]])[0].state for number in order]
    held = dict(Product.objects.filter(superseded_at=None).values_list("name", "sha256"))

    (report,) = ingest_delivery(package)

    assert states == ["partial", "partial", "partial", "complete"]
    assert (report.new, report.changed) == ([], [])
    assert dict(Product.objects.filter(superseded_at=None).values_list("name", "sha256")) == held
    assert MemberOUS.objects.count() == 1


def test_twice_changes_nothing(package):
    ingest_delivery(package)
    before = list(Product.objects.order_by("pk").values())

    (report,) = ingest_delivery(package)

    assert (report.new, report.changed, report.stored_bytes) == ([], [], 0)
    assert list(Product.objects.order_by("pk").values()) == before
    assert not Finding.objects.exclude(code="no-facts").exists()


def test_it_makes_no_difference_whether_obscore_came_before_or_after(package):
    announce()
    ingest_delivery(package)
    first = all_there_is()
    for model in (Product, IngestRun, ExecutionBlock, Observation, AnnouncedBlock):
        model.objects.all().delete()
    MemberOUS.objects.get().calibrations.all().delete()
    MemberOUS.objects.all().delete()
    GroupOUS.objects.all().delete()

    ingest_delivery(package)
    announce()
    delivered_rows.refresh_covered(None)
    adopted = cycle_zero.adopt()

    assert [mous.uid for mous in adopted] == [UID]
    assert all_there_is() == first
    assert first["mous"] == (UID, "uid___A002_X477d13_X1f", GROUP, CYCLE_0_PROJECT, RELEASED, "PASS")
    assert first["rows"] == [(UID, GROUP, block, 1, 2, RELEASED) for block in BLOCKS]
    assert first["groups"] == [GROUP]
    assert cycle_zero.adopt() == []
    assert list(Tally.objects.values_list("mous__uid", "gous__uid", "rows")) == [(UID, GROUP, 3)]


def test_the_three_rows_of_obscore_are_one_mous_in_the_search(package, client):
    announce()
    ingest_delivery(package)
    MemberOUS.objects.update(release_at=make.LONG_AGO)

    page = client.get("/search/", {"target": "TWHya"}).content.decode()

    assert page.count('href="/mous/uid___A002_X477d13_X1f/"') == 1
    assert Observation.objects.count() == 3


def test_the_id_of_the_delivery_still_leads_to_it_when_it_has_a_uid(package):
    announce()
    ingest_delivery(package)

    mous = MemberOUS.objects.get(uid=UID)
    assert find.mous(CYCLE_0, AnonymousUser(), make.NOW) == mous
    assert find.search(CYCLE_0, AnonymousUser(), make.NOW).exact == mous


def test_a_part_that_names_no_block_finds_its_mous_after_obscore_gave_it_a_uid(package, tmp_path):
    announce()
    ingest_delivery(package)

    (tmp_path / "late").mkdir()
    late = deliveries.write_cycle_0(tmp_path / "late", parts=1, files={"product/TWHya.N2H+.fits": b"late"})
    (report,) = ingest_delivery(late)

    assert (report.mous, report.new) == (UID, ["TWHya.N2H+.fits"])


def test_what_staff_decided_and_the_log_survive_the_adoption(package):
    ingest_delivery(package)
    mous = MemberOUS.objects.get()
    MemberOUS.objects.filter(pk=mous.pk).update(qa2_state=QAState.SEMIPASS, release_at=make.NOW, release_origin="staff")
    announce()

    cycle_zero.adopt()

    mous.refresh_from_db()
    assert (mous.uid, mous.qa2_state, mous.release_at) == (UID, "SEMIPASS", make.NOW)
    assert set(Observation.objects.values_list("mous", "qa2", "release_at")) == {(mous.pk, 2, make.NOW)}


def test_blocks_that_obscore_gives_to_two_mous_or_to_another_project_stay_apart(package):
    ingest_delivery(package)
    announce(blocks=BLOCKS[:1], code="2011.0.00101.S")

    assert cycle_zero.adopt() == []

    finding = Finding.objects.get(code="announced-elsewhere", settled_at=None)
    assert finding.sentence.endswith(f"to {UID} of 2011.0.00101.S.")
    assert MemberOUS.objects.count() == 2


def test_an_announced_mous_that_something_points_to_stays_and_staff_are_told(package):
    ingest_delivery(package)
    announced = announce()
    make.delegation(announced.project, make.user("guest"), by=make.user("pi"), mous=announced)

    assert cycle_zero.adopt() == []

    assert Finding.objects.get(code="announced-and-used").mous.uid == CYCLE_0
    assert Observation.objects.filter(mous=announced.pk).count() == 3


def test_execution_blocks_of_two_announced_mous_are_refused(package):
    announce(blocks=BLOCKS[:1])
    announce("uid://A002/X477d13/X2f", BLOCKS[1:])

    with pytest.raises(ContradictionError, match="execution blocks of uid://A002/X477d13/X1f and uid"):
        ingest_delivery(package)
    assert not Product.objects.exists()


def test_a_mous_of_another_project_is_refused(package):
    announce(code="2011.0.00101.S")

    with pytest.raises(ContradictionError, match=r"is indexed in 2011\.0\.00101\.S"):
        ingest_delivery(package)


def test_a_tar_of_another_day_inside_the_tree_is_refused(tmp_path):
    mixed = deliveries.write_cycle_0(tmp_path, parts=1, name=f"{CYCLE_0_PROJECT}_2012-08-16")

    with pytest.raises(MixedError, match="delivery date"):
        ingest_delivery(mixed)


def test_the_same_data_delivered_on_another_day_are_refused(package, tmp_path):
    ingest_delivery(package)
    (tmp_path / "other").mkdir()
    other = {
        "name": f"{CYCLE_0_PROJECT}_2013-01-05",
        "prefix": deliveries.CYCLE_0_PREFIX.replace("2012-12-05", "2013-01-05"),
    }

    with pytest.raises(ContradictionError, match=f"delivered as {CYCLE_0}"):
        ingest_delivery(deliveries.write_cycle_0(tmp_path / "other", **other))


def test_a_modern_tree_in_a_tar_of_cycle_0_is_refused(tmp_path):
    mixed = deliveries.write_cycle_0(tmp_path, parts=1, prefix=f"{CYCLE_0_PROJECT}/member.{deliveries.MOUS}")

    with pytest.raises(ContradictionError, match="a day of Cycle 0, 2012-12-05"):
        ingest_delivery(mixed)


def test_a_bare_member_directory_needs_blocks_that_are_known(tmp_path):
    member = deliveries.unpack_cycle_0(tmp_path) / "sg_ouss_id/group_ouss_id/member_ouss_2012-12-05_id"
    shutil.move(member, tmp_path / member.name)

    with pytest.raises(PlacelessDeliveryError, match="to which project"):
        ingest_delivery([tmp_path / member.name])

    announce()
    (report,) = ingest_delivery([tmp_path / member.name])
    assert report.mous == UID
