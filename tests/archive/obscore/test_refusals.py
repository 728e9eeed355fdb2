"""A bad line is refused with its number and reason, and the rest is loaded."""

import csv
import os
from datetime import datetime, timedelta

import polars as pl
import pytest
from django.core.management import CommandError, call_command

from archive.models import MemberOUS, Observation
from archive.obscore.files import FileError
from archive.obscore.load import load_obscore
from tests import obscore_rows

pytestmark = pytest.mark.django_db
OTHER = "2024.1.00202.S"


def refused(tmp_path, *rows):
    (report,) = load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", list(rows))])
    return report.refused


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"proposal_id": "no code"}, "proposal_id 'no code' is not an ALMA project code"),
        ({"member_ous_uid": "X541"}, "member_ous_uid 'X541' is not an ALMA identifier"),
        ({"asdm_uid": "later"}, "asdm_uid 'later' is not an ALMA identifier"),
        ({"member_ous_uid": "", "group_ous_uid": ""}, "member_ous_uid is empty, and so is group_ous_uid"),
        ({"member_ous_uid": ""}, "member_ous_uid is empty, which only calib_level 3 may"),
        ({"target_name": " "}, "target_name is empty"),
        ({"target_name": "N" * 257}, "target_name has 257 characters; 256 are the most"),
        ({"target_name": "b'\\xff'"}, "target_name is no text of UTF-8"),
        ({"s_ra": "2h40m"}, "s_ra is '2h40m', which is no number"),
        ({"s_dec": "-91"}, "s_dec is -91, which cannot be"),
        ({"s_dec": ""}, "it has only one of s_ra and s_dec"),
        ({"em_min": "1", "em_max": "0.5"}, "em_min is more than em_max"),
        ({"em_min": "1e-320"}, "em_min is 9.99988867182683e-321, which cannot be"),
        ({"em_min": "0"}, "em_min is 0, which cannot be"),
        ({"t_max": "3000000"}, "t_max is 3000000, which cannot be"),
        ({"t_min": "-1e300"}, "t_min is -1e+300, which cannot be"),
        ({"calib_level": "2.5"}, "calib_level is 2.5, which cannot be"),
        ({"bandwidth": "inf"}, "bandwidth is inf, which cannot be"),
        ({"frequency": "230538000000"}, "frequency is 230538000000, which cannot be"),
        ({"band_list": "6 11"}, "band_list is '6 11'; bands are numbers from 1 to 10"),
        ({"pol_states": "/XX/ZZ/"}, "pol_states is '/XX/ZZ/', which is unknown"),
        ({"qa2_passed": "Y"}, "qa2_passed is 'Y'; it must be T or F"),
        ({"obs_release_date": "soon"}, "obs_release_date 'soon' is not an ISO 8601 time"),
        ({"lastModified": "today"}, "lastModified 'today' is not an ISO 8601 time"),
        ({"s_region": "Circle ICRS 1 2"}, "s_region cannot be used"),
        ({"pi_userid": "p" * 151}, "pi_userid has 151 characters; 150 are the most"),
    ],
)
def test_a_bad_row_is_refused_and_the_others_are_loaded(tmp_path, changes, why):
    rows = [dict.fromkeys(changes, "") | row for row in map(obscore_rows.row, (25, 27, 29))]
    rows[1] |= changes

    found = refused(tmp_path, *rows)

    assert list(found) == [3]
    assert why in found[3]
    assert sorted(Observation.objects.values_list("spw", flat=True)) == [25, 29]


def test_lines_with_too_few_or_too_many_fields_are_refused(tmp_path):
    path = obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row(spw) for spw in (25, 27, 29)])
    first, *lines = path.read_text().splitlines()
    broken = [lines[0], lines[1].rpartition(",")[0], lines[2] + ",more"]
    path.write_text("\n".join([first, *broken]) + "\n")

    (report,) = load_obscore([path])

    assert report.new == 1
    assert report.refused == dict.fromkeys((3, 4), "it does not have as many fields as there are columns")


def test_a_field_that_is_too_long_is_refused_with_its_line_alone_beside_a_line_with_too_few(tmp_path):
    most = csv.field_size_limit()
    rows = [obscore_rows.row(25), obscore_rows.row(27, schedblock_name="S" * 2**20), obscore_rows.row(29)]
    path = obscore_rows.write_csv(tmp_path / "rows.csv", rows)
    path.write_text(path.read_text() + "too,few\n")

    (report,) = load_obscore([path])

    assert report.new == 2
    assert list(report.refused) == [3, 5]
    assert report.refused[3] == f"schedblock_name has {2**20} characters; 128 are the most"
    assert csv.field_size_limit() == most  # of what else is read in this process


def test_line_numbers_count_line_ends_within_quotes(tmp_path):
    rows = [
        obscore_rows.row(25, obs_title='"Gas"\nin NGC 1052'),
        obscore_rows.row(27, s_ra="x", obs_title='"Gas"\nin NGC 1052'),
    ]

    assert list(refused(tmp_path, *rows)) == [4]


def test_line_numbers_are_those_of_the_file_where_its_last_line_has_no_end(tmp_path):
    path = obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row(25), obscore_rows.row(27, s_ra="x")])
    path.write_bytes(path.read_bytes().rstrip())

    (report,) = load_obscore([path])

    assert list(report.refused) == [3]


def test_the_same_row_twice_is_unchanged_and_another_of_its_place_refused(tmp_path):
    rows = [obscore_rows.row(25), obscore_rows.row(25), obscore_rows.row(25, bandwidth="1")]
    (report,) = load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", rows)])

    assert (report.new, report.unchanged) == (1, 1)
    assert list(report.refused) == [4]
    assert "window as 2, and says something else" in report.refused[4]


def test_a_mous_stays_in_its_project_and_group(tmp_path):
    assert not refused(tmp_path, obscore_rows.row(25))
    elsewhere = obscore_rows.row(27, group_ous_uid="uid://A001/X3621/X999")

    found = refused(tmp_path, obscore_rows.row(29), elsewhere, obscore_rows.row(31, proposal_id=OTHER))

    assert found == {
        3: f"it puts {obscore_rows.MOUS} into the group uid://A001/X3621/X999, which is of {obscore_rows.GROUP}",
        4: f"it puts {obscore_rows.MOUS} into {OTHER}, which is of {obscore_rows.CODE}",
    }


@pytest.mark.parametrize("known", [True, False])
def test_a_row_that_is_refused_for_its_project_says_nothing_of_the_mous(tmp_path, known):
    """It would open data that are another project's."""
    unknown = {"obs_release_date": "", "schedblock_name": "", "qa2_passed": ""}
    if known:
        assert not refused(tmp_path, obscore_rows.row(25, **unknown))
    other = {"obs_release_date": "2012-01-01T00:00:00.000", "schedblock_name": "Mars", "qa2_passed": "F"}

    found = refused(tmp_path, obscore_rows.row(25, **unknown), obscore_rows.row(27, proposal_id=OTHER, **other))

    mous = MemberOUS.objects.get()
    assert list(found) == [3]
    assert (mous.release_at.year, mous.sb_name, mous.qa2_state) == (3000, "", "")


def test_a_group_stays_in_its_project(tmp_path):
    of_group = {"group_ous_uid": obscore_rows.GROUP}
    assert not refused(tmp_path, obscore_rows.row(25))

    found = refused(
        tmp_path, obscore_rows.of_mous(7, **of_group), obscore_rows.of_mous(8, proposal_id=OTHER, **of_group)
    )

    assert found == {3: f"it puts the group {obscore_rows.GROUP} into {OTHER}, which is of {obscore_rows.CODE}"}


def test_what_one_file_contradicts_in_itself_goes_to_the_first_line(tmp_path):
    found = refused(tmp_path, obscore_rows.row(25), obscore_rows.row(27, proposal_id=OTHER))

    assert list(found) == [3]


def test_a_file_with_the_line_ends_of_another_age_is_not_taken_for_one_without_rows(tmp_path):
    path = obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row(25), obscore_rows.row(27)])
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\r"))

    with pytest.raises(FileError, match="carriage return"):
        load_obscore([path])


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pl.lit([1.0, 2.0]).alias("s_fov"), "s_fov is of the kind List"),
        (pl.struct("s_ra").alias("s_ra"), "s_ra is of the kind Struct"),
        (pl.lit(datetime(2024, 1, 1)).alias("t_min"), "t_min is of the kind Datetime"),
        (pl.col("frequency").cast(pl.String).cast(pl.Categorical), "frequency is of the kind Categorical"),
        (pl.lit(["TARGET"]).alias("scan_intent"), "scan_intent is of the kind List"),
        (pl.lit(timedelta(1)).alias("target_name"), "target_name is of the kind Duration"),
        (pl.lit(b"\xff").alias("target_name"), "invalid utf8"),
    ],
)
def test_a_parquet_column_of_another_kind_changes_nothing(tmp_path, column, kind):
    path = obscore_rows.write_parquet(tmp_path / "rows.parquet", [obscore_rows.row()])
    pl.read_parquet(path).with_columns(column).write_parquet(path)

    with pytest.raises(FileError, match=kind):
        load_obscore([path])
    assert not Observation.objects.exists()


def test_a_report_that_cannot_be_written_is_told_before_anything_is_loaded(tmp_path):
    path = obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row()])

    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_obscore", path, report=tmp_path / "nowhere" / "report.json")
    assert not Observation.objects.exists()


def test_a_report_is_not_written_over_the_rows(tmp_path):
    path = obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row()])
    before = path.read_bytes()

    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_obscore", path, report=tmp_path / "rows.csv")
    assert path.read_bytes() == before
    assert not Observation.objects.exists()


def test_a_bad_file_names_those_that_were_not_tried_after_it(tmp_path):
    good, after = (obscore_rows.write_csv(tmp_path / name, [obscore_rows.row()]) for name in ("a.csv", "c.csv"))

    with pytest.raises(CommandError, match=r"b\.csv was not loaded.* after it was not tried: c\.csv\. Give"):
        call_command("load_obscore", good, tmp_path / "b.csv", after)
    assert Observation.objects.count() == 1


@pytest.mark.parametrize("name", ["rows.parquet", "rows.xml"])
def test_a_directory_is_not_told_as_a_file_that_is_not_there(tmp_path, name):
    (tmp_path / name).mkdir()

    with pytest.raises(FileError, match="a directory or a pipe"):
        load_obscore([tmp_path / name])


def test_a_file_with_a_name_that_is_no_text_is_loaded(tmp_path):
    path = tmp_path / os.fsdecode(b"rows\xe9.csv")

    (report,) = load_obscore([obscore_rows.write_csv(path, [obscore_rows.row()])])

    assert (report.source, report.new) == (r"rows\xe9.csv", 1)
