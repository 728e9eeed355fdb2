"""The stages of a load, which work in sessions of their own: what they must have seen of each other, and of staff."""

from collections import Counter
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection, transaction

from archive import release, sky
from archive.models import AnnouncedBlock, MemberOUS, Observation, SkyCount
from archive.obscore import stages
from archive.obscore.load import Meter, load_obscore
from archive.obscore.stages import Part
from tests import obscore_rows, observations


class Meanwhile(Meter):
    """Something is done to a MOUS once the first portion is loaded and the others are laid out."""

    def __init__(self, uid, done):
        self.uid, self.done, self.loading = uid, done, False

    def begin(self, what, rows):
        self.loading = what.startswith("loading")

    def advance(self, rows):
        if self.loading:
            self.loading = False
            with transaction.atomic():
                self.done(MemberOUS.objects.get(uid=self.uid))


def decided(mous):
    release.decided(mous, datetime(2031, 5, 6, tzinfo=UTC))


def delivered(mous):
    for name in ("M83", "NGC1052"):
        observations.observation(mous, name, at=(204.25, -29.87), origin=Observation.Origin.DELIVERY)


@pytest.fixture
def small_portions(monkeypatch):
    monkeypatch.setattr("archive.obscore.csv_lines.BLOCK_BYTES", 2_000)
    monkeypatch.setattr("archive.obscore.csv_lines._AT_ONCE", 2_000)


@pytest.mark.django_db(transaction=True)
def test_what_staff_decide_during_a_load_is_in_the_rows_that_come_after_it(tmp_path, small_portions):
    rows = [obscore_rows.of_mous(number, spw) for number in range(1, 9) for spw in (25, 27)]
    last = rows[-1]["member_ous_uid"]

    load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", rows)], meter=Meanwhile(last, decided))

    found = Observation.objects.values_list("mous__uid", "release_at__year")
    assert set(found) == {(row["member_ous_uid"], 2031 if row["member_ous_uid"] == last else 2025) for row in rows}
    assert len(found) == len(rows)


@pytest.mark.django_db(transaction=True)
def test_rows_are_counted_by_place_with_what_was_delivered_meanwhile(tmp_path, small_portions):
    places = [{"s_ra": f"{10 * number}", "s_dec": "-8.25"} for number in (1, 1, 2, 3, 4)] + [{"s_ra": "", "s_dec": ""}]
    rows = [obscore_rows.of_mous(number, s_region="", **place) for number, place in enumerate(places, 1)]

    load_obscore(
        [obscore_rows.write_csv(tmp_path / "rows.csv", rows)], meter=Meanwhile(rows[-1]["member_ous_uid"], delivered)
    )

    covered = Observation.objects.filter(mous__uid=rows[-1]["member_ous_uid"]).values_list("name__name", "origin")
    assert set(covered) == {("M83", Observation.Origin.DELIVERY), ("NGC1052", Observation.Origin.OBSCORE)}
    there = Counter(sky.order6(hpx) for hpx in Observation.objects.exclude(hpx=None).values_list("hpx", flat=True))
    assert sorted(there.values()) == [1, 1, 1, 1, 2]
    assert dict(SkyCount.objects.values_list("pixel", "rows")) == there


@pytest.mark.django_db(transaction=True)
def test_so_many_portions_are_at_work_at_once():
    both = Barrier(2)
    parts = [Part(slice(begin, begin + 1)) for begin in range(4)]

    done = stages.side_by_side(lambda part: both.wait(5) * 0 + part.where.start, iter(parts), 2)

    assert list(done) == [0, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_second_file_of_a_first_load_may_repeat_rows_of_the_first_one(tmp_path, small_portions):
    rows = [obscore_rows.of_mous(number, 25) for number in range(1, 9)]
    paths = [tmp_path / "first.csv", tmp_path / "second.csv"]
    obscore_rows.write_csv(paths[0], rows[:6])
    obscore_rows.write_csv(paths[1], [rows[5] | {"bandwidth": "1e8"}, *rows[4:5], *rows[6:]])

    first, second = load_obscore(paths)

    assert (first.new, second.counts()) == (6, {"new": 2, "changed": 1, "unchanged": 1})
    assert Observation.objects.count() == len(rows)
    assert Observation.objects.get(bandwidth_hz=1e8).mous.uid == rows[5]["member_ous_uid"]


@pytest.mark.django_db(transaction=True)
def test_a_load_leaves_no_connection_of_the_pool_behind(tmp_path, small_portions):
    rows = [obscore_rows.of_mous(number, 25) for number in range(1, 9)]
    connection.ensure_connection()

    def taken():
        stats = connection.pool.get_stats()
        return stats["pool_size"] - stats["pool_available"]

    before = taken()

    load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", rows)])

    assert taken() == before


@pytest.mark.django_db(transaction=True)
def test_each_row_has_the_block_of_its_mous(tmp_path, small_portions):
    rows = [obscore_rows.of_mous(number, spw) for number in range(1, 9) for spw in (25, 27)]

    load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", rows)])

    blocks = set(AnnouncedBlock.objects.values_list("uid", "mous__uid"))
    assert blocks == {(row["asdm_uid"], row["member_ous_uid"]) for row in rows}
    assert blocks == set(Observation.objects.values_list("block__uid", "mous__uid"))


@pytest.mark.django_db(transaction=True)
def test_the_planner_knows_columns_and_widths_after_a_first_load(tmp_path):
    load_obscore([obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.of_mous(1, 25), *wide(20)])])

    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_stats WHERE tablename LIKE 'observation%' OR attname = 'hpx'")
        assert {name for (name,) in cursor.fetchall()} == {"archive_observation", "observation_wide"}
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'archive_observation'::regclass")
        assert cursor.fetchone() == (21,)


def wide(count):
    """Rows of calib_level 3 whose frequencies reach from one end of a receiver band to the other."""
    return [
        obscore_rows.of_mous(number, em_min=f"{0.0011 + number * 1e-6:.6f}", em_max="0.0014")
        for number in range(2, 2 + count)
    ]
