"""What must hold of the access rule in every archive: of any people, rights, times and flags.

The worlds are drawn by hypothesis, always the same ones, and lie in a real PostgreSQL.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archive import access, find, shown
from archive.models import DelegationRole, MemberOUS, Project
from archive.staff import Role
from products import listing
from products.models import Product
from tests import make

NAMES = ("ann", "bob", "cat")
CODES = ("2023.1.00001.S", "2023.1.00002.S")
PLACES = (0, 0, 1)  # the project of each MOUS
SOON = [timedelta(seconds=seconds) for seconds in (-1, 0, 1)]
WHEN = st.sampled_from([None, *SOON])
rights = {
    "delegations": st.lists(
        st.fixed_dictionaries(
            {
                "who": st.sampled_from(NAMES),
                "mous": st.sampled_from([0, 1, 2]),
                "whole": st.booleans(),
                "role": st.sampled_from(DelegationRole.values),
                "expires": WHEN,
                "revoked": st.booleans(),
            }
        ),
        max_size=4,
    ),
    "assignments": st.lists(
        st.fixed_dictionaries(
            {"who": st.sampled_from(NAMES), "project": st.sampled_from([0, 1]), "ended": st.booleans()}
        ),
        max_size=2,
    ),
}
people = {
    name: st.fixed_dictionaries(
        {
            "is_staff": st.booleans(),
            "is_active": st.sampled_from([True, True, False]),
            "roles": st.sets(st.sampled_from(Role)),
        }
    )
    for name in NAMES
}
worlds = st.fixed_dictionaries(
    rights
    | {
        "people": st.fixed_dictionaries(people),
        "pis": st.tuples(*[st.sampled_from([None, *NAMES])] * 2),
        "confidential": st.tuples(st.booleans(), st.booleans()),
        "release": st.tuples(*[WHEN] * 3),
        "calibrators": st.booleans(),
    }
)


class World:
    """The rows of one draw."""

    def __init__(self, drawn):
        roles = {role: Group.objects.get_or_create(name=role)[0] for role in Role}
        self.people = {name: make.user(name, **_flags(facts)) for name, facts in drawn["people"].items()}
        for name, person in self.people.items():
            person.groups.add(*(roles[role] for role in drawn["people"][name]["roles"]))
        self.projects = [
            self._project(*facts) for facts in zip(CODES, drawn["pis"], drawn["confidential"], strict=True)
        ]
        self.mous = [self._mous(number, release) for number, release in enumerate(drawn["release"])]
        for row in drawn["delegations"]:
            self._delegate(**row)
        for row in drawn["assignments"]:
            self._assign(**row)
        for mous in self.mous:
            quasar = make.source(mous, "J0423-0120", intents=("PHASE",))
            make.product(mous, "image.fits", source=quasar, header={"object_key": quasar.key})

    def _project(self, code, pi, confidential):
        made = make.project(code, pi=self.people.get(pi))
        Project.objects.filter(pk=made.pk).update(confidential=confidential)
        made.refresh_from_db()
        return made

    def _mous(self, number, release):
        time = {} if release is None else {"release_at": make.NOW + release}
        return make.mous(f"uid://A001/X{number + 1}/X1", code=CODES[PLACES[number]], **time)

    def _delegate(self, *, who, mous, whole, role, expires, revoked):
        facts = {"role": role, "granted_at": make.NOW - timedelta(days=1), "mous": None if whole else self.mous[mous]}
        facts |= {"expires_at": None if expires is None else make.NOW + expires}
        by, project = self.people["ann"], self.projects[PLACES[mous]]
        standing = project.delegations.filter(delegee=self.people[who], mous=facts["mous"], revoked_at=None)
        if revoked or standing.exists():
            facts |= {"revoked_at": make.NOW, "revoked_by": by}
        make.delegation(project, self.people[who], by=by, **facts)

    def _assign(self, *, who, project, ended):
        person, by = self.people[who], self.people["ann"]
        if self.projects[project].assignments.filter(person=person, ended_at=None).exists():
            return
        made = make.assignment(self.projects[project], person, by=by)
        if ended:
            made.ended_at, made.ended_by = make.NOW, by
            made.save()

    @property
    def readers(self):
        return [AnonymousUser(), *self.people.values()]


def _flags(facts):
    return {"is_staff": facts["is_staff"], "is_active": facts["is_active"]}


def in_every_world(law):
    """Runs `law` in worlds that are gone afterwards."""

    @pytest.mark.django_db
    @settings(
        max_examples=50,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # to shrink a world of rows takes minutes, and it is small anyway
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn=worlds)
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
def test_the_two_branches_together_are_the_rule(world, reader):
    for kind, via in ((MemberOUS, ""), (Product, "mous")):
        released = rows(access.released(make.NOW, via=via), kind)
        granted = rows(access.granted(reader, make.NOW, via=via), kind)
        assert released | granted == rows(access.readable_by(reader, make.NOW, via=via), kind)


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
