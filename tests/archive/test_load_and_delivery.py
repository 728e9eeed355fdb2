"""ObsCore's rows and deliveries of the same MOUSs, in both orders: the same index comes of it."""

import csv

import pytest

from archive.models import GroupOUS, MemberOUS, Observation, Tally
from archive.obscore.load import load_obscore
from products.ingest import ingest_delivery
from tests import deliveries
from tests.deliveries import CYCLE_0_BLOCKS, CYCLE_0_PROJECT, archive_form

pytestmark = pytest.mark.django_db(transaction=True)
UID, GROUP = "uid://A002/X477d13/X1f", "uid://A002/X477d13/X1e"
COMMON = {
    "obs_release_date": "2013-12-06T10:00:00.000", "qa2_passed": "T", "calib_level": 2, "dataproduct_type": "cube",
    "science_observation": "T", "scan_intent": "TARGET", "is_mosaic": "F", "pi_userid": "cqi",
}  # fmt: skip
TW_HYA = COMMON | {
    "proposal_id": CYCLE_0_PROJECT, "target_name": "TW Hya", "s_ra": 165.466, "s_dec": -34.7047, "s_fov": 0.005,
    "frequency": 372.4, "band_list": "7", "member_ous_uid": UID, "group_ous_uid": GROUP,
    "frequency_support": "[372.30..372.53GHz,61.04kHz,20mJy/beam@10km/s,1.2mJy/beam@native, XX YY]",
}  # fmt: skip
HL_TAU = COMMON | {
    "proposal_id": deliveries.PROJECT, "target_name": "HL_Tau", "s_ra": 67.91, "s_dec": 18.23, "s_fov": 0.007,
    "frequency": 229.94, "band_list": "6", "member_ous_uid": archive_form(deliveries.MOUS), "group_ous_uid": "",
    "asdm_uid": archive_form(deliveries.FIRST),
    "frequency_support": "[229.87..230.00GHz,976.56kHz,3.2mJy/beam@10km/s,110uJy/beam@native, XX YY]",
}  # fmt: skip


@pytest.fixture
def rows(tmp_path):
    """Three of one Cycle 0 data set, and one of a MOUS of which ObsCore does not say the group."""
    listed = [TW_HYA | {"asdm_uid": archive_form(block)} for block in CYCLE_0_BLOCKS] + [HL_TAU]
    with (tmp_path / "obscore.csv").open("w", newline="") as file:
        written = csv.DictWriter(file, fieldnames=list(HL_TAU))
        written.writeheader()
        written.writerows(listed)
    return tmp_path / "obscore.csv"


@pytest.fixture
def packages(tmp_path):
    return [*deliveries.write_cycle_0(tmp_path), *deliveries.write(tmp_path)]


def index():
    columns = ("name__name", "origin", "mous__uid", "gous__uid", "project__code", "block__uid", "spw", "release_at",
               "qa2", "calibration", "array")  # fmt: skip
    return {
        "rows": sorted(Observation.objects.values_list(*columns), key=str),
        "tallies": sorted(Tally.objects.values_list("mous__uid", "gous__uid", "bands", "rows")),
        "mous": sorted(
            MemberOUS.objects.values_list("uid", "gous__uid", "delivery_state", "delivery_id", "release_at")
        ),
        "groups": sorted(GroupOUS.objects.values_list("uid", "science_goal_uid", "project__code")),
    }


@pytest.mark.parametrize("first", ["ObsCore", "deliveries"])
def test_what_comes_first_makes_no_difference(rows, packages, first):
    steps = [lambda: load_obscore([rows]), lambda: ingest_delivery(packages)][:: 1 if first == "ObsCore" else -1]
    for step in steps:
        step()
    once = index()
    for step in steps:
        step()

    assert index() == once
    assert [row[:2] for row in once["mous"]] == [
        (archive_form(deliveries.MOUS), archive_form(deliveries.GOUS)), (UID, GROUP)
    ]  # fmt: skip
    assert [row[2:4] for row in once["mous"]] == [("complete", ""), ("complete", deliveries.CYCLE_0)]
    assert [(row[0], row[1]) for row in once["rows"]] == [
        ("HL_Tau", 0), ("J0510+1800", 1), ("J0510+1800", 1), ("TW Hya", 0), ("TW Hya", 0), ("TW Hya", 0)
    ]  # fmt: skip
    assert [(row[0], row[3]) for row in once["tallies"]] == [(archive_form(deliveries.MOUS), 3), (UID, 3)]
    assert [row[0] for row in once["groups"]] == [archive_form(deliveries.GOUS), GROUP]
    assert {row[7].year for row in once["rows"]} == {2013}
    assert {row[9] for row in once["rows"]} == {1, 2}


def test_a_bad_footprint_is_refused_by_its_line_beside_what_was_delivered(tmp_path, packages):
    ingest_delivery(packages)
    path = tmp_path / "bad.csv"
    with path.open("w", newline="") as file:
        written = csv.DictWriter(file, fieldnames=[*HL_TAU, "s_region"])
        written.writeheader()
        written.writerow(HL_TAU | {"s_region": "Circle ICRS here"})

    (report,) = load_obscore([path])

    assert list(report.refused) == [2]
