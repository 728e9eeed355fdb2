"""A package has the tree, the tars and the names of ALMA's own (seed 003, sections 3 and 5.3; FACTS 2.3 and 3)."""

import ast
import gzip
import tarfile

import pytest
from defusedxml import ElementTree

from restores.simulation import manual, pipeline
from restores.simulation.calibration import calapply, cont_dat
from restores.simulation.manifest import manifest
from restores.simulation.pack import pack
from restores.simulation.ppr import NAMESPACE, request
from restores.simulation.products import archive_name, manual_name
from restores.simulation.reports import pdf
from restores.simulation.scripts import restore_script
from tests.restores.simulation import stubs

FIRST, SECOND = "uid___A002_X117d20e_X2f40", "uid___A002_X11a06d2_X10a"
MEMBER = "2023.1.00977.S/science_goal.uid___A001_X3662_X1c7/group.uid___A001_X3662_X1c8/member.uid___A001_X3662_X1c9"
PREFIX = "member.uid___A001_X3662_X1c9"


@pytest.fixture
def packed(tmp_path):
    tree, simulated = stubs.tree(tmp_path), stubs.simulated(tmp_path)
    pipeline.write(tree, simulated)
    out = tmp_path / "out"
    out.mkdir()
    return {tar.name: tar for tar in pack(tree, out)}


def members(tar):
    with tarfile.open(tar) as archive:
        return {member.name for member in archive if member.isfile()}


def test_a_mous_is_delivered_as_product_auxiliary_and_readme_tar_and_one_raw_tar_per_block(packed):
    assert set(packed) == {
        f"2023.1.00977.S_{FIRST}.asdm.sdm.tar",
        f"2023.1.00977.S_{SECOND}.asdm.sdm.tar",
        "2023.1.00977.S_uid___A001_X3662_X1c9_001_of_001.tar",
        "2023.1.00977.S_uid___A001_X3662_X1c9_auxiliary.tar",
        f"{PREFIX}.README.txt.tar",
    }


def test_every_tar_repeats_the_tree(packed):
    for tar in packed.values():
        assert all(name.startswith(f"{MEMBER}/") for name in members(tar))


def test_the_auxiliary_tar_holds_what_a_restore_needs(packed):
    held = members(packed["2023.1.00977.S_uid___A001_X3662_X1c9_auxiliary.tar"])

    wanted = [
        f"calibration/{PREFIX}.session_2.caltables.tgz",
        f"calibration/{PREFIX}.session_3.caltables.tgz",
        f"calibration/{FIRST}.ms.flagversions.tgz",
        f"calibration/{SECOND}.ms.calapply.txt",
        f"calibration/{PREFIX}.hifa_calimage.auxproducts.tgz",
        f"script/{PREFIX}.hifa_calimage.casa_piperestorescript.py",
        f"script/{PREFIX}.hifa_calimage.pipeline_manifest.xml",
        f"script/{PREFIX}.hifa_calimage.pprequest.xml",
    ]
    assert {f"{MEMBER}/{name}" for name in wanted} <= held


def test_the_same_tree_packs_to_the_same_bytes(tmp_path, packed):
    tree = stubs.tree(tmp_path)
    again = tmp_path / "again"
    again.mkdir()

    for tar in pack(tree, again):
        assert tar.read_bytes() == packed[tar.name].read_bytes()


def test_primary_beams_are_compressed_and_lose_regcal_on_the_way(packed):
    tar = packed["2023.1.00977.S_uid___A001_X3662_X1c9_001_of_001.tar"]

    with tarfile.open(tar) as archive:
        beam = archive.extractfile(f"{MEMBER}/product/{PREFIX}.HD_142527_sci.spw2.cube.I.pb.fits.gz")
        assert gzip.decompress(beam.read()) == b"SIMPLE"


@pytest.mark.parametrize(
    ("layer", "archived", "by_hand"),
    [
        ("pbcor", "member.uid_X.A_sci.spw2.cube.I.pbcor.fits", "member.uid_X.A_sci.spw2.cube.I.manual.pbcor.fits"),
        ("mask", "member.uid_X.A_sci.spw2.cube.I.mask.fits.gz", "member.uid_X.A_sci.spw2.cube.I.manual.mask.fits.gz"),
    ],
)
def test_the_archive_renames_what_the_pipeline_wrote(layer, archived, by_hand):
    raw = f"uid_X.A_sci.spw2.cube.regcal.I.{layer}.fits"

    assert archive_name(raw, layer) == archived
    assert manual_name(raw, layer) == by_hand


def test_a_manual_package_has_no_request_manifest_or_restore_script(tmp_path):
    tree, simulated = stubs.tree(tmp_path, "manual"), stubs.simulated(tmp_path, "manual")

    manual.write(tree, simulated)

    written = {path.name for path in (tree.root / tree.member / "script").iterdir()}
    assert "uid___A002_X10b6e04_X43b1.ms.scriptForCalibration.py" in written
    assert not [name for name in written if name.endswith((".xml", "restorescript.py"))]


def test_the_request_keeps_an_empty_first_session(tmp_path):
    root = ElementTree.fromstring(request(stubs.tree(tmp_path)))

    spelt = {
        pair.findtext(f"{{{NAMESPACE}}}Keyword"): pair.findtext(f"{{{NAMESPACE}}}Value")
        for pair in root.iter(f"{{{NAMESPACE}}}Intents")
    }
    assert spelt["SESSION_1"] == ""
    assert spelt["SESSION_2"] == "uid://A002/X117d20e/X2f40"
    assert spelt["SESSION_3"] == "uid://A002/X11a06d2/X10a"
    assert spelt["representative_source"] == "HD_142527"
    assert spelt["representative_spwid"] == "2"


def test_the_request_names_the_mous_as_ous_status(tmp_path):
    root = ElementTree.fromstring(request(stubs.tree(tmp_path)))

    assert root.find(f".//{{{NAMESPACE}}}OUSStatusRef").get("entityId") == "uid://A001/X3662/X1c9"


def test_the_manifest_keys_blocks_by_their_measurement_set_and_images_by_the_name_the_pipeline_gave(tmp_path):
    root = ElementTree.fromstring(manifest(stubs.tree(tmp_path), stubs.simulated(tmp_path)))

    sessions = {session.get("name"): session for session in root.iter("session")}
    assert sessions["session_3"].find("asdm").get("name") == f"{SECOND}.ms"
    assert sessions["session_3"].find("caltables").get("name") == f"{PREFIX}.session_3.caltables.tgz"
    assert root.find("ous/casaversion").get("name") == "6.7.0.31"
    images = {image.get("name"): image for image in root.iter("image")}
    assert images["uid___A001_X3662_X1c9.HD_142527_sci.spw2.cube.regcal.I.pb.fits"].get("virtspw") == "2"


def test_a_single_table_is_applied_bare(tmp_path):
    told = stubs.simulated(tmp_path).blocks[0]

    header, line, end = calapply(told).split("\n")

    assert header == f"# Apply file for {FIRST}.ms"
    call = ast.parse(line).body[0].value
    values = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert values["gaintable"] == told["caltables"][0]
    assert values["spwmap"] == []
    assert values["calwt"] is True
    assert "applymode" not in values
    assert end == ""


def test_continuum_ranges_carry_the_virtual_number_the_name_and_lsrk(tmp_path):
    told = stubs.simulated(tmp_path).science["continuum_ranges_hz"]

    lines = cont_dat(stubs.tree(tmp_path), told).splitlines()

    assert lines[0] == "Field: HD_142527"
    assert "SpectralWindow: 2 X1473829105#ALMA_RB_06#BB_2#SW-01#FULL_RES" in lines
    assert "230.4880000000~230.5000000000GHz LSRK" in lines


def test_the_restore_script_names_a_session_for_every_block(tmp_path):
    call = next(
        node
        for node in ast.walk(ast.parse(restore_script(stubs.tree(tmp_path))))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hifa_restoredata"
    )

    values = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert values == {"vis": [FIRST, SECOND], "session": ["session_2", "session_3"], "ocorr_mode": "ca"}


def test_a_report_is_a_pdf_whose_table_points_at_its_objects():
    report = pdf(["QA2 status: PASS (really)"])

    start = int(report.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert report[start : start + 4] == b"xref"
    for number, entry in enumerate(report[start:].split(b"\n")[3:8], start=1):
        assert report[int(entry[:10]) :].startswith(b"%d 0 obj" % number)
