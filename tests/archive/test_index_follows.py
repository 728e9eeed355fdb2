"""The flat index says what was decided about projects and MOUSs, at once and whoever decides."""

import pytest
from django.db import connection

from archive import access, access_in_rows, codes
from archive.models import CalibrationDelivery, GroupOUS, MemberOUS, Observation, Project
from tests import make, observations

pytestmark = pytest.mark.django_db
CODES = [
    "2011.0.00340.S", "2012.1.00912.S", "2017.1.01355.L", "2019.1.00001.CAL", "2019.1.00001.S", "2019.2.00001.S",
    "2022.A.00003.S", "2025.1.00324.L", "2025.Z.99999.ZZZZ",
]  # fmt: skip


@pytest.fixture
def mous():
    made = make.mous(release_at=make.LONG_AGO)
    observations.observation(made, "NGC1052")
    observations.observation(make.mous("uid://A001/X3621/X542", code="2021.1.00001.S"), "NGC1068")
    return made


def row(mous):
    return Observation.objects.get(mous=mous)


def other():
    """The row of the other MOUS, which nothing here is about."""
    kept = ("release_at", "confidential", "qa2", "array", "calibration", "code_order", "gous_id")
    return Observation.objects.filter(mous__uid="uid://A001/X3621/X542").values(*kept).get()


def test_projects_sort_in_the_database_as_their_codes_do():
    for code in CODES:
        Project.objects.create(code=code)

    held = dict(Project.objects.values_list("code", "code_order"))

    assert sorted(CODES, key=held.__getitem__) == sorted(CODES)
    assert held == {code: codes.order(code) for code in CODES}


def test_codes_of_another_form_have_an_order_each_of_their_own():
    Project.objects.bulk_create(Project(code=code) for code in ("2019.1.a177a17.S", "E2E5.1.00001.S"))

    held = Project.objects.values_list("code_order", flat=True)

    assert len(set(held)) == 2
    assert max(held) < 0


@pytest.mark.parametrize(
    ("column", "value", "copy", "copied"),
    [
        ("release_at", make.NOW, "release_at", make.NOW),
        ("qa2_state", "SEMIPASS", "qa2", 2),
        ("qa2_state", "FAIL", "qa2", 3),
        ("qa2_state", "", "qa2", 0),
        ("array", "7m", "array", 2),
        ("array", "TP", "array", 4),
        ("array", "", "array", 0),
    ],
)
def test_what_is_decided_about_a_mous_stands_in_its_rows(mous, column, value, copy, copied):
    before = other()

    MemberOUS.objects.filter(pk=mous.pk).update(**{column: value})

    assert getattr(row(mous), copy) == copied
    assert other() == before


def test_a_project_made_confidential_hides_its_rows_and_no_others(mous):
    before = other()

    Project.objects.filter(pk=mous.project.pk).update(confidential=True)

    assert row(mous).confidential
    assert other() == before


def test_a_project_that_gets_another_code_takes_its_rows_along(mous):
    Project.objects.filter(pk=mous.project.pk).update(code="2024.1.00007.S")

    assert row(mous).code_order == codes.order("2024.1.00007.S")


def test_a_mous_in_another_group_and_a_group_in_another_project_take_their_rows_along(mous):
    hidden = Project.objects.create(code="2024.1.00007.S", confidential=True)
    group = GroupOUS.objects.create(uid="uid://A001/X1/X1", project=mous.project)

    MemberOUS.objects.filter(pk=mous.pk).update(gous=group)
    GroupOUS.objects.filter(pk=group.pk).update(project=hidden)

    moved = row(mous)
    assert (moved.gous_id, moved.project_id, moved.confidential) == (group.pk, hidden.pk, True)
    assert moved.code_order == codes.order("2024.1.00007.S")


def test_the_calibration_in_force_stands_in_the_rows(mous):
    make.calibration(mous)
    assert row(mous).calibration == 1

    CalibrationDelivery.objects.filter(mous=mous).update(current=False)
    assert row(mous).calibration == 0

    make.calibration(mous, kind="manual")
    assert row(mous).calibration == 2


def test_a_row_is_said_once(mous):
    copy = row(mous)
    copy.pk = None

    with pytest.raises(Exception, match="one_row_per_row_key"):
        copy.save()


def test_every_index_of_the_table_is_there_after_the_migrations():
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'archive_observation'")
        there = {name for (name,) in cursor.fetchall()}

    assert {index.name for index in Observation._meta.indexes} <= there


def test_who_was_given_one_mous_has_it_no_more_when_it_goes_to_another_project(mous):
    pi, lyra = make.user("vega"), make.user("lyra")
    make.delegation(mous.project, lyra, by=pi, mous=mous)
    assert access.grants(lyra, make.NOW).mous == (mous.pk,)
    row(mous)
    assert hers(lyra) == {mous.pk}

    GroupOUS.objects.filter(pk=mous.gous_id).update(project=Project.objects.create(code="2024.1.00007.S"))

    assert access.grants(lyra, make.NOW) == access.Grants(known=(mous.project.pk,))  # of this she may know
    assert not MemberOUS.objects.filter(access.granted(lyra, make.NOW)).exists()
    assert hers(lyra) == set()


def hers(reader):
    """MOUSs of the rows in whose data she has a right, by the rule over the index."""
    sql, values = access_in_rows.granted(reader, make.NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT o.mous_id FROM archive_observation o WHERE {sql}", values)
        return {key for (key,) in cursor.fetchall()}
