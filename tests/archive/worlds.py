"""Small archives drawn by hypothesis: people, rights, times and flags, and what the access rule says about each.

The rule is said once more in plain Python, from what was drawn and not from any row.
"""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from hypothesis import strategies as st

from archive import sources
from archive.models import (
    NEVER,
    AlmaAccount,
    Delegation,
    DelegationRole,
    GroupOUS,
    MemberOUS,
    Project,
    Source,
    StaffAssignment,
)
from archive.staff import Role
from products.models import Product
from tests import make

User = get_user_model()
NAMES = ("ann", "bob", "cat")
CODES = ("2023.1.00001.S", "2023.1.00002.S")
PLACES = (0, 0, 1)  # the project of each MOUS
SOON = [timedelta(seconds=seconds) for seconds in (-1, 0, 1)]
WHEN = st.sampled_from([None, *SOON])
ROLES = [frozenset(), *(frozenset({role}) for role in Role), frozenset({Role.DATA_REDUCER, Role.OPERATOR})]
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
        max_size=6,
    ),
    "assignments": st.lists(
        st.fixed_dictionaries(
            {
                "who": st.sampled_from(NAMES),
                "project": st.sampled_from([0, 1]),
                "ended": st.sampled_from([False, False, True]),
            }
        ),
        min_size=1,
        max_size=4,
    ),
}
people = {
    name: st.fixed_dictionaries(
        {
            "is_staff": st.sampled_from([True, True, False]),
            "is_active": st.sampled_from([True, True, False]),
            "roles": st.sampled_from(ROLES),
        }
    )
    for name in NAMES
}
WORLDS = st.fixed_dictionaries(
    rights
    | {
        "people": st.fixed_dictionaries(people),
        "pis": st.tuples(*[st.sampled_from([None, *NAMES])] * 2),
        "confidential": st.tuples(st.booleans(), st.booleans()),
        "release": st.tuples(*[WHEN] * 3),
        "recalled": st.tuples(*[st.sampled_from([False, False, True])] * 3),
        "calibrators": st.booleans(),
    }
)


class World:
    """The rows of one draw, kind by kind, and what the rule says about them."""

    def __init__(self, drawn):
        self.drawn = drawn
        self.people = self._people()
        self.projects = self._projects()
        self.mous = self._mous()
        self.delegations = list(_once(drawn["delegations"], self._scope, "revoked"))
        self.assignments = list(_once(drawn["assignments"], lambda row: (row["who"], row["project"]), "ended"))
        Delegation.objects.bulk_create(self._delegation(**row) for row in self.delegations)
        StaffAssignment.objects.bulk_create(self._assignment(**row) for row in self.assignments)
        self._images()

    # The rule, of the names and numbers that were drawn
    def released(self, number):
        at, project = self.drawn["release"][number], PLACES[number]
        public = at is not None and at <= timedelta(0) and not self.drawn["confidential"][project]
        return public and not self.drawn["recalled"][number]

    def readable(self, name, number):
        """A recalled MOUS is for assigned staff alone."""
        if self.drawn["recalled"][number]:
            return self.assigned(name, number)
        return self.released(number) or self.granted(name, number)

    def assigned(self, name, number):
        facts = self.drawn["people"].get(name)
        reads = facts and facts["is_active"] and facts["is_staff"]
        reads = reads and facts["roles"] & {Role.DATA_REDUCER, Role.ARCHIVE_SCIENTIST}
        row = {"who": name, "project": PLACES[number], "ended": False}
        return bool(reads) and row in self.assignments

    def granted(self, name, number, roles=frozenset(DelegationRole.values)):
        facts, project = self.drawn["people"].get(name), PLACES[number]
        if facts is None or not facts["is_active"]:
            return False
        given = any(
            self._scope(row) in {(name, project, None), (name, project, number)} and row["role"] in roles
            for row in self.delegations
            if not row["revoked"] and (row["expires"] is None or row["expires"] > timedelta(0))
        )
        return self.drawn["pis"][project] == name or given or self.assigned(name, number)

    def numbers(self, said, *about):
        return {number for number in range(len(PLACES)) if said(*about, number)}

    # The rows
    def _people(self):
        drawn = self.drawn["people"]
        users = [
            User(username=name, is_staff=each["is_staff"], is_active=each["is_active"]) for name, each in drawn.items()
        ]
        made = {user.username: user for user in User.objects.bulk_create(users)}
        Group.objects.bulk_create((Group(name=role) for role in Role), ignore_conflicts=True)
        roles = Group.objects.in_bulk(field_name="name")
        held = [(made[name].pk, roles[role].pk) for name, each in drawn.items() for role in sorted(each["roles"])]
        User.groups.through.objects.bulk_create(User.groups.through(user_id=who, group_id=role) for who, role in held)
        return made

    def _projects(self):
        accounts = AlmaAccount.objects.bulk_create(
            AlmaAccount(name=name, user=user) for name, user in self.people.items()
        )
        pis = {account.name: account for account in accounts}
        facts = zip(CODES, self.drawn["pis"], self.drawn["confidential"], strict=True)
        return Project.objects.bulk_create(
            Project(code=code, pi=pis.get(pi), confidential=hidden) for code, pi, hidden in facts
        )

    def _mous(self):
        groups = [GroupOUS(uid=f"uid://A001/Xa{n}/X1", project=self.projects[place]) for n, place in enumerate(PLACES)]
        times = [NEVER if each is None else make.NOW + each for each in self.drawn["release"]]
        facts = enumerate(zip(GroupOUS.objects.bulk_create(groups), times, strict=True))
        gone = {True: {"recalled_at": make.NOW, "recall_reason": "of another project"}, False: {}}
        return MemberOUS.objects.bulk_create(
            MemberOUS(
                uid=f"uid://A001/X{n}/X1",
                gous=gous,
                release_at=at,
                delivered_at=make.LONG_AGO,
                **gone[self.drawn["recalled"][n]],
            )
            for n, (gous, at) in facts
        )

    def _images(self):
        name, place = "J0423-0120", {"ra_deg": 65.81584, "dec_deg": -1.34252}
        facts = {"name": name, "key": sources.source_key(name), "intents": ["PHASE"]} | place
        quasars = Source.objects.bulk_create(Source(mous=mous, **facts) for mous in self.mous)
        image = {
            "name": "image.fits",
            "role": "other",
            "size": 1,
            "sha256": "0" * 64,
            "origin": Product.Origin.DELIVERED,
        }
        Product.objects.bulk_create(
            Product(mous=each.mous, source=each, key=each.mous.name, header={"object_key": each.key}, **image)
            for each in quasars
        )

    def _scope(self, row):
        return row["who"], PLACES[row["mous"]], None if row["whole"] else row["mous"]

    def _delegation(self, *, who, mous, whole, role, expires, revoked):
        by, project = self.people["ann"], self.projects[PLACES[mous]]
        facts = {"role": role, "granted_by": by, "granted_at": make.NOW - timedelta(days=1)}
        facts |= {
            "mous": None if whole else self.mous[mous],
            "expires_at": None if expires is None else make.NOW + expires,
        }
        ended = {"revoked_at": make.NOW, "revoked_by": by} if revoked else {}
        return Delegation(project=project, delegee=self.people[who], **facts, **ended)

    def _assignment(self, *, who, project, ended):
        by = self.people["ann"]
        over = {"ended_at": make.NOW, "ended_by": by} if ended else {}
        facts = {"person": self.people[who], "assigned_by": by, "reason": "Assigned data reducer"}
        return StaffAssignment(project=self.projects[project], **facts, **over)

    @property
    def readers(self):
        return [AnonymousUser(), *self.people.values()]


def _once(rows, scope, over):
    """One row stands in each scope; what is drawn for it later has ended."""
    standing = set()
    for row in rows:
        yield row | {over: row[over] or scope(row) in standing}
        standing |= set() if row[over] else {scope(row)}
