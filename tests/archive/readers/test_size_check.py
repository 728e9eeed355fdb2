"""What the pipeline says of the size of its images: the AQUA report, its scripts and its log (FACTS 5.4, 6)."""

import pytest

from archive.readers import size_check, xml_text
from archive.readers.delivery import read_delivery
from tests import deliveries

MITIGATED = "Size had to be mitigated (nbins,hm_imsize)"
LOG = """
# hif_checkproductsize(maxcubesize=40.0, maxcubelimit=60.0, maxproductsize=500.0)
tclean(vis=['a_targets.ms'], field='"HL Tau"', spw=['2:230~231'], imagename='x.s30_0.HL_Tau_sci.spw2_3.cont.I.iter0')
tclean(vis=['a_targets.ms'], field='"HL Tau"', spw=['2'], imagename='oussid.s30_0.HL_Tau_sci.spw2_3.cont.I.iter1')
tclean(vis=['a_line.ms'], field='"HL Tau"', imagename='uid___A001_X1_X2.s36_0.HL_Tau_sci.spw2.cube.selfcal.I.iter1')
tclean(vis=['a.ms'], field='J0510', spw=['2'], imagename='oussid.s20_0.J0510_1800_bp.spw2.mfs.I.iter1')
tclean(vis=['a.ms'], field='"HL Tau"', spw=['3'], imagename='oussid.s29_0.HL_Tau_sci.spw3.mfs.I.findcont')
exportfits(imagename='oussid.s36_0.HL_Tau_sci.spw3.cube.I.iter1', fitsimage='x.fits')
"""


def report(stages):
    return f"<PipelineAquaReport><QaPerStage>{stages}</QaPerStage></PipelineAquaReport>".encode()


def stage(number, reason, name="hif_checkproductsize"):
    score = f'<RepresentativeScore Score="0.85" Reason="{reason}"/><SubScore Score="0.85" Reason="another"/>'
    return f'<Stage Number="{number}" Name="{name}">{score}</Stage>'


def words(stages):
    return size_check.words(xml_text.parse(report(stages), "aquareport.xml"))


def test_the_words_are_the_reason_of_the_last_such_stage():
    other = stage(24, "Imaged well", name="hif_makeimages")
    assert words(other + stage(20, "No size mitigation needed") + stage(25, MITIGATED)) == MITIGATED


@pytest.mark.parametrize(
    "stages", ["", stage(24, "Imaged well", name="hif_makeimages"), stage(25, ""), stage(25, "N/A")]
)
def test_without_that_stage_or_a_reason_nothing_is_said(stages):
    assert words(stages.replace("another", "")) == ""


def test_long_words_are_cut_and_broken_lines_joined():
    assert len(words(stage(25, "x" * 10_000))) == size_check.LONGEST
    assert words(stage(25, "No size&#10;  mitigation needed")) == "No size mitigation needed"


def test_entities_are_refused():
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]>' + report(stage(25, "&b;"))
    with pytest.raises(xml_text.XmlError):
        xml_text.parse(bomb, "aquareport.xml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LOG, {"maxcubesize": 40.0, "maxcubelimit": 60.0, "maxproductsize": 500.0}),
        ("hif_checkproductsize(maxproductsize=400, maxcubesize=30)", {"maxcubesize": 30.0, "maxproductsize": 400.0}),
        ("hif_checkproductsize(maxcubesize=__import__('os'), maxcubelimit=1e9)", {}),
        ("hif_checkproductsize()", {}),
        ("hif_makeimages()", {}),
    ],
)
def test_limits_are_the_numbers_of_the_call(text, found):
    assert size_check.limits(text) == found


def test_images_are_those_of_targets_that_tclean_was_called_for_each_once():
    assert size_check.made(LOG) == (
        ("HL_Tau", 2, "cont", "regcal"),
        ("HL_Tau", 3, "cont", "regcal"),
        ("HL_Tau", 2, "cube", "selfcal"),
    )


def test_a_log_that_is_made_to_take_long_does_not():
    assert size_check.made("tclean(" * 300_000) == ()
    assert size_check.limits("hif_checkproductsize(" * 100_000) == {}


def test_a_delivery_brings_all_of_it(tmp_path):
    member = f"member.{deliveries.MOUS}.hifa_calimage"
    said = {
        f"qa/{member}.pipeline_aquareport.xml": report(stage(25, MITIGATED)),
        f"script/{member}.casa_commands.log": LOG.encode(),
        f"script/{member}.casa_pipescript.py": b"hif_checkproductsize(maxcubesize=35, maxproductsize=350)",
    }
    tar = deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, deliveries.auxiliary() | said)

    (delivery,) = read_delivery([tar])

    assert delivery.size_check.words == MITIGATED
    assert delivery.size_check.limits["maxproductsize"] == 350
    assert len(delivery.size_check.made) == 3


def test_a_report_that_cannot_be_read_is_a_finding_and_refuses_nothing(tmp_path):
    name = f"qa/member.{deliveries.MOUS}.hifa_calimage.pipeline_aquareport.xml"
    tar = deliveries.tar(tmp_path / deliveries.AUXILIARY_TAR, deliveries.auxiliary() | {name: b"<no"})

    (delivery,) = read_delivery([tar])

    assert "unreadable-xml" in [finding.code for finding in delivery.findings]
    assert not delivery.size_check
