"""pipeline_manifest.xml (FACTS 3.4)."""

import pytest

from archive.readers import manifest
from archive.readers.xml_text import XmlError
from tests import deliveries
from tests.deliveries import FIRST, MOUS, SECOND, archive_form


def test_a_manifest_names_its_blocks_with_session_flags_and_calibration():
    read = manifest.parse(deliveries.manifest(), "m.xml")

    assert read.mous == archive_form(MOUS)
    assert (read.casa_version, read.casa, read.pipeline_version) == ("6.6.1-17", (6, 6, 1, 17), "2024.1.0.8")
    assert [block.uid for block in read.blocks] == [archive_form(FIRST), archive_form(SECOND)]
    assert [block.session for block in read.blocks] == ["session_2", "session_3"]
    assert read.blocks[0].caltables == (f"{MOUS}.session_2.caltables.tgz",)
    assert read.blocks[1].calapply == f"{SECOND}.ms.calapply.txt"


def test_only_the_outer_ous_is_trusted():
    text = deliveries.manifest().replace(b'name="OUS"', b'name="OUS" ous="uid___A001_X9_X9"')

    assert manifest.parse(text, "m.xml").mous == archive_form(MOUS)


def test_an_ous_that_the_pipeline_did_not_know_is_none():
    assert manifest.parse(deliveries.manifest(mous="oussid"), "m.xml").mous is None


def test_absent_versions_and_undefined_files_are_none():
    text = b'<piperesults><ous name="oussid"><session name="session_1"><asdm name="uid___A002_X1_X2.ms">'
    text += b'<applycmds name="Undefined"/></asdm></session></ous></piperesults>'

    read = manifest.parse(text, "m.xml")

    assert (read.casa_version, read.casa, read.blocks[0].calapply) == (None, None, None)
    assert not read.calibrates


@pytest.mark.parametrize(
    ("renorm", "applied"),
    [('<hifa_renorm apply="True" threshold="1.02"/>', True), ('<hifa_renorm apply="False"/>', False),
     ("<hifa_renorm/>", False), ("", False)],
)  # fmt: skip
def test_renormalisation_counts_only_when_it_was_applied(renorm, applied):
    read = manifest.parse(deliveries.manifest(extra=renorm), "m.xml")

    assert read.blocks[0].renorm_applied is applied


def test_of_several_manifests_the_calibration_is_the_narrower():
    both = manifest.parse(deliveries.manifest(), "x.hifa_cal.pipeline_manifest.xml")
    images = manifest.parse(deliveries.manifest(blocks=()), "x.hifa_image.pipeline_manifest.xml")

    assert manifest.chosen([images, both]) is both
    assert manifest.chosen([images]) is images
    assert manifest.chosen([]) is None


def test_of_two_that_list_calibration_the_name_decides():
    images = manifest.parse(deliveries.manifest(), "a.hifa_image.pipeline_manifest.xml")
    calibration = manifest.parse(deliveries.manifest(), "b.hifa_cal.pipeline_manifest.xml")

    assert manifest.chosen([images, calibration]) is calibration


def test_every_name_that_a_manifest_promises_is_listed():
    names = list(manifest.parse(deliveries.manifest(), "m.xml").names())

    assert len(names) == 8
    assert f"{MOUS}.HL_Tau_sci.spw2.cube.regcal.I.pbcor.fits" in names


@pytest.mark.parametrize(
    "text",
    [b"", b"<piperesults>", b"<other/>", b"<piperesults/>",
     b'<piperesults><ous name="x"><session><asdm name="y"/></session></ous></piperesults>'],
)  # fmt: skip
def test_what_is_no_manifest_is_refused_by_name(text):
    with pytest.raises(XmlError, match=r"m\.xml"):
        manifest.parse(text, "m.xml")
