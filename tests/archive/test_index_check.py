"""The flat table of search against what it copies, counts and points to: each damage is seen, and nothing else is."""

import pytest
from django.db import connection

from archive import findings, index_tables
from archive.index_check import chunk, copies, faults, pointers
from archive.models import AnnouncedBlock, Finding, GroupOUS, Observation, Project, Tally
from tests import make, observations

pytestmark = pytest.mark.django_db
NOWHERE = 999_999_999


@pytest.fixture
def mous():
    """A MOUS with three rows of search and its group with one, each counted; nothing of it is wrong."""
    made = make.restorable_mous(release_at=make.LONG_AGO)
    for spw in (25, 27):
        observations.observation(made, spw=spw, block=make.FIRST_EB, region="Circle ICRS 40.26999 -8.25576 0.004")
    observations.observation(made, "J0241-0815")
    observations.observation(None, gous=made.gous)
    return made


def seen(mous):
    held = chunk.load([mous.pk], chunk.Held())
    found = [*copies.check(held), *copies.check_groups(), *pointers.check()]
    return {(fault.code, fault.subject) for fault in found}


def of_mous():
    return Observation.objects.exclude(mous=None)


def test_in_a_sound_index_nothing_is_wrong(mous):
    assert seen(mous) == set()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("release_at", make.NEVER),
        ("qa2", 3),
        ("array", 4),
        ("calibration", 2),
        ("code_order", 17),
        ("confidential", True),
    ],
)
def test_an_old_copy_is_seen(mous, column, value):
    row = of_mous().first()
    assert getattr(row, column) != value
    Observation.objects.filter(pk=row.pk).update(**{column: value})

    assert seen(mous) == {("copy-differs", column)}


@pytest.mark.parametrize("column", ["gous", "project"])
def test_a_row_of_another_group_or_project_is_seen(mous, column):
    other = Project.objects.create(code="2019.1.00002.S")
    group = GroupOUS.objects.create(uid="uid://A001/X9/X9", project=other)
    of_mous().update(**{column: {"gous": group, "project": other}[column]})

    assert seen(mous) == {("copy-differs", column)}


def test_rows_of_a_group_alone_are_compared_with_its_project(mous):
    Observation.objects.filter(mous=None).update(confidential=True)

    assert seen(mous) == {("copy-differs", "groups")}


def test_what_staff_decide_leaves_no_old_copy(mous):
    """The triggers see to it; the check would tell."""
    type(mous).objects.filter(pk=mous.pk).update(qa2_state="FAIL", release_at=make.NEVER, array="7m")
    Project.objects.filter(pk=mous.project.pk).update(confidential=True)

    assert seen(mous) == set()


@pytest.mark.parametrize(("of", "subject"), [({"mous__isnull": False}, ""), ({"mous": None}, "groups")])
def test_a_wrong_count_is_seen(mous, of, subject):
    Tally.objects.filter(**of).update(rows=17)

    assert seen(mous) == {("tally-differs", subject)}


@pytest.mark.parametrize("name", ["low_hz_least", "t_min_mjd_most", "resolution_arcsec_least"])
def test_what_is_kept_of_rows_together_and_is_not_what_they_say_is_seen(mous, name):
    """Search would leave out rows without a word."""
    Tally.objects.filter(mous=mous).update(**{name: 99.0})

    assert seen(mous) == {("tally-differs", "")}


@pytest.mark.parametrize(("copy", "value"), [("qa2", 3), ("release_at", make.NEVER), ("confidential", True)])
def test_an_old_copy_beside_a_count_is_seen(mous, copy, value):
    Tally.objects.filter(mous=mous).update(**{copy: value})

    assert seen(mous) == {("tally-differs", copy)}


@pytest.mark.parametrize(
    ("column", "also"),
    [
        ("project", {("copy-differs", "project")}),
        ("gous", {("copy-differs", "gous")}),
        ("mous", {("tally-differs", "")}),
        ("name", set()),
        ("block", set()),
        ("setup", set()),
        ("footprint", set()),
    ],
)
def test_a_row_that_points_nowhere_is_seen(mous, column, also):
    row = of_mous().filter(spw=25).first()
    assert getattr(row, f"{column}_id") is not None
    Observation.objects.filter(pk=row.pk).update(**{column: NOWHERE})

    assert seen(mous) == {("row-points-nowhere", column)} | also


def test_a_block_that_points_nowhere_is_seen(mous):
    AnnouncedBlock.objects.create(uid="uid://A002/X1/X1", mous_id=NOWHERE)

    assert seen(mous) == {("row-points-nowhere", "mous of a block")}


def test_an_index_that_the_database_lacks_is_seen(mous):
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX observation_place")

    assert seen(mous) == {("index-missing", "observation_place")}
    index_tables.make_missing()
    assert seen(mous) == set()


def test_what_is_of_the_whole_index_names_nothing_of_a_project(mous):
    """All who see findings read it."""
    Observation.objects.update(name=NOWHERE)
    Observation.objects.filter(mous=None).update(confidential=True)
    Tally.objects.filter(mous=None).delete()

    told = " ".join(f"{fault.sentence} {fault.subject}" for fault in [*copies.check_groups(), *pointers.check()])

    assert told
    assert not any(name in told for name in (mous.uid, mous.project.code, mous.gous.uid, "NGC1052"))


def test_a_finding_of_the_whole_index_is_said_once():
    for _ in range(2):
        findings.note({(None, "index-missing", "x"): "The database lacks x."}, make.NOW)
        findings.report(None, "index-missing", "The database lacks x.", subject="x")

    assert Finding.objects.count() == 1


def test_every_fault_tells_the_same_names_to_programs():
    told = faults.Fault("index-missing", "The database lacks x.", "x").told()

    assert list(told) == ["code", "project", "mous", "subject", "sentence", "since"]
