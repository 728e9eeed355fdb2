"""Whole deliveries (issue point 1): what is indexed, what completes it, what is refused whole."""

import pytest

from archive.errors import ArchiveError
from archive.readers import asdm
from archive.readers.delivery import read_delivery
from archive.readers.delivery_tree import NoDeliveryError
from archive.readers.tree_prefix import ContradictionError
from tests import deliveries
from tests.deliveries import (
    AUXILIARY_TAR,
    FIRST,
    GOUS,
    MOUS,
    OTHER_MOUS,
    PREFIX,
    PRODUCTS_TAR,
    PROJECT,
    SECOND,
    SGOUS,
    archive_form,
)


def auxiliary(directory, **changes):
    """The auxiliary tar with some files replaced; a file is named by the end of its path, None takes it out."""
    files = deliveries.auxiliary()
    for end, content in changes.items():
        (path,) = [path for path in files if path.endswith(end.replace("__", "."))]
        files[path] = content
    kept = {path: content for path, content in files.items() if content is not None}
    return deliveries.tar(directory / AUXILIARY_TAR, kept)


def codes_of(delivery):
    return {finding.code for finding in delivery.findings}


def test_a_whole_delivery_says_where_it_belongs_and_how_it_was_calibrated(tmp_path):
    (delivery,) = read_delivery(deliveries.write(tmp_path))

    assert (delivery.mous, delivery.project) == (archive_form(MOUS), PROJECT)
    assert (delivery.science_goal, delivery.group) == (archive_form(SGOUS), archive_form(GOUS))
    calibration = delivery.calibration
    assert (calibration.kind, calibration.recipe) == ("pipeline", "hifa_calimage")
    assert (calibration.casa_version, calibration.pipeline_version) == ("6.6.1-17", "2024.1.0.8")
    assert calibration.restore_task == "hifa_restoredata"
    assert calibration.restore_parameters["asis"].endswith("CalPointing Annotation")
    assert calibration.scripts == ("restore_script", "script_for_pi")
    assert len(calibration.calibration_pprs) == len(calibration.calibration_manifests) == 1
    assert delivery.parts.products_complete
    assert delivery.parts.auxiliary
    assert delivery.parts.readme
    assert delivery.findings == ()


def test_execution_blocks_come_in_order_of_time_with_their_calibration(tmp_path):
    (delivery,) = read_delivery(deliveries.write(tmp_path))

    first, second = delivery.execution_blocks
    assert (first.uid, second.uid) == (archive_form(FIRST), archive_form(SECOND))
    assert (first.session, second.session) == ("session_2", "session_3")
    assert first.caltables == (f"member.{MOUS}.session_2.caltables.tgz",)
    assert second.flagversions == f"{SECOND}.ms.flagversions.tgz"
    assert second.applycal[0]["gaintable"] == [f"{SECOND}.ms.bp.tbl", f"{SECOND}.ms.gain.tbl"]
    assert (first.used, first.array, first.cross_rows) == (True, "12m", 2250)
    assert {"asdm", "manifest", "ppr", "restore_script"} <= first.named_by


def test_windows_of_two_blocks_are_joined_by_name(tmp_path):
    (delivery,) = read_delivery(deliveries.write(tmp_path))

    numbers = [
        [(window.number, window.virtual) for window in block.windows if window.science]
        for block in delivery.execution_blocks
    ]
    assert numbers == [[(2, 2), (3, 3)], [(1, 2), (2, 3)]]


def test_virtual_numbers_are_unknown_without_the_raw_data_of_the_first_block(tmp_path):
    (delivery,) = read_delivery(deliveries.write(tmp_path, blocks=[SECOND]))

    assert {window.virtual for window in delivery.execution_blocks[1].windows} == {None}
    assert codes_of(delivery) == {"missing-raw"}


def test_sources_continuum_and_fluxes_are_gathered(tmp_path):
    (delivery,) = read_delivery(deliveries.write(tmp_path))

    (target,) = [source for source in delivery.sources if source.target]
    assert (target.name, target.key) == ("HL Tau", "hl_tau")
    assert [(s.source, s.window_name) for s in delivery.continuum] == [
        ("HL_Tau", "X1#BB_1#FULL_RES"), ("HL_Tau", "X1#BB_2#FULL_RES"),
    ]  # fmt: skip
    assert delivery.fluxes[0].stokes[0] == 1.52


def test_no_file_is_dropped_and_the_name_before_the_renaming_is_kept(tmp_path):
    (delivery,) = read_delivery(deliveries.write(tmp_path))

    assert len(delivery.files) == len(deliveries.auxiliary()) + len(deliveries.products()) + 1
    (image,) = [file for file in delivery.files if file.delivered_as]
    assert (image.name, image.role) == (f"member.{MOUS}.HL_Tau_sci.spw2.cube.I.pbcor.fits", "science_image")
    assert image.delivered_as == f"{MOUS}.HL_Tau_sci.spw2.cube.regcal.I.pbcor.fits"
    assert image.open().read() == b"image"


def test_raw_data_alone_are_a_delivery(tmp_path):
    path = deliveries.tar(tmp_path / deliveries.raw_tar(FIRST), deliveries.raw(FIRST))

    (delivery,) = read_delivery(path)

    (block,) = delivery.execution_blocks
    assert (delivery.mous, delivery.files, block.has_raw, block.used) == (archive_form(MOUS), (), True, None)
    assert delivery.calibration.kind == "unknown"
    assert not delivery.parts.auxiliary


def test_products_without_raw_data_are_a_delivery(tmp_path):
    (delivery,) = read_delivery(deliveries.write(tmp_path, blocks=()))

    assert [block.has_raw for block in delivery.execution_blocks] == [False, False]
    assert delivery.findings == ()


def test_one_part_of_two_is_a_delivery_that_is_not_complete(tmp_path):
    path = deliveries.tar(tmp_path / f"{PROJECT}_{MOUS}_002_of_002.tar", deliveries.products())

    (delivery,) = read_delivery(path)

    assert delivery.parts.product_parts == {2}
    assert delivery.parts.product_parts_total == 2
    assert not delivery.parts.products_complete


def test_a_block_that_the_calibration_did_not_use_is_kept_as_unused(tmp_path):
    one = deliveries.manifest(blocks=((FIRST, "session_2"),))
    paths = [auxiliary(tmp_path, pipeline_manifest__xml=one)]
    paths.append(deliveries.tar(tmp_path / deliveries.raw_tar(SECOND), deliveries.raw(SECOND)))

    (delivery,) = read_delivery(paths)

    assert [block.used for block in delivery.execution_blocks] == [True, False]


def test_a_file_that_the_manifest_promises_and_that_is_not_there_is_a_finding(tmp_path):
    paths = [auxiliary(tmp_path, session_3__caltables__tgz=None)]

    (delivery,) = read_delivery(paths)

    (finding,) = delivery.findings
    assert finding.code == "missing-file"
    assert f"{MOUS}.session_3.caltables.tgz" in finding.sentence


def test_images_are_only_missed_when_all_parts_of_the_products_came(tmp_path):
    paths = [auxiliary(tmp_path), deliveries.tar(tmp_path / PRODUCTS_TAR, {"product/other.fits": b"x"})]

    assert codes_of(read_delivery(paths[:1])[0]) == set()
    assert codes_of(read_delivery(paths)[0]) == {"missing-file"}


@pytest.mark.parametrize(
    ("end", "content", "code"),
    [
        ("casa_piperestorescript__py", b"print 'no'", "unreadable-script"),
        ("casa_piperestorescript__py", deliveries.RESTORE_SCRIPT + b"import os\n", "unexpected-in-restore-script"),
        ("casa_piperestorescript__py", deliveries.RESTORE_SCRIPT.replace(b"n_2", b"n_1"), "differing-sessions"),
        ("59fd__ms__calapply__txt", deliveries.calapply(SECOND), "unreadable-script"),
        ("auxproducts__tgz", b"no tgz", "unreadable-tar"),
        ("auxproducts__tgz", deliveries.tgz({"cont.dat": b"1~2GHz"}), "unreadable-cont-dat"),
        ("auxproducts__tgz", deliveries.tgz({"flux.csv": b"ms,field\na.ms,b\n"}), "unreadable-flux-csv"),
    ],
)
def test_a_text_that_cannot_be_read_is_a_finding_and_the_rest_is_indexed(tmp_path, end, content, code):
    (delivery,) = read_delivery(auxiliary(tmp_path, **{end: content}))

    assert codes_of(delivery) == {code}
    assert len(delivery.execution_blocks) == 2


def test_scripts_for_calibration_make_it_manual_whatever_request_lies_beside_them(tmp_path):
    imaging = deliveries.request(commands=("hif_makeimlist", "hif_makeimages"))
    files = {
        f"script/{FIRST}.ms.scriptForCalibration.py": b"",
        f"script/member.{MOUS}.scriptForFluxCalibration.py": b"",
        f"script/member.{MOUS}.hifa_image.pprequest.xml": imaging,
    }

    (delivery,) = read_delivery(deliveries.tar(tmp_path / AUXILIARY_TAR, files))

    calibration = delivery.calibration
    assert calibration.kind == "manual"
    assert (calibration.calibration_pprs, len(calibration.imaging_pprs)) == ((), 1)
    assert calibration.scripts == ("script_for_calibration", "script_for_flux_calibration")
    assert [block.used for block in delivery.execution_blocks] == [True, False]


def test_an_applied_renormalisation_is_noted(tmp_path):
    manifest = deliveries.manifest(extra='<hifa_renorm apply="True"/>')

    (delivery,) = read_delivery(auxiliary(tmp_path, pipeline_manifest__xml=manifest))

    assert delivery.calibration.renorm_applied


def test_two_deliveries_in_one_call_stay_apart(tmp_path):
    other = PREFIX.replace(MOUS, OTHER_MOUS)
    paths = deliveries.write(tmp_path)
    paths.append(deliveries.tar(tmp_path / f"{PROJECT}_{OTHER_MOUS}_auxiliary.tar", {"qa/a.pdf": b"x"}, prefix=other))

    assert [delivery.mous for delivery in read_delivery(paths)] == [archive_form(MOUS), archive_form(OTHER_MOUS)]


def test_raw_data_without_a_tree_go_to_the_delivery_that_names_their_block(tmp_path):
    paths = [deliveries.tar(tmp_path / deliveries.raw_tar(FIRST), deliveries.raw(FIRST), prefix="")]
    paths.append(deliveries.tar(tmp_path / AUXILIARY_TAR, deliveries.auxiliary()))

    (delivery,) = read_delivery(paths)

    assert [block.has_raw for block in delivery.execution_blocks] == [True, False]


def test_raw_data_that_nothing_places_are_refused(tmp_path):
    path = deliveries.tar(tmp_path / deliveries.raw_tar(FIRST), deliveries.raw(FIRST), prefix="")

    with pytest.raises(NoDeliveryError, match="Nothing says to which MOUS the raw data of"):
        read_delivery(path)


def test_cycle_0_has_a_date_in_place_of_a_mous(tmp_path):
    prefix = "2011.0.00340.S/sg_ouss_id/group_ouss_id/member_ouss_2012-12-05_id"
    path = deliveries.tar(
        tmp_path / "2011.0.00340.S_2012-12-05_001_of_001.tar", {"product/TWHya.continuum.fits": b"x"}, prefix=prefix
    )

    (delivery,) = read_delivery(path)

    assert (delivery.mous, delivery.cycle0, delivery.delivery_date) == (None, True, "2012-12-05")
    assert delivery.project == "2011.0.00340.S"


@pytest.mark.parametrize(
    ("end", "content"),
    [
        ("pipeline_manifest__xml", deliveries.manifest(mous=OTHER_MOUS)),
        ("pprequest__xml", deliveries.request(mous=OTHER_MOUS)),
        ("pprequest__xml", deliveries.request(project="2022.1.00001.S")),
    ],
)
def test_a_text_that_speaks_of_another_mous_or_project_refuses_the_delivery(tmp_path, end, content):
    with pytest.raises(ContradictionError, match=end.replace("__", r"\.")):
        read_delivery(auxiliary(tmp_path, **{end: content}))


def test_a_file_named_after_another_mous_refuses_the_delivery(tmp_path):
    path = deliveries.tar(tmp_path / AUXILIARY_TAR, {f"qa/member.{OTHER_MOUS}.qa2_report.pdf": b"x"})

    with pytest.raises(ContradictionError, match=r"qa2_report\.pdf in .*_auxiliary\.tar says"):
        read_delivery(path)


def test_one_mous_under_two_projects_is_refused(tmp_path):
    paths = deliveries.write(tmp_path, blocks=())
    prefix = PREFIX.replace(PROJECT, "2022.1.00001.S")
    paths.append(deliveries.tar(tmp_path / f"{FIRST}.asdm.sdm.tar", deliveries.raw(FIRST), prefix=prefix))

    with pytest.raises(ContradictionError, match=r"its project is 2022\.1\.00001\.S"):
        read_delivery(paths)


def test_raw_data_whose_table_names_another_block_are_refused(tmp_path):
    tables = {f"raw/{FIRST}.asdm.sdm/{name}": content for name, content in deliveries.asdm(SECOND).items()}

    with pytest.raises(ContradictionError, match=r"ExecBlock\.xml in"):
        read_delivery(deliveries.tar(tmp_path / deliveries.raw_tar(FIRST), tables))


def test_one_block_in_two_deliveries_is_refused(tmp_path):
    paths = [deliveries.tar(tmp_path / deliveries.raw_tar(FIRST), deliveries.raw(FIRST))]
    prefix = PREFIX.replace(MOUS, OTHER_MOUS)
    paths.append(deliveries.tar(tmp_path / f"{FIRST}.asdm.sdm.tar", deliveries.raw(FIRST), prefix=prefix))

    with pytest.raises(ContradictionError, match="MOUS of"):
        read_delivery(paths)


def test_the_same_file_in_two_tars_has_to_be_the_same(tmp_path):
    readme = f"member.{MOUS}.README.txt"
    paths = [deliveries.tar(tmp_path / AUXILIARY_TAR, {readme: b"read me"})]
    paths.append(deliveries.tar(tmp_path / deliveries.README_TAR, {readme: b"read me"}))
    assert len(read_delivery(paths)[0].files) == 1

    deliveries.tar(tmp_path / deliveries.README_TAR, {readme: b"read it"})
    with pytest.raises(ContradictionError, match="README"):
        read_delivery(paths)


def test_hostile_xml_refuses_the_delivery(tmp_path):
    bomb = b'<!DOCTYPE a [<!ENTITY x "ha">]><piperesults><ous name="&x;"/></piperesults>'

    with pytest.raises(ArchiveError, match="declares entities"):
        read_delivery(auxiliary(tmp_path, pipeline_manifest__xml=bomb))


def test_an_empty_directory_is_no_delivery(tmp_path):
    with pytest.raises(NoDeliveryError, match="no delivery"):
        read_delivery(tmp_path)


def test_a_source_with_more_fields_than_alma_takes_is_a_finding(tmp_path):
    rows = [{"fieldName": '"HL Tau"', "phaseDir": f"2 1 2 1.2 {n / 10_000}"} for n in range(asdm.MOST_POINTINGS + 5)]
    fields = {f"raw/{FIRST}.asdm.sdm/Field.xml": deliveries._table("Field", *rows)}
    packages = deliveries.write(tmp_path, blocks=(SECOND,))
    raw = deliveries.tar(tmp_path / deliveries.raw_tar(FIRST), deliveries.raw(FIRST) | fields)

    (delivery,) = read_delivery([*packages, raw])

    (source,) = [source for source in delivery.sources if source.name == "HL Tau"]
    assert len(source.pointings) == asdm.MOST_POINTINGS + 1
    assert codes_of(delivery) == {"too-many-pointings"}
