"""What must hold of the access rule in every archive: of any people, rights, times and flags.

The worlds (tests/archive/worlds.py) are always the same ones, and lie in a real PostgreSQL.
"""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings

from archive import access, find, shown
from archive.models import DelegationRole, MemberOUS, Observation, Project
from archive.search import recalled
from archive.search.reader import Reader
from products import listing
from products.models import Product
from tests import make, observations
from tests.archive.worlds import WORLDS, World


def in_every_world(law):
    """Runs `law` in worlds that are gone afterwards."""

    @pytest.mark.django_db
    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # to shrink a world of rows takes minutes, and it is small anyway
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn=WORLDS)
    def held(drawn):
        with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.PUBLIC_CALIBRATOR_IMAGES", drawn["calibrators"])
            world = World(drawn)
            for reader in world.readers:
                law(world, reader)
            transaction.set_rollback(True)

    held.__name__, held.__doc__ = law.__name__, law.__doc__
    return held


def rows(condition, kind=MemberOUS):
    return set(kind.objects.filter(condition).values_list("pk", flat=True))


@in_every_world
def test_each_branch_and_their_union_are_what_the_rule_says(world, reader):
    name, process = reader.username, {DelegationRole.PROCESS}
    released, granted = world.numbers(world.released), world.numbers(world.granted, name)
    able = {number for number in range(len(world.mous)) if world.granted(name, number, process)}
    said = [
        (access.released, (), {}, released),
        (access.granted, (reader,), {}, granted),
        (access.granted, (reader,), {"role": DelegationRole.PROCESS}, able),
        (access.readable_by, (reader,), {}, world.numbers(world.readable, name)),
    ]
    for condition, who, terms, numbers in said:
        expected = {world.mous[number].pk for number in numbers}
        assert rows(condition(*who, make.NOW, **terms)) == expected
        products = Product.objects.filter(condition(*who, make.NOW, via="mous", **terms))
        assert set(products.values_list("mous", flat=True)) == expected


@in_every_world
def test_what_may_be_had_has_a_ground_and_nothing_else(world, reader):
    readable = rows(access.readable_by(reader, make.NOW))
    for mous in world.mous:
        ground = access.ground(reader, mous, make.NOW)
        assert (ground is not None) == (mous.pk in readable) == access.may_read(reader, mous, make.NOW)
        for right in (ground and ground.delegation, ground and ground.assignment):
            assert right is None or right.project_id == mous.project.pk


@in_every_world
def test_what_may_be_had_may_be_known(world, reader):
    visible = rows(access.visible_to(reader, make.NOW))
    assert rows(access.readable_by(reader, make.NOW)) <= visible
    assert rows(listing.readable(reader, make.NOW), Product) <= rows(
        access.visible_to(reader, make.NOW, via="mous"), Product
    )
    known = rows(access.visible_projects(reader, make.NOW), Project)
    assert {mous.project.pk for mous in world.mous if mous.pk in visible} <= known


@in_every_world
def test_who_may_have_work_done_may_have_the_data(world, reader):
    for mous in world.mous:
        if access.may_process(reader, mous, make.NOW):
            assert mous.recalled_at is None
            assert access.may_read(reader, mous, make.NOW)
            assert reader.is_authenticated


@in_every_world
def test_the_totals_of_two_readers_differ_by_what_is_hidden_from_one(world, reader):
    visible = rows(access.visible_to(reader, make.NOW, via="mous"), Product)
    hidden = [row for row in Product.objects.all() if listing.lock(row.pk, reader, make.NOW) is None]
    assert listing.listed(reader, make.NOW).count() == Product.objects.count() - len(hidden) == len(visible)
    assert shown.all_mous(reader, make.NOW).count() == len(visible)  # one product each
    projects = find.search("2023", reader, make.NOW).projects
    assert {project.pk for project in projects} == rows(access.visible_projects(reader, make.NOW), Project)


@in_every_world
def test_the_lock_of_a_product_is_one_however_it_is_asked_for(world, reader):
    """In a list, alone by the kept statement, as a filter, and as the ground for the log."""
    permitted = set(listing.permitted_rows(reader, make.NOW).values_list("pk", flat=True))
    locks = {row.pk: row.readable for row in listing.known(reader, make.NOW)}
    for product in Product.objects.select_related("mous"):
        assert listing.lock(product.pk, reader, make.NOW) == locks.get(product.pk)
        assert (product.pk in permitted) == bool(locks.get(product.pk))
        assert (product.pk in permitted) == (listing.ground(reader, product, make.NOW) is not None)
    for mous in world.mous:
        columns = ("id", "name", "source__name", "stored_at", "readable")
        asked = (mous, reader, make.NOW)
        paged, rows_of = listing.OfMous(*asked, columns), listing.of_mous(*asked)
        assert paged[0:100] == list(rows_of.values(*columns))
        assert paged.count() == len(rows_of)


@in_every_world
def test_the_rule_over_the_flat_index_is_the_rule_over_its_mous(world, reader):
    for number, mous in enumerate(world.mous):
        mous.refresh_from_db()
        observations.observation(mous, f"source {number}", at=None)
    asked = Reader.of(reader, make.NOW)
    filled = asked.hers

    for clause, rule in (
        (access.INDEXED_RELEASED, access.released(make.NOW)),
        (access.INDEXED_GRANTED, access.granted(reader, make.NOW)),
        (recalled.HERS, access.granted(reader, make.NOW) & access.readable_by(reader, make.NOW)),
        (access.INDEXED_VISIBLE, access.visible_to(reader, make.NOW)),
        (asked.granted, access.granted(reader, make.NOW)),
        (asked.visible, access.visible_to(reader, make.NOW)),
    ):
        assert indexed(clause, filled) == rows(rule)
    assert projects(asked.known, asked.values) == rows(access.visible_projects(reader, make.NOW), Project)
    assert indexed(*asked.spelled_out(asked.visible)) == rows(access.visible_to(reader, make.NOW))
    assert projects(*asked.spelled_out(asked.known)) == rows(access.visible_projects(reader, make.NOW), Project)
    Observation.objects.all().delete()


def projects(clause, filled):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT p.id FROM archive_project p WHERE {clause}", filled)
        return {key for (key,) in cursor.fetchall()}


def indexed(clause, filled):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT o.mous_id FROM archive_observation o WHERE {clause}", filled)
        return {key for (key,) in cursor.fetchall()}
