"""Loading files of ObsCore rows: what becomes of rows, projects and MOUSs, and what happens the second time."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from django.db import connection

from altiplano.stack import layout
from archive import index_tables, release
from archive.models import Load, MemberOUS, Observation, Project, Tally
from archive.obscore import choosing
from archive.obscore.files import FileError
from archive.obscore.load import load_obscore
from tests import make, obscore_rows

COPIES = "row_key, fingerprint, low_hz, high_hz, hpx, bound_rad, release_at, confidential, bands, polarisations, spw"


def load(tmp_path, *rows, name="rows.csv"):
    write = {".csv": obscore_rows.write_csv, ".parquet": obscore_rows.write_parquet, ".xml": obscore_rows.write_votable}
    path = tmp_path / name
    (report,) = load_obscore([write[path.suffix](path, list(rows))])
    return report


def everything():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COPIES} FROM archive_observation ORDER BY row_key")
        return cursor.fetchall()


@pytest.mark.django_db
def test_a_row_brings_its_project_group_and_mous(tmp_path):
    report = load(tmp_path, obscore_rows.row(25), obscore_rows.row(27))

    mous = MemberOUS.objects.get(uid=obscore_rows.MOUS)
    assert report.counts() == {"new": 2, "changed": 0, "unchanged": 0}
    assert (mous.gous.uid, mous.sb_name, mous.array) == (obscore_rows.GROUP, "NGC1052_a_06_TM1", "12m")
    assert (mous.release_at, mous.release_origin) == (datetime(2025, 1, 31, tzinfo=UTC), "ALMA")
    assert mous.delivery_state == MemberOUS.Delivery.ANNOUNCED
    assert (mous.project.pi.name, mous.project.pi_name, mous.project.pi_key) == ("vega", "Véga, Ana", "vega, ana")
    assert [(tally.rows, tally.bands) for tally in Tally.objects.all()] == [(2, 1 << 6)]


@pytest.mark.django_db
def test_numbers_are_in_the_units_of_the_index(tmp_path):
    load(tmp_path, obscore_rows.row(25, em_min="0.0013", em_max="0.0014"))

    row = Observation.objects.get()
    assert row.low_hz == pytest.approx(299_792_458.0 / 0.0014)
    assert row.high_hz == pytest.approx(299_792_458.0 / 0.0013)
    assert row.channel_width_hz == pytest.approx(230.538e9 / 236_000)
    assert (row.spw, row.bandwidth_hz, row.frequency_hz) == (25, 125e6, pytest.approx(230.538e9))
    assert row.bound_rad == pytest.approx(0.003556 * 3.14159265 / 180)
    assert row.release_at == datetime(2025, 1, 31, tzinfo=UTC)
    assert row.footprint is None
    assert row.block.uid == obscore_rows.ROW["asdm_uid"]
    assert row.block.mous.uid == obscore_rows.MOUS


@pytest.mark.django_db
def test_a_real_export_is_loaded_whole(shared_data):
    path = shared_data / "metadata" / "obscore_NGC3504.csv"

    (first,), (second,) = load_obscore([path]), load_obscore([path])

    assert (first.new, first.refused, second.unchanged) == (20, {}, 20)
    assert set(Project.objects.values_list("code", flat=True)) == {"2016.1.00650.S", "2017.1.00964.S"}
    assert MemberOUS.objects.get(uid="uid://A001/X1288/Xba8").sb_name == "NGC3504_a_06_TM2"
    assert Project.objects.get(code="2016.1.00650.S").publications["bib_reference"] == "2021MNRAS.504.3111W"


@pytest.mark.django_db
def test_the_second_time_nothing_changes(tmp_path):
    rows = [obscore_rows.row(25), obscore_rows.row(27)]
    load(tmp_path, *rows)

    before = everything()
    report = load(tmp_path, *rows)

    assert report.counts() == {"new": 0, "changed": 0, "unchanged": 2}
    assert everything() == before
    assert index_tables.missing() == []


@pytest.mark.django_db
@pytest.mark.parametrize("ending", [".parquet", ".xml"])
def test_what_a_csv_has_brought_is_no_news_in_another_format(tmp_path, ending):
    rows = [obscore_rows.row(25), obscore_rows.row(27, s_ra="", s_dec="", s_fov="", s_region="")]
    load(tmp_path, *rows)
    if ending == ".parquet":
        rows = [{name: value or None for name, value in each.items()} for each in rows]
    else:
        rows = [{name: value for name, value in each.items()} for each in rows]

    assert load(tmp_path, *rows, name=f"rows{ending}").counts() == {"new": 0, "changed": 0, "unchanged": 2}


@pytest.mark.django_db
def test_what_a_later_file_says_otherwise_is_written(tmp_path):
    load(tmp_path, obscore_rows.row(25), obscore_rows.row(27))

    changes = {"obs_release_date": "2024-01-31T00:00:00.000", "qa2_passed": "F"}
    report = load(tmp_path, obscore_rows.row(25, **changes), obscore_rows.row(27, bandwidth="1e8", **changes))

    mous = MemberOUS.objects.get()
    assert report.counts() == {"new": 0, "changed": 2, "unchanged": 0}
    assert (mous.release_at.year, mous.qa2_state) == (2024, "FAIL")
    assert set(Observation.objects.values_list("release_at__year", "qa2")) == {(2024, 3)}
    assert set(Observation.objects.values_list("bandwidth_hz", flat=True)) == {125e6, 1e8}


@pytest.mark.django_db
@pytest.mark.parametrize("many", [choosing.MANY, -(10**6)], ids=["reading all keys", "looking for each"])
def test_rows_are_new_or_changed_or_neither_however_the_index_is_asked(tmp_path, monkeypatch, many):
    monkeypatch.setattr(choosing, "MANY", many)
    load(tmp_path, *(obscore_rows.row(spw) for spw in (25, 27, 29)))

    report = load(tmp_path, obscore_rows.row(31), obscore_rows.row(29), obscore_rows.row(27, bandwidth="1e8"))

    assert report.counts() == {"new": 1, "changed": 1, "unchanged": 1}
    assert dict(Observation.objects.values_list("spw", "bandwidth_hz")) == {25: 125e6, 27: 1e8, 29: 125e6, 31: 125e6}


@pytest.mark.django_db
def test_the_release_that_staff_decided_stands(tmp_path):
    load(tmp_path, obscore_rows.row(25))
    mous = MemberOUS.objects.get()
    release.decided(mous, datetime(2030, 1, 1, tzinfo=UTC))

    load(tmp_path, obscore_rows.row(25, obs_release_date="2024-01-31T00:00:00.000"), obscore_rows.row(27))

    mous.refresh_from_db()
    assert (mous.release_at.year, mous.release_origin) == (2030, "staff")
    assert set(Observation.objects.values_list("release_at__year", flat=True)) == {2030}


@pytest.mark.django_db
def test_another_pi_is_a_finding_and_the_first_stays(tmp_path):
    load(tmp_path, obscore_rows.row(25))

    load(tmp_path, obscore_rows.row(25, pi_userid="other"))

    assert Project.objects.get().pi.name == "vega"
    assert MemberOUS.objects.get().findings.get(code="pi-disagrees", settled_at=None)


@pytest.mark.django_db
def test_publications_of_a_project_stay_until_rows_name_others(tmp_path):
    load(tmp_path, obscore_rows.row(bib_reference="2023ApJ...949..108K", publication_year="2023"))

    load(tmp_path, obscore_rows.row(obs_title="Gas"))
    project = Project.objects.get()
    assert project.title == "Gas"
    assert project.publications == {"bib_reference": "2023ApJ...949..108K", "publication_year": "2023"}

    load(tmp_path, obscore_rows.row(bib_reference="2019A&A...631A..88L"))
    assert Project.objects.get().publications == {"bib_reference": "2019A&A...631A..88L"}


@pytest.mark.django_db
def test_rows_that_come_of_a_recalled_mous_are_not_public_until_it_is_undone(tmp_path):
    load(tmp_path, obscore_rows.row(25))
    MemberOUS.objects.update(recalled_at=make.NOW, recall_reason="of another project")

    said = {"obs_release_date": "2024-01-31T00:00:00.000"}
    load(tmp_path, obscore_rows.row(25, **said), obscore_rows.row(27, **said))

    assert MemberOUS.objects.get().release_at.year == 2024
    assert set(Observation.objects.values_list("release_at__year", flat=True)) == {3000}
    MemberOUS.objects.update(recalled_at=None, recall_reason="")
    assert set(Observation.objects.values_list("release_at__year", flat=True)) == {2024}


@pytest.mark.django_db
def test_what_is_known_of_the_array_of_a_mous_stays(tmp_path):
    mous = make.mous()
    MemberOUS.objects.filter(pk=mous.pk).update(array="7m")

    load(tmp_path, obscore_rows.row(antenna_arrays="A001:DA41 A002:DV01", group_ous_uid=mous.gous.uid))

    mous.refresh_from_db()
    assert (mous.sb_name, mous.array) == ("NGC1052_a_06_TM1", "7m")


@pytest.mark.django_db
@pytest.mark.parametrize(("flag", "state"), [("T", ""), ("", "FAIL"), ("F", "FAIL")])
def test_a_mous_that_failed_has_failed_until_rows_say_that_it_passed(tmp_path, flag, state):
    load(tmp_path, obscore_rows.row(qa2_passed="F"))

    load(tmp_path, obscore_rows.row(qa2_passed=flag))

    assert MemberOUS.objects.get().qa2_state == state


@pytest.mark.django_db
def test_of_two_release_times_of_a_mous_neither_is_used(tmp_path):
    report = load(tmp_path, obscore_rows.row(25), obscore_rows.row(27, obs_release_date="2020-01-31T00:00:00.000"))

    assert MemberOUS.objects.get().release_at.year == 3000
    assert "Lines 2 and 3 disagree about the release time" in report.doubts[0]


@pytest.mark.django_db
def test_new_rows_of_a_confidential_project_are_confidential_at_once(tmp_path):
    load(tmp_path, obscore_rows.row(25))
    Project.objects.update(confidential=True)

    load(tmp_path, obscore_rows.row(25), obscore_rows.row(27), obscore_rows.of_mous(7))

    assert list(Observation.objects.values_list("confidential", flat=True)) == [True] * 3


@pytest.mark.django_db
def test_rows_of_a_delivered_mous_keep_its_delivery_and_its_copies(tmp_path):
    mous = make.mous()
    MemberOUS.objects.filter(pk=mous.pk).update(delivery_state="complete", qa2_state="SEMIPASS", array="12m")

    load(tmp_path, obscore_rows.row(25, group_ous_uid=mous.gous.uid))

    mous.refresh_from_db()
    assert mous.delivery_state == "complete"
    assert Observation.objects.get(mous=mous.pk).qa2 == 2


@pytest.mark.django_db
def test_rows_of_calib_level_3_are_of_the_group(tmp_path):
    of_group = {"calib_level": "3", "member_ous_uid": "", "asdm_uid": ""}

    load(tmp_path, obscore_rows.row(25), obscore_rows.row(27, **of_group))

    row = Observation.objects.get(mous=None)
    assert row.gous.uid == obscore_rows.GROUP
    assert (row.calib_level, row.block, row.release_at.year) == (3, None, 2025)


@pytest.mark.django_db
def test_rows_of_a_group_that_come_later_are_counted(tmp_path):
    """Search meets a group by its count alone."""
    of_group = {"calib_level": "3", "member_ous_uid": "", "asdm_uid": ""}
    load(tmp_path, obscore_rows.row(25))

    load(tmp_path, obscore_rows.row(25), obscore_rows.row(27, **of_group))

    assert Tally.objects.get(mous=None).rows == 1


@pytest.mark.django_db
def test_a_mous_leaves_its_placeholder_when_a_group_is_named(tmp_path):
    load(tmp_path, obscore_rows.row(25, group_ous_uid=""))
    assert MemberOUS.objects.get().gous.uid == obscore_rows.MOUS

    load(tmp_path, obscore_rows.row(25))

    assert MemberOUS.objects.get().gous.uid == obscore_rows.GROUP
    assert Observation.objects.get().gous.uid == obscore_rows.GROUP


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("rows.txt", b"", "files that end in .txt are not read"),
        ("rows.csv", b"proposal_id,s_ra\n2023.1.00101.S,1\n", "it has no column member_ous_uid"),
        ("rows.csv", ",".join(obscore_rows.ROW).encode() + b'\n"2023.1', "the quotes of its last record"),
        ("rows.parquet", b"PAR1 and no more", "it cannot be read"),
        ("rows.xml", b"<VOTABLE><RESOURCE><TABLE>", "it is not a whole VOTable"),
        ("rows.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><VOTABLE/>', "a document type of its own"),
    ],
)
def test_a_bad_file_changes_nothing(tmp_path, name, content, why):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(FileError, match=why):
        load_obscore([tmp_path / name])

    assert not Project.objects.exists()
    assert not Load.objects.exists()
    assert index_tables.missing() == []


@pytest.mark.django_db
def test_a_file_that_breaks_off_after_good_rows_changes_nothing(tmp_path):
    path = obscore_rows.write_parquet(tmp_path / "rows.parquet", [obscore_rows.row(n) for n in range(1, 300)])
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(FileError):
        load_obscore([path])

    assert not Observation.objects.exists()
    assert not MemberOUS.objects.exists()


KEYS = {
    "archive_observation_pkey": ("archive_observation", "PRIMARY KEY (id)"),
    "archive_targetname_name_key": ("archive_targetname", "UNIQUE (name)"),
    "archive_setup_digest_key": ("archive_setup", "UNIQUE (digest)"),
    "archive_footprint_digest_key": ("archive_footprint", "UNIQUE (digest)"),
    "archive_announcedblock_uid_key": ("archive_announcedblock", "UNIQUE (uid)"),
}


def keys():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conname = ANY(%s)",
            [list(KEYS)],
        )
        return {name: (table, key) for name, table, key in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", KEYS)
def test_tables_have_their_keys_after_a_first_load_and_after_one_that_ended_while_they_were_made(tmp_path, name):
    load(tmp_path, obscore_rows.row(25))
    assert keys() == KEYS
    table, key = KEYS[name]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        cursor.execute(f"CREATE UNIQUE INDEX {name} ON {table} {key[key.index('(') :]}")
    assert keys() != KEYS

    load(tmp_path, obscore_rows.row(27))

    assert keys() == KEYS


KILLED = """
import os, signal, sys
from pathlib import Path
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from archive.obscore import csv_lines, load
csv_lines.BLOCK_BYTES = 30_000
class Killer(load.Meter):
    def begin(self, what, rows):
        self.loading, self.parts = what.startswith("loading"), 0
    def advance(self, rows):
        self.parts += self.loading
        if self.parts == 2:
            os.kill(os.getpid(), signal.SIGKILL)
load.load_obscore([Path(sys.argv[2])], meter=Killer())
"""


def locks_held():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE locktype = 'advisory' AND datname = current_database()"
        )
        return cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_a_load_that_was_killed_goes_on_and_ends_as_one_that_was_not(tmp_path, monkeypatch):
    rows = [obscore_rows.of_mous(number, spw) for number in range(1, 60) for spw in (25, 27, 29, 31)]
    path = obscore_rows.write_csv(tmp_path / "rows.csv", rows)
    database = connection.settings_dict["NAME"]
    ran = subprocess.run([sys.executable, "-c", KILLED, database, str(path)], cwd=layout.REPOSITORY, check=False)
    assert ran.returncode == -signal.SIGKILL
    while locks_held():  # the database hears a moment later that the process is gone
        time.sleep(0.05)
    stopped = Load.objects.get()
    assert stopped.finished_at is None
    ahead = sum(end - begin for begin, end in stopped.report["ahead"])
    assert 0 < stopped.rows_done + ahead == Observation.objects.count() < len(rows)

    monkeypatch.setattr("archive.obscore.csv_lines.BLOCK_BYTES", 30_000)
    (report,) = load_obscore([path])

    after = everything()
    assert report.counts() == {"new": len(rows), "changed": 0, "unchanged": 0}
    assert Load.objects.get().finished_at is not None
    assert index_tables.missing() == []
    Observation.objects.all().delete()
    load_obscore([path])
    assert everything() == after
    assert len(after) == len(rows)


@pytest.mark.django_db
@pytest.mark.parametrize("same", [True, False])
def test_a_load_goes_on_only_if_the_rows_are_the_same(tmp_path, same):
    rows = [obscore_rows.of_mous(number, 25) for number in range(1, 9)]
    path = obscore_rows.write_csv(tmp_path / "rows.csv", rows)
    load_obscore([path])
    Load.objects.update(finished_at=None, rows_done=len(rows))
    if not same:
        obscore_rows.write_csv(path, rows[::-1])

    (report,) = load_obscore([path])

    assert report.counts() == {"new": 8 * same, "changed": 0, "unchanged": 8 * (not same)}
    assert Load.objects.count() == (1 if same else 2)


@pytest.mark.django_db
def test_a_load_that_goes_on_tells_the_lines_that_were_refused_before_it_stopped(tmp_path):
    rows = (obscore_rows.row(25), obscore_rows.row(27, s_region="Circle ICRS 1 2"))
    first = load(tmp_path, *rows)
    Load.objects.update(finished_at=None)

    report = load(tmp_path, *rows)

    assert Load.objects.count() == 1
    assert (report.counts(), report.refused) == (first.counts(), first.refused)
    assert list(report.refused) == [3]


@pytest.mark.django_db
def test_a_load_that_goes_on_writes_again_what_another_one_has_changed_meanwhile(tmp_path):
    load(tmp_path, obscore_rows.row(25), obscore_rows.row(27))
    before = everything()
    Load.objects.update(finished_at=None)
    load(tmp_path, obscore_rows.row(25, bandwidth="1"), name="other.csv")

    report = load(tmp_path, obscore_rows.row(25), obscore_rows.row(27))

    assert report.counts() == {"new": 0, "changed": 1, "unchanged": 1}
    assert everything() == before
    assert set(Observation.objects.values_list("bandwidth_hz", flat=True)) == {125e6}
