"""Each damage that can be done to a sound archive is told by its own code, and a sound archive by none."""

import io
import json
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from altiplano.stack import layout
from archive import findings, tallies
from archive.errors import TransientError
from archive.index_check.faults import CODES
from archive.models import CalibrationDelivery, ExecutionBlock, Finding, MemberOUS, Observation
from products import sidecars
from products.index_check import Found, Scope, look
from products.ingest import ingest_delivery
from products.models import Product, Sidecar, Staged
from products.store import Store, open_store
from tests import deliveries, make, observations

pytestmark = pytest.mark.django_db
MOUS = deliveries.archive_form(deliveries.MOUS)
FIRST, SECOND = (deliveries.archive_form(name) for name in (deliveries.FIRST, deliveries.SECOND))
ANNOUNCED = "uid://A001/X1/X1"
CALAPPLY = f"{deliveries.FIRST}.ms.calapply.txt"


@pytest.fixture
def mous(tmp_path):
    """A MOUS as it was delivered and as ObsCore has it, beside one that ObsCore alone has."""
    ingest_delivery(deliveries.write(tmp_path))
    made = MemberOUS.objects.get(uid=MOUS)
    observations.observation(made, "HL Tau", block=FIRST)
    announced = make.mous(ANNOUNCED, delivery_state=MemberOUS.Delivery.ANNOUNCED)
    observations.observation(announced, block="uid://A002/X7/X8")
    return made


def seen(*, later=timedelta(0), **scope):
    found = Found()
    found.began += later
    return {(fault.code, fault.subject) for fault in look(Scope(**scope), found)}


def file(name):
    return Product.objects.get(name=name)


def raw(block):
    return file(deliveries.raw_tar(block))


def test_in_a_sound_archive_nothing_is_wrong(mous):
    assert seen() == set()
    assert not Finding.objects.filter(code__in=CODES).exists()


def test_a_simulated_delivery_is_sound(small_delivery):
    ingest_delivery(sorted(small_delivery.glob("**/*.tar")))

    assert seen() == set()


def test_a_package_of_cycle_0_is_sound(tmp_path):
    ingest_delivery(deliveries.write_cycle_0(tmp_path))
    assert seen() == set()

    ingest_delivery(deliveries.write_cycle_0(tmp_path))
    MemberOUS.objects.update(parts_seen=["product 1 of 4"])
    assert {code for code, _ in seen(store=False)} == {"part-missing"}


def lose_block(mous):
    Product.objects.filter(eb__uid=FIRST).update(eb=None)
    ExecutionBlock.objects.filter(uid=FIRST).delete()


def announce_another(mous):
    observations.observation(mous, "HL Tau", spw=27, block=SECOND.replace("X12b88", "X9999"))


def name_in(*sources):
    """The first block is named by these papers alone."""

    def damage(mous):
        row = mous.calibration
        named = {key: uids if key in sources else [SECOND] for key, uids in row.named_blocks.items()}
        CalibrationDelivery.objects.filter(pk=row.pk).update(named_blocks=named)

    return damage


def lose_raw(mous):
    raw(deliveries.FIRST).delete()
    ExecutionBlock.objects.filter(uid=FIRST).update(raw_bytes=None)


def forget_calibration(mous):
    name_in()(mous)
    row = mous.calibration
    CalibrationDelivery.objects.filter(pk=row.pk).update(blocks={SECOND: row.blocks[SECOND]})


def miss_part(mous):
    MemberOUS.objects.filter(pk=mous.pk).update(parts_seen=["auxiliary", "product 1 of 2", "readme"])


def be_orphan(mous):
    Observation.objects.filter(mous=mous.pk).update(origin=Observation.Origin.DELIVERY)


def be_nowhere(mous):
    Observation.objects.filter(mous=mous.pk).delete()
    tallies.recount([mous.pk])


def report(code):
    return lambda mous: findings.report(mous, code, "It was found when it came in.", subject="x")


def change(rows, **facts):
    return lambda mous: rows().update(**facts)


DAMAGES = {
    "a block without a row": (lose_block, {("block-not-indexed", FIRST)}),
    "a block that ObsCore alone names": (announce_another, {("block-not-indexed", SECOND.replace("X12b88", "X9999"))}),
    "a block not in the request": (name_in("manifest", "restore_script", "raw"), {("blocks-differ", FIRST)}),
    "a block not in the manifest": (name_in("ppr", "restore_script", "raw"), {("blocks-differ", FIRST)}),
    "a block not in the script": (name_in("manifest", "ppr", "raw"), {("blocks-differ", FIRST)}),
    "raw data that never came": (lose_raw, {("missing-raw", FIRST)}),
    "raw data without a file": (lambda mous: raw(deliveries.FIRST).delete(), {("raw-not-stored", FIRST)}),
    "raw data that nothing calibrates": (forget_calibration, {("raw-without-calibration", FIRST)}),
    "calibration without its file": (lambda mous: file(CALAPPLY).delete(), {("block-without-calibration", FIRST)}),
    "a part that never came": (miss_part, {("part-missing", "product 2 of 2")}),
    "a MOUS that ObsCore does not have": (be_orphan, {("orphan-mous", "")}),
    "a MOUS that search does not find": (be_nowhere, {("not-searchable", ""), ("orphan-mous", "")}),
    "another scheduling block": (
        change(MemberOUS.objects.filter(uid=MOUS).all, sb_name="HL_Tau_a_06_TM2"),
        {("sb-name-differs", "")},
    ),
    "a file that the manifest lists": (report("missing-file"), {("missing-file", "x")}),
    "sessions that differ": (report("differing-sessions"), {("differing-sessions", "x")}),
    "a raw tar too small": (
        change(ExecutionBlock.objects.filter(uid=FIRST).all, raw_bytes=10**12),
        {("raw-size-differs", FIRST)},
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_to_the_rows_is_told(mous, damage):
    harm, wanted = DAMAGES[damage]
    harm(mous)

    assert seen() == wanted


def lose_object(row):
    open_store().delete(row.key)


def change_size(row):
    Product.objects.filter(pk=row.pk).update(size=row.size + 1)


STORED = {"object-missing": lose_object, "size-differs": change_size}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("code", STORED)
def test_each_damage_to_the_store_is_told(mous, code, whole):
    row = file(CALAPPLY)
    STORED[code](row)

    assert seen(mous=None if whole else MemberOUS.objects.filter(uid=MOUS)) == {(code, str(row.pk))}
    assert seen(store=False) == set()


def lose_sidecar():
    sidecars.flush_due()
    open_store().delete(sidecars.key_of(MOUS))


def leave_sidecar_behind():
    Sidecar.objects.update(changes=F("written") + 1, changed_at=timezone.now() - timedelta(hours=2))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("harm", [lose_sidecar, leave_sidecar_behind])
def test_a_store_that_does_not_tell_of_its_mous_is_told(mous, own_bucket, harm, whole):
    harm()

    found = seen(mous=None if whole else MemberOUS.objects.filter(uid=MOUS))

    assert ("sidecar-missing", "") in found


def test_an_object_that_no_file_points_to_is_told_when_the_sweep_should_have_taken_it(mous):
    open_store().put(open_store().new_key("left.txt"), io.BytesIO(b"left over"))

    assert seen(store=True) == set()
    assert ("object-without-row", "") in seen(later=timedelta(days=3))


def test_an_object_that_an_ingestion_waits_for_is_no_orphan(mous, own_bucket):
    stored = open_store().put(open_store().new_key("left.txt"), io.BytesIO(b"left over"))
    said = {name: getattr(stored, name) for name in ("key", "size", "sha256", "crc32", "blocks")}
    Staged.objects.create(mous_uid=MOUS, name="left.txt", identity="x", **said)

    assert ("object-without-row", "") not in seen(later=timedelta(days=3))


def test_an_expired_result_may_be_gone(mous):
    row = file(CALAPPLY)
    Product.objects.filter(pk=row.pk).update(withdrawn_at=make.NOW, expires_at=make.NOW)
    lose_object(row)

    assert seen() == set()


def test_a_block_that_failed_qa0_needs_no_calibration(mous):
    forget_calibration(mous)
    ExecutionBlock.objects.filter(uid=FIRST).update(qa0_state="SEMIPASS")

    assert seen() == set()


def test_without_any_row_of_obscore_no_mous_is_an_orphan(mous):
    Observation.objects.update(origin=Observation.Origin.DELIVERY)

    assert seen() == set()


def test_who_names_which_blocks_is_kept_of_a_delivery(mous):
    both = sorted([FIRST, SECOND])

    assert mous.calibration.named_blocks == dict.fromkeys(("manifest", "ppr", "restore_script", "raw"), both)
    assert mous.calibration.sb_name == "HL_Tau_a_06_TM1"


def test_raw_data_that_come_later_are_named_as_well(tmp_path):
    paths = deliveries.write(tmp_path)
    late = [path for path in paths if path.name == deliveries.raw_tar(deliveries.SECOND)]
    ingest_delivery([path for path in paths if path not in late])
    assert MemberOUS.objects.get().calibration.named_blocks["raw"] == [FIRST]
    assert ("missing-raw", SECOND) in seen()

    ingest_delivery(late)

    row = MemberOUS.objects.get().calibration
    assert row.version == 1
    assert row.named_blocks["raw"] == row.named_blocks["manifest"] == sorted([FIRST, SECOND])
    assert ("missing-raw", SECOND) not in seen()


def test_a_finding_keeps_its_age_until_it_is_mended(mous):
    MemberOUS.objects.filter(uid=MOUS).update(sb_name="other")
    seen()
    Finding.objects.filter(code="sb-name-differs").update(found_at=make.LONG_AGO, sentence="older words")

    seen(store=False)
    row = Finding.objects.get(code="sb-name-differs")
    assert (row.found_at, row.settled_at, "older" in row.sentence) == (make.LONG_AGO, None, False)

    MemberOUS.objects.filter(uid=MOUS).update(sb_name="HL_Tau_a_06_TM1")
    seen(store=False)
    row.refresh_from_db()
    assert row.settled_at is not None


def test_a_look_settles_only_what_it_looked_for(mous):
    lose_object(file(CALAPPLY))
    seen()
    open_findings = Finding.objects.filter(code="object-missing", settled_at=None)
    Product.objects.filter(name=CALAPPLY).update(withdrawn_at=make.NOW, expires_at=make.NOW)
    announced = MemberOUS.objects.filter(uid=ANNOUNCED)

    for scope in ({"store": False}, {"codes": frozenset({"sb-name-differs"})}, {"mous": announced}):
        seen(**scope)
        assert open_findings.exists()
    seen()
    assert not open_findings.exists()


def test_a_look_that_breaks_off_settles_nothing(mous, monkeypatch):
    findings.report(mous, "sb-name-differs", "The names differ.")

    def silent(store):
        raise TransientError("The object store cannot be reached")

    monkeypatch.setattr(Store, "listing", silent)
    with pytest.raises(CommandError) as refusal:
        call_command("check_index")

    assert refusal.value.returncode == 2
    assert Finding.objects.get(code="sb-name-differs").settled_at is None


def test_the_number_of_questions_does_not_grow_with_the_archive(mous):
    with CaptureQueriesContext(connection) as before:
        seen(store=False)
    for number in range(2, 9):
        make.mous(f"uid://A001/X{number}/X1", delivery_state=MemberOUS.Delivery.ANNOUNCED)
    with CaptureQueriesContext(connection) as after:
        seen(store=False)

    assert len(after) == len(before)


def test_the_command_ends_with_0_when_nothing_is_wrong(mous, capsys):
    call_command("check_index")

    assert "2 MOUSs, 1 of them known from ObsCore alone: nothing is wrong." in capsys.readouterr().out


def test_the_command_names_a_lost_block_and_ends_with_1(mous, capsys):
    lose_block(mous)

    with pytest.raises(SystemExit) as ended:
        call_command("check_index", deliveries.PROJECT)

    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "block-not-indexed" in told
    assert FIRST in told


def test_json_is_one_object_with_fixed_names(mous, capsys):
    lose_block(mous)
    MemberOUS.objects.filter(uid=MOUS).update(sb_name="other")

    with pytest.raises(SystemExit):
        call_command("check_index", "--json")

    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["checked_at", "findings", "counts", "sound", "mous", "announced_only"]
    assert told["counts"] == {"block-not-indexed": 1, "sb-name-differs": 1}
    assert (told["sound"], told["mous"], told["announced_only"]) == (False, 2, 1)
    block = next(each for each in told["findings"] if each["code"] == "block-not-indexed")
    assert block.pop("since").startswith("20")
    assert block == {
        "code": "block-not-indexed",
        "project": deliveries.PROJECT,
        "mous": MOUS,
        "subject": FIRST,
        "sentence": f"{FIRST}, which the manifest, the processing request, the restore script, the calibration, "
        "the raw data and ObsCore name, is not indexed.",
    }


def test_json_of_a_sound_archive_is_one_object_too(mous, capsys):
    call_command("check_index", "--json", "--no-store", MOUS)

    assert json.loads(capsys.readouterr().out)["findings"] == []


def test_only_the_asked_code_decides(mous):
    lose_block(mous)

    call_command("check_index", "--code", "sb-name-differs")
    with pytest.raises(SystemExit):
        call_command("check_index", "--code", "block-not-indexed", "--no-store")


@pytest.mark.parametrize("name", ["2019.1.09999.S", "uid://A001/X77/X77"])
def test_a_name_that_is_not_there_is_no_result(mous, name):
    with pytest.raises(CommandError, match="There is no") as refusal:
        call_command("check_index", name)

    assert refusal.value.returncode == 2


def test_a_code_that_is_not_there_is_no_result(mous):
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("check_index", "--code", "nonsense")


def test_every_code_is_explained_in_the_manual():
    manual = (layout.REPOSITORY / "docs/operating.md").read_text()

    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|.*\|.*\|$", manual, re.MULTILINE)) >= set(CODES)
