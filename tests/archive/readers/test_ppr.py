"""Processing requests (FACTS 3.5)."""

import pytest

from archive.readers import ppr
from archive.readers.xml_text import XmlError
from tests import deliveries
from tests.deliveries import FIRST, MOUS, PROJECT, SECOND, archive_form


def test_the_real_request_of_a_cycle_2_project(shared_data):
    read = ppr.parse((shared_data / "PPR_uid___A001_X121_X4bb.xml").read_bytes(), "PPR_uid___A001_X121_X4bb.xml")

    assert (read.project, read.mous) == ("2013.1.00269.S", "uid://A001/X121/X4ba")
    assert read.sessions == {
        "uid://A002/X95e355/X1f13": "session_1",
        "uid://A002/X95e355/X220a": "session_2",
        "uid://A002/X9cffbd/Xefe": "session_3",
        "uid://A002/X9d13e3/Xd4f": "session_4",
    }
    assert len(read.commands) == 17
    assert read.commands[14].parameters == {"intent": "PHASE,BANDPASS,CHECK"}
    assert read.calibrates
    assert read.sb_name is None  # it says Undefined


def test_an_empty_first_session_is_skipped():
    read = ppr.parse(deliveries.request(), "p.xml")

    assert (read.project, read.mous, read.title) == (PROJECT, archive_form(MOUS), "hifa_calimage")
    assert read.sessions == {archive_form(FIRST): "session_2", archive_form(SECOND): "session_3"}
    assert read.sb_name == "HL_Tau_a_06_TM1"
    assert read.performance == {"representative_source": "HL_Tau"}


def test_sessions_end_at_the_first_missing_number_and_the_rest_falls_to_the_first():
    text = deliveries.request().replace(b"SESSION_2", b"SESSION_7").replace(b"SESSION_3", b"SESSION_2")

    read = ppr.parse(text, "p.xml")

    assert read.sessions == {archive_form(FIRST): "session_1", archive_form(SECOND): "session_2"}


def test_a_session_may_hold_several_blocks():
    both = f"{archive_form(FIRST)} | {archive_form(SECOND)}".encode()
    text = deliveries.request().replace(archive_form(FIRST).encode() + b"</Value>", both + b"</Value>")
    text = text.replace(b"SESSION_3", b"NO_SESSION")

    assert set(ppr.parse(text, "p.xml").sessions.values()) == {"session_2"}


@pytest.mark.parametrize(
    ("commands", "calibrates"),
    [
        (("hifa_importdata", "hifa_timegaincal", "hif_applycal", "hif_makeimages"), True),
        (("hsd_importdata", "hsd_skycal", "hsd_k2jycal"), True),
        (("hifa_importdata", "hif_mstransform", "hif_makeimlist", "hif_makeimages", "hifa_exportdata"), False),
        (("hifa_restoredata", "hif_mstransform", "hif_findcont", "hif_uvcontsub", "hif_makeimages"), False),
        ((), True),  # only the title is left, hifa_calimage
    ],
)
def test_a_request_that_only_images_is_told_from_one_that_calibrates(commands, calibrates):
    assert ppr.parse(deliveries.request(commands=commands), "p.xml").calibrates is calibrates


@pytest.mark.parametrize("text", [b"<piperesults/>", b"", deliveries.request(mous="uid___A001_X1_X")])
def test_what_is_no_request_is_refused_by_name(text):
    with pytest.raises(XmlError, match=r"p\.xml"):
        ppr.parse(text, "p.xml")
