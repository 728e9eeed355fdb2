"""Facts from ObsCore rows (FACTS 6, 8.1)."""

import csv

import pytest

from archive.readers import obscore
from archive.readers.obscore import ObscoreError

HEADER = "proposal_id,member_ous_uid,obs_release_date,qa2_passed,schedblock_name,obs_title,pi_userid"
ROW = "2017.1.00964.S,uid://A001/X1288/Xba8,2019-01-31T18:33:08.000,T,NGC3504_a_06_TM2,Black Holes,dnguyen"
MOUS = "uid://A001/X1288/Xba8"


def parse(*rows, header=HEADER):
    return obscore.parse("\n".join([header, *rows]))


def test_real_rows_give_projects_and_release_times(shared_data):
    read = obscore.parse((shared_data / "metadata" / "obscore_NGC3504.csv").read_text(encoding="utf-8"))

    assert read.bad == ()
    assert read.facts["projects"]["2017.1.00964.S"] == {"title": "Weighing Black Hole Masses in Low-Mass Galaxies"}
    assert len(read.facts["mous"]) == 5
    assert read.facts["mous"][MOUS] == {"release_at": "2019-01-31T18:33:08+00:00", "sb_name": "NGC3504_a_06_TM2"}


def test_needed_columns_are_there_in_alma_s_table(shared_data):
    with (shared_data.parent / "domain" / "vectors" / "obscore_columns.csv").open(encoding="utf-8") as table:
        columns = {row["name"] for row in csv.DictReader(table)}

    assert set(HEADER.split(",")) <= columns


def test_a_pass_says_nothing_and_a_failure_is_a_failure():
    assert "qa2" not in parse(ROW).facts["mous"][MOUS]
    assert parse(ROW.replace(",T,", ",b'F',")).facts["mous"][MOUS]["qa2"] == "FAIL"


def test_the_pi_is_known_where_the_column_is_there():
    assert parse(ROW).facts["projects"]["2017.1.00964.S"] == {"title": "Black Holes", "pi": "dnguyen"}


def test_bytes_as_python_writes_them_are_decoded():
    row = ROW.replace("Black Holes", "b'P\\xc3\\xa9roux'").replace("uid://A001/X1288/Xba8", "b'uid://A001/X1288/Xba8'")

    assert parse(row).facts["projects"]["2017.1.00964.S"]["title"] == "P\u00e9roux"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (ROW.replace("2017.1", "17.1"), "Line 3 was left out: proposal_id '17.1.00964.S'"),
        (ROW.replace("X1288", "Q"), "Line 3 was left out: member_ous_uid"),
        (ROW.replace("2019-01-31T18:33:08.000", "soon"), "Line 3 was left out: obs_release_date 'soon'"),
        (ROW.replace("Black Holes", "b'\\xff'"), "Line 3 was left out: obs_title"),
        ("2017.1.00964.S", "Line 3 was left out: it does not have as many fields"),
        (ROW + ",more", "Line 3 was left out: it does not have as many fields"),
    ],
)
def test_a_bad_line_is_left_out_and_named_by_its_number(bad, says):
    read = parse(ROW, bad)

    assert read.facts == parse(ROW).facts
    assert len(read.bad) == 1
    assert read.bad[0].startswith(says)


def test_of_lines_that_disagree_none_is_used():
    read = parse(ROW, ROW.replace("2019-01-31", "2018-01-31"))

    assert "release_at" not in read.facts["mous"][MOUS]
    assert read.bad == (f"Lines 2 and 3 disagree about release_at of {MOUS}; none of them was used for it.",)


@pytest.mark.parametrize("missing", ["proposal_id", "member_ous_uid", "obs_release_date"])
def test_rows_without_a_needed_column_are_refused(missing):
    with pytest.raises(ObscoreError, match=f"no column {missing}"):
        parse(ROW, header=HEADER.replace(missing, "x"))
