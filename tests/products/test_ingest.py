"""A delivered package becomes rows and stored objects: whole or not at all, and never twice."""

import json
import os
import re
import shutil

import pytest
from django.core.management import CommandError, call_command

from archive import ingest as archive_ingest
from archive.errors import ArchiveError, TransientError
from archive.models import NEVER, ExecutionBlock, Finding, MemberOUS, Project, SpectralWindow
from products.ingest import ingest_delivery
from products.models import IngestRun, Product
from products.store import Store, SweptError, open_store
from tests import deliveries, make

pytestmark = pytest.mark.django_db(transaction=True)
MOUS = deliveries.archive_form(deliveries.MOUS)
FIRST, SECOND = (deliveries.archive_form(name) for name in (deliveries.FIRST, deliveries.SECOND))
OTHER = deliveries.archive_form(deliveries.OTHER_MOUS)
THIRD = "uid___A002_X110fd13_X7abc"
CALTABLES = f"member.{deliveries.MOUS}.session_2.caltables.tgz"
FACTS = {
    "projects": {deliveries.PROJECT: {"title": "Dust in HL Tau", "pi": "alma_pi"}},
    "mous": {MOUS: {"delivered_at": "2024-05-02T10:00:00Z", "release_at": "2025-05-02T10:00:00+02:00", "qa2": "PASS"}},
    "execution_blocks": {FIRST: {"qa0": "PASS"}, SECOND: {"qa0": "SEMIPASS"}},
}


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


def the_mous():
    return MemberOUS.objects.get(uid=MOUS)


def named(paths, *names):
    return [path for path in paths if path.name in names]


def test_a_package_is_indexed_and_every_file_is_stored_with_its_sha256(package):
    (report,) = ingest_delivery(package)

    mous = the_mous()
    assert mous.project.code == deliveries.PROJECT
    assert mous.gous.uid == deliveries.archive_form(deliveries.GOUS)
    assert mous.gous.science_goal_uid == deliveries.archive_form(deliveries.SGOUS)
    assert mous.delivery_state == "complete"
    assert len(report.new) == mous.products.count() > 15
    for product in mous.products.all():
        assert open_store().size(product.key) == product.size


def test_blocks_keep_their_sessions_and_windows_join_by_name(package):
    ingest_delivery(package)

    mous = the_mous()
    assert dict(mous.ebs.values_list("uid", "session")) == {FIRST: "session_2", SECOND: "session_3"}
    numbers = {eb.uid: sorted(eb.spws.filter(science=True).values_list("number", "virtual")) for eb in mous.ebs.all()}
    assert numbers == {FIRST: [(2, 2), (3, 3)], SECOND: [(1, 2), (2, 3)]}


def test_the_longest_baseline_and_the_name_of_the_scheduling_block_are_indexed(package):
    ingest_delivery(package)

    mous = the_mous()
    assert mous.sb_name == "HL_Tau_a_06_TM1"
    assert list(mous.ebs.values_list("longest_baseline_m", flat=True)) == pytest.approx([500.0, 500.0])


@pytest.mark.parametrize("part", ["script", "calibration"])
def test_a_part_of_the_auxiliary_files_never_replaces_a_whole_calibration(package, tmp_path, part):
    ingest_delivery(package)
    files = {name: body for name, body in deliveries.auxiliary().items() if name.startswith(f"{part}/")}
    files |= {f"calibration/{CALTABLES}": b"better caltables"} if part == "calibration" else {}
    shutil.unpack_archive(deliveries.tar(tmp_path / "part.tar", files), tmp_path / "part")

    (report,) = ingest_delivery([tmp_path / "part"])

    calibration = the_mous().calibration
    assert (calibration.version, len(calibration.sessions), len(calibration.blocks)) == (1, 2, 2)
    assert all(block["applycal"] for block in calibration.blocks.values())
    assert report.changed == ([CALTABLES] if part == "calibration" else [])
    finding = Finding.objects.get(code="calibration-ignored", settled_at=None)
    assert "version 1 of the calibration stays in force" in finding.sentence

    ingest_delivery(package)

    assert not Finding.objects.filter(code="calibration-ignored", settled_at=None).exists()


def test_a_package_that_lacks_a_file_of_its_manifest_does_not_replace_a_whole_calibration(package, tmp_path):
    ingest_delivery(package)
    files = {name: body for name, body in deliveries.auxiliary().items() if not name.endswith(CALTABLES)}
    (tmp_path / "again").mkdir()

    ingest_delivery([deliveries.tar(tmp_path / "again" / deliveries.AUXILIARY_TAR, files | {"script/x.log": b"x"})])

    assert the_mous().calibration.version == 1
    assert CALTABLES in the_mous().calibration.sessions["session_2"]


def test_the_calibration_is_kept_as_the_package_says_it(package):
    ingest_delivery(package)

    calibration = the_mous().calibration
    assert (calibration.kind, calibration.casa_version) == ("pipeline", "6.6.1-17")
    assert calibration.restore_task == "hifa_restoredata"
    assert set(calibration.sessions) == {"session_2", "session_3"}
    assert calibration.blocks[FIRST]["applycal"][0]["gaintable"] == [
        f"{deliveries.FIRST}.ms.bp.tbl",
        f"{deliveries.FIRST}.ms.gain.tbl",
    ]


def test_the_archive_name_is_used_and_the_pipelines_name_kept(package):
    ingest_delivery(package)

    cube = Product.objects.get(layer="pbcor", mode="cube")
    assert cube.name == f"member.{deliveries.MOUS}.HL_Tau_sci.spw2.cube.I.pbcor.fits"
    assert cube.pipeline_name == f"{deliveries.MOUS}.HL_Tau_sci.spw2.cube.regcal.I.pbcor.fits"
    assert cube.source.key == "hl_tau"


def test_raw_names_of_the_pipeline_become_the_archives_and_both_are_kept(package, tmp_path):
    raw = {
        "product/oussid.HL_Tau_sci.spw3.cube.selfcal.I.pbcor.fits": b"one",
        "product/oussid.HL_Tau_sci.spw2_3.cont.regcal.I.pb.tt0.fits": b"two",
    }
    ingest_delivery([*package, deliveries.tar(tmp_path / "raw.tar", raw)])

    names = Product.objects.filter(pipeline_name__startswith="oussid").values_list("pipeline_name", "name")
    head = f"member.{deliveries.MOUS}.HL_Tau_sci"
    assert {f"product/{was}": name for was, name in names} == dict(
        zip(raw, [f"{head}.spw3.cube.I.selfcal.pbcor.fits", f"{head}.spw2_3.cont.I.pb.tt0.fits"], strict=True)
    )


def test_no_file_is_renamed_to_the_name_of_another(package, tmp_path):
    tail = "HL_Tau_sci.spw3.mfs"
    names = [f"oussid.{tail}.regcal.I.pbcor.fits", f"unknown.{tail}.regcal.I.pbcor.fits"]
    names += [f"oussid.{tail}.selfcal.I.mask.fits", f"member.{deliveries.MOUS}.{tail}.I.selfcal.mask.fits"]
    raw = {f"product/{name}": name.encode() for name in names}

    ingest_delivery([*package, deliveries.tar(tmp_path / "raw.tar", raw)])

    assert set(Product.objects.filter(mode="mfs", spws=[3]).values_list("name", "pipeline_name")) == {
        (name, "") for name in names
    }


def test_a_file_that_nobody_knows_is_kept_and_marked(package, tmp_path):
    strange = {"product/line widths (new).dat": b"?", "product/HL_Tau_best.fits": b"image", "qa/notes.pdf": b"%PDF"}
    ingest_delivery([*package, deliveries.tar(tmp_path / "strange.tar", strange)])

    marked = Product.objects.filter(marks__contains=["unrecognised"])
    assert set(marked.values_list("name", "role")) == {
        ("line widths (new).dat", "other"),
        ("HL_Tau_best.fits", "science_image"),
    }


def test_a_file_that_came_before_its_role_was_known_gets_it_when_it_comes_again(package):
    ingest_delivery(package)
    Product.objects.filter(role="qa0_report").update(role="other", marks=["unrecognised", "blank"])

    ingest_delivery(package)

    report = Product.objects.get(role="qa0_report")
    assert (report.marks, report.version) == (["blank"], 1)


def test_a_product_keeps_what_its_name_says(package, tmp_path):
    stem = f"member.{deliveries.MOUS}.HL_Tau_sci.spw2_3.cont.I.manual.CS76.selfcal.tt0"
    extra = deliveries.tar(tmp_path / "more.tar", {f"product/{stem}.pbcor.fits": b"image"})
    ingest_delivery([*package, extra])

    image = Product.objects.get(mode="cont")
    assert (image.calibration, image.taylor, image.manual, image.comment) == ("selfcal", 0, True, "CS76")
    assert (image.intent, image.spws, image.stokes, image.layer) == ("sci", [2, 3], "I", "pbcor")


def test_what_an_older_version_did_not_read_from_a_name_is_read_when_the_file_comes_again(package):
    ingest_delivery(package)
    Product.objects.filter(intent="sci").update(calibration="")

    ingest_delivery(package)

    assert set(Product.objects.filter(intent="sci").values_list("calibration", "version")) == {("regcal", 1)}


def test_twice_changes_nothing(package, puts):
    ingest_delivery(package)
    before = list(Product.objects.order_by("pk").values())
    assert len(puts) == len(before)

    (report,) = ingest_delivery(package)

    assert (report.new, report.changed, report.stored_bytes) == ([], [], 0)
    assert list(Product.objects.order_by("pk").values()) == before
    assert len(puts) == len(before)
    assert the_mous().calibrations.count() == 1


def test_an_unpacked_delivery_is_the_same_delivery(package, tmp_path):
    ingest_delivery(package)
    place = tmp_path / "unpacked"
    for path in package:
        shutil.unpack_archive(path, place)

    (report,) = ingest_delivery([place])

    assert (report.new, report.changed) == ([], [])


def test_a_changed_file_is_a_new_version_and_the_old_one_stays(package, tmp_path):
    ingest_delivery(package)
    old = Product.objects.get(name=CALTABLES)
    files = deliveries.auxiliary() | {f"calibration/{CALTABLES}": b"better caltables"}
    again = tmp_path / "again"
    again.mkdir()

    (report,) = ingest_delivery([deliveries.tar(again / deliveries.AUXILIARY_TAR, files)])

    assert report.changed == [CALTABLES]
    versions = Product.objects.filter(name=CALTABLES).order_by("version")
    assert [row.version for row in versions] == [1, 2]
    assert versions[0].pk == old.pk
    assert versions[0].superseded_at is not None
    assert open_store().size(old.key) == old.size
    assert [(row.version, row.current) for row in the_mous().calibrations.all()] == [(1, False), (2, True)]


def test_products_without_raw_data_are_valid_and_later_raw_data_complete_them(package):
    raw = [path for path in package if path.name.endswith(".asdm.sdm.tar")]
    ingest_delivery([path for path in package if path not in raw])
    assert the_mous().delivery_state == "products only"

    ingest_delivery(raw[:1])
    assert the_mous().delivery_state == "partial"
    ingest_delivery(raw[1:])

    assert the_mous().delivery_state == "complete"
    assert the_mous().calibration.version == 1
    assert ExecutionBlock.objects.get(uid=FIRST).used is True


def test_raw_data_alone_are_valid_and_wait_for_the_rest(package):
    raw = [path for path in package if path.name.endswith(".asdm.sdm.tar")]
    ingest_delivery(raw)
    assert the_mous().delivery_state == "raw only"
    assert the_mous().calibration is None

    ingest_delivery([path for path in package if path not in raw])

    assert the_mous().delivery_state == "complete"


def test_one_of_two_product_parts_is_valid_and_says_so(package, tmp_path):
    first, second = (tmp_path / deliveries.PRODUCTS_TAR.replace("001_of_001", f"00{k}_of_002") for k in (1, 2))
    images = deliveries.products()
    deliveries.tar(first, dict(list(images.items())[:1]))
    deliveries.tar(second, dict(list(images.items())[1:]))
    others = [path for path in package if path.name != deliveries.PRODUCTS_TAR]

    ingest_delivery([first, *others])
    assert the_mous().delivery_state == "partial"
    ingest_delivery([second])

    assert the_mous().delivery_state == "complete"


def test_a_block_that_qa2_did_not_use_is_kept_and_marked(package, tmp_path):
    third = deliveries.tar(tmp_path / deliveries.raw_tar(THIRD), deliveries.raw(THIRD, day=40))

    ingest_delivery([*package, third])

    assert ExecutionBlock.objects.get(uid=deliveries.archive_form(THIRD)).used is False
    assert the_mous().delivery_state == "complete"
    assert deliveries.archive_form(THIRD) not in the_mous().calibration.blocks


def test_a_truncated_tar_is_refused_whole_and_named(package, puts):
    damaged = named(package, deliveries.AUXILIARY_TAR)[0]
    damaged.write_bytes(damaged.read_bytes()[: -3 * 512 * 20])

    with pytest.raises(ArchiveError, match=deliveries.AUXILIARY_TAR):
        ingest_delivery(package)

    assert not Project.objects.exists()
    assert puts == []


def test_a_member_that_escapes_its_directory_refuses_the_whole(package, tmp_path):
    evil = deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, {"../../../etc/cron.d/x": b"*"}, prefix="")

    with pytest.raises(ArchiveError, match="cron"):
        ingest_delivery([*(path for path in package if path != evil), evil])

    assert not MemberOUS.objects.exists()


@pytest.mark.parametrize("strange", ["x" * 5000, "6.7\N{ZERO WIDTH SPACE}" * 40])
def test_what_the_index_has_no_room_for_refuses_the_delivery_in_a_sentence(package, tmp_path, strange):
    files = deliveries.auxiliary()
    name = next(name for name in files if name.endswith("manifest.xml"))
    files[name] = files[name].replace(b'name="session_2"', f'name="{strange}"'.encode())
    deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, files)

    with pytest.raises(ArchiveError, match=f"delivery of {MOUS} says something that the index has no room for"):
        ingest_delivery(package)

    assert not Product.objects.exists()
    assert "no room" in IngestRun.objects.get().reason


def test_a_number_that_none_of_its_kind_is_refuses_the_delivery_in_a_sentence(package, tmp_path):
    files = deliveries.raw(deliveries.FIRST)
    name = next(name for name in files if name.endswith("SpectralWindow.xml"))
    files[name] = re.sub(rb"<numChan>[^<]*<", b"<numChan>-4<", files[name])
    deliveries.tar(tmp_path / deliveries.raw_tar(deliveries.FIRST), files)

    with pytest.raises(ArchiveError, match=r"has no room for: .*nchan_check"):
        ingest_delivery(package)

    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (f"product/{'d' * 130}/image.fits", "directory"),
        # its name in the archive begins with `member.`
        (f"product/oussid.{'n' * 220}_sci.spw25.cube.I.pbcor.fits", "name"),
    ],
)
def test_a_name_that_is_too_long_for_the_index_is_refused_before_anything_is_stored(
    package, tmp_path, puts, path, what
):
    long = deliveries.tar(tmp_path / "long.tar", {path: b"image"})

    with pytest.raises(ArchiveError, match=f"is a {what} of "):
        ingest_delivery([*package, long])

    assert puts == []


def test_a_text_with_characters_that_no_database_takes_is_a_finding(package, tmp_path):
    files = deliveries.auxiliary()
    name = next(name for name in files if name.endswith("restorescript.py"))
    files[name] = files[name].replace(b"'ca'", rb"'c\0a\ud800'")
    deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, files)

    (report,) = ingest_delivery(package)

    assert any("ocorr_mode is none that a task takes" in sentence for sentence in report.findings)
    assert Product.objects.filter(name=name.rpartition("/")[2]).exists()


def test_a_manifest_of_another_mous_is_a_contradiction(package, tmp_path):
    files = deliveries.auxiliary()
    manifest = next(name for name in files if name.endswith("manifest.xml"))
    files[manifest] = deliveries.manifest(mous=deliveries.OTHER_MOUS)
    deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, files)

    with pytest.raises(ArchiveError) as refusal:
        ingest_delivery(package)

    assert refusal.value.code == "contradictory-uids"
    assert not MemberOUS.objects.exists()


def test_a_mous_indexed_under_another_project_is_a_contradiction(package):
    held = make.mous(MOUS, code="2019.1.00195.L")

    with pytest.raises(ArchiveError, match=r"2023\.1\.01573\.S.*2019\.1\.00195\.L"):
        ingest_delivery(package)

    assert not held.products.exists()


def test_a_block_cannot_belong_to_two_mouss(package):
    make.eb(make.mous("uid://A001/X99/X98", code="2019.1.00195.L"), FIRST)

    with pytest.raises(ArchiveError, match=r"X59fd.*A001/X99/X98"):
        ingest_delivery(package)

    assert not MemberOUS.objects.filter(uid=MOUS).exists()


def raw_of(directory, *, mous=deliveries.OTHER_MOUS, project=deliveries.PROJECT, group=deliveries.GOUS, block=THIRD):
    """Raw data of a block, somewhere in the tree."""
    prefix = f"{project}/science_goal.{deliveries.SGOUS}/group.{group}/member.{mous}"
    place = directory / mous
    place.mkdir()
    return deliveries.tar(place / f"{project}_{block}.asdm.sdm.tar", deliveries.raw(block), prefix=prefix)


def test_a_new_mous_in_a_group_of_another_project_is_refused_before_anything_is_stored(package, tmp_path, puts):
    ingest_delivery(package)
    before = len(puts)

    with pytest.raises(ArchiveError, match=r"X540 into project 2019\.1\.00195\.L.*2023\.1\.01573\.S") as refusal:
        ingest_delivery([raw_of(tmp_path, project="2019.1.00195.L")])

    assert refusal.value.code == "contradictory-uids"
    assert len(puts) == before
    assert not Project.objects.filter(code="2019.1.00195.L").exists()


def test_a_group_in_another_science_goal_is_a_contradiction(package, tmp_path):
    ingest_delivery(package)
    prefix = deliveries.PREFIX.replace(deliveries.SGOUS, "uid___A001_X3621_X777")

    with pytest.raises(ArchiveError, match="science goal uid://A001/X3621/X777"):
        ingest_delivery([deliveries.tar(tmp_path / deliveries.raw_tar(THIRD), deliveries.raw(THIRD), prefix=prefix)])


def test_two_new_mouss_of_one_call_that_put_a_group_into_two_projects_are_both_refused(tmp_path, puts):
    first = raw_of(tmp_path, mous=deliveries.MOUS, block=deliveries.FIRST)

    with pytest.raises(ArchiveError, match=r"X540 into project 2019\.1\.00195\.L, but .*given with it"):
        ingest_delivery([first, raw_of(tmp_path, project="2019.1.00195.L")])

    assert puts == []
    assert not Project.objects.exists()


def test_two_new_mouss_of_one_call_that_claim_one_block_are_both_refused(tmp_path, puts):
    first = raw_of(tmp_path, mous=deliveries.MOUS, block=deliveries.FIRST)
    files = {"script/x.hifa_cal.pipeline_manifest.xml": deliveries.manifest(mous=deliveries.OTHER_MOUS)}
    prefix = deliveries.PREFIX.replace(deliveries.MOUS, deliveries.OTHER_MOUS)
    other = deliveries.tar(
        tmp_path / f"{deliveries.PROJECT}_{deliveries.OTHER_MOUS}_auxiliary.tar", files, prefix=prefix
    )

    with pytest.raises(ArchiveError, match=r"X59fd into MOUS .*X600, but .*X541"):
        ingest_delivery([first, other])

    assert puts == []
    assert not Project.objects.exists()


def test_when_the_store_stops_midway_the_command_says_what_was_taken_in(tmp_path, monkeypatch, capsys):
    paths = [raw_of(tmp_path, mous=deliveries.MOUS, block=deliveries.FIRST), raw_of(tmp_path)]
    put, left = Store.put, [1]

    def stops(store, *args, **kwargs):
        if not left:
            raise TransientError("The object store cannot be reached.")
        left.pop()
        return put(store, *args, **kwargs)

    monkeypatch.setattr(Store, "put", stops)
    with pytest.raises(CommandError, match=f"Only {MOUS} was taken in; run the same command again"):
        call_command("ingest_delivery", *map(str, paths))

    assert f"{MOUS}: 1 new" in capsys.readouterr().out
    assert not MemberOUS.objects.filter(uid=OTHER).exists()


def test_what_the_manifest_names_and_nobody_delivered_is_a_finding_until_it_comes(package, tmp_path):
    images = deliveries.products()
    cube = next(name for name in images if name.endswith("pbcor.fits"))
    held_back = {cube: images.pop(cube)}
    deliveries.tar(tmp_path / deliveries.PRODUCTS_TAR, images)
    ingest_delivery(package)
    assert Finding.objects.filter(code="missing-file", settled_at=None, sentence__contains="pbcor.fits").count() == 1

    deliveries.tar(tmp_path / deliveries.PRODUCTS_TAR, images | held_back)
    ingest_delivery(package)

    assert not Finding.objects.filter(code="missing-file", settled_at=None).exists()


def test_without_facts_a_mous_is_proprietary_has_no_pi_and_is_listed_for_staff(package):
    ingest_delivery(package)

    assert the_mous().release_at == NEVER
    assert the_mous().project.pi is None
    assert Finding.objects.filter(code="no-facts", settled_at=None).count() == 1


def test_facts_say_who_when_and_how_good(package):
    ingest_delivery(package, facts=FACTS)

    mous = the_mous()
    assert mous.project.pi.name == "alma_pi"
    assert mous.release_at.isoformat() == "2025-05-02T08:00:00+00:00"
    assert mous.qa2_state == "PASS"
    assert dict(mous.ebs.values_list("uid", "qa0_state")) == {FIRST: "PASS", SECOND: "SEMIPASS"}
    assert not Finding.objects.filter(code="no-facts", settled_at=None).exists()


def test_names_in_the_facts_that_no_delivery_brought_are_printed(package, tmp_path, capsys):
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS | {"mous": FACTS["mous"] | {OTHER: {"qa2": "PASS"}}}))

    call_command("ingest_delivery", *map(str, package), facts=facts)

    assert f"not indexed, its facts were not used: {OTHER}\n" in capsys.readouterr().out
    assert the_mous().qa2_state == "PASS"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mouses": {}}, "unknown key 'mouses'"),
        ({"mous": {MOUS: {"released": "2024-01-01T00:00:00Z"}}}, "unknown key 'released'"),
        ({"mous": {MOUS: {"release_at": "2024-01-01T00:00:00"}}}, "no time zone"),
        ({"mous": {MOUS: {"release_at": "soon"}}}, "not an ISO 8601 time"),
        ({"mous": {"X1/X2": {}}}, "not an ALMA identifier"),
        ({"execution_blocks": {FIRST: {"qa0": "GOOD"}}}, "PASS, SEMIPASS, FAIL"),
    ],
)
def test_a_bad_facts_file_is_refused_before_anything_is_taken_in(package, tmp_path, change, says):
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(change))

    with pytest.raises(CommandError, match=says):
        call_command("ingest_delivery", *map(str, package), facts=facts)

    assert not MemberOUS.objects.exists()


def test_a_crash_before_the_index_leaves_nothing_visible_and_the_next_run_completes(package, monkeypatch):
    def crash(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(archive_ingest, "record_calibration", crash)
        with pytest.raises(SystemExit):
            ingest_delivery(package)
    assert not Project.objects.exists()
    assert not Product.objects.exists()

    ingest_delivery(package)

    assert the_mous().delivery_state == "complete"


def test_virtual_windows_are_unknown_until_the_first_used_block_has_raw_data(package):
    second_only = [path for path in package if path.name != deliveries.raw_tar(deliveries.FIRST)]
    ingest_delivery(second_only)
    assert set(SpectralWindow.objects.values_list("virtual", flat=True)) == {None}

    ingest_delivery(named(package, deliveries.raw_tar(deliveries.FIRST)))

    science = SpectralWindow.objects.filter(eb__uid=SECOND, science=True)
    assert sorted(science.values_list("number", "virtual")) == [(1, 2), (2, 3)]


def raw_product():
    return Product.objects.get(name=deliveries.raw_tar(deliveries.FIRST), superseded_at=None)


def overwrite(key, content):
    """Bytes that rot in the store, below the row."""
    store = open_store()
    store._s3.put_object(Bucket=store._bucket, Key=key, Body=content)


@pytest.mark.parametrize("harm", ["missing", "short"])
def test_a_lost_or_short_object_is_stored_again_as_the_same_version(package, harm):
    ingest_delivery(package)
    held = Product.objects.get(name=CALTABLES)
    open_store().delete(held.key) if harm == "missing" else overwrite(held.key, b"short")

    (report,) = ingest_delivery(package)

    mended = Product.objects.get(name=CALTABLES)
    assert (report.mended, report.changed, report.new) == ([CALTABLES], [], [])
    assert (mended.pk, mended.version, mended.sha256) == (held.pk, 1, held.sha256)
    assert mended.key != held.key
    assert b"".join(open_store().stream(mended.key)) == b"caltables of session_2"
    assert Finding.objects.get(code="stored-again").subject == f"calibration/{CALTABLES}"


def test_a_damaged_object_of_the_right_size_is_found_by_verifying(package, capsys):
    ingest_delivery(package)
    held = Product.objects.get(name=CALTABLES)
    overwrite(held.key, b"x" * held.size)
    assert ingest_delivery(package)[0].mended == []

    call_command("ingest_delivery", *map(str, package), verify=True)

    assert f"stored again: {CALTABLES}" in capsys.readouterr().out
    assert b"".join(open_store().stream(Product.objects.get(name=CALTABLES).key)) == b"caltables of session_2"


def test_what_was_withdrawn_is_not_stored_again(package, puts):
    ingest_delivery(package)
    held = Product.objects.get(name=CALTABLES)
    Product.objects.filter(pk=held.pk).update(withdrawn_at=make.NOW, withdrawn_reason="wrong")
    open_store().delete(held.key)
    before = len(puts)

    ingest_delivery(package)

    assert len(puts) == before


def test_a_file_that_shrinks_while_it_is_read_refuses_the_delivery(package, tmp_path, monkeypatch):
    place = tmp_path / "unpacked"
    for path in package:
        shutil.unpack_archive(path, place)
    weblog = next(place.rglob("*.weblog.tgz"))
    put = Store.put

    def shrinks(store, *args, **kwargs):
        os.truncate(weblog, 3)  # by several threads at once
        return put(store, *args, **kwargs)

    monkeypatch.setattr(Store, "put", shrinks)
    with pytest.raises(ArchiveError, match=r"weblog\.tgz had 6 bytes .* and 3 when") as refusal:
        ingest_delivery([place])

    assert refusal.value.code == "changed-while-read"
    assert not Product.objects.exists()


@pytest.mark.parametrize("above", ["", f"{deliveries.PROJECT}/"])
def test_raw_data_from_a_bare_member_directory_are_the_raw_data_that_came_packed(package, tmp_path, above):
    ingest_delivery(package)
    before = raw_product()
    prefix = f"{above}member.{deliveries.MOUS}"
    tar = deliveries.tar(tmp_path / "bare.tar", deliveries.raw(deliveries.FIRST, first_window=2), prefix=prefix)
    shutil.unpack_archive(tar, tmp_path / "bare")

    (report,) = ingest_delivery([tmp_path / "bare"])

    assert (report.unchanged, report.changed, report.new) == ([before.name], [], [])
    assert raw_product() == before


def test_objects_that_the_sweep_took_meanwhile_refuse_the_delivery(package, puts, monkeypatch):
    index = archive_ingest.index

    def swept(*args, **kwargs):
        [key] = [key for key in puts if key.endswith(CALTABLES)]  # of this delivery: other tests have the same names
        open_store().delete(key)
        return index(*args, **kwargs)

    monkeypatch.setattr(archive_ingest, "index", swept)
    with pytest.raises(SweptError):
        ingest_delivery(package)

    assert not Product.objects.exists()


def test_raw_data_that_are_missing_are_a_finding_until_they_come(package):
    late = named(package, deliveries.raw_tar(deliveries.SECOND))
    ingest_delivery([path for path in package if path not in late])
    missing = Finding.objects.filter(code="missing-raw", settled_at=None)
    assert list(missing.values_list("subject", flat=True)) == [SECOND]

    ingest_delivery(late)

    assert not missing.exists()


@pytest.mark.parametrize(("options", "told"), [({}, 1), ({"no_letters": True}, 0)])
def test_the_pi_is_told_of_a_delivery_once_unless_letters_are_off(package, tmp_path, mailoutbox, options, told):
    make.account(make.user("alma_pi"))
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS))

    for _ in range(2):
        call_command("ingest_delivery", package, facts=facts, **options)

    assert [letter.to for letter in mailoutbox] == [["alma_pi@example.org"]] * told
