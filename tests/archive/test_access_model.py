"""The access rule against a model of ten lines, through sequences of all that changes who may have what.

Hypothesis draws the steps, always the same ones; each is done by the verb that people use.  After each step
everybody is asked for, by the branches of the rule; and one of them, in turn, by each of its guards and over HTTP.
"""

from datetime import timedelta
from itertools import cycle, product
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from archive import access, decide, delegations, recall
from archive.errors import ArchiveError
from archive.models import AlmaAccount, DelegationRole, MemberOUS
from archive.staff import Role
from products import listing
from tests import make

NAMES = ("pi", "other", "friend", "reducer")
people, scopes = st.sampled_from(NAMES), st.sampled_from([None, 0, 1])
MINUTE = timedelta(minutes=1)
WHY = "as agreed by letter"


class Archive(RuleBasedStateMachine):
    """One project of two MOUSs; `self.facts` is the model's own memory, which never looks at a row."""

    @initialize()
    def begin(self):
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = make.NOW
        self.clock = patch.object(timezone, "now", lambda: self.now)
        self.clock.start()
        self.people = {name: make.user(name) for name in NAMES}
        self.scientist = make.staff("scientist", Role.ARCHIVE_SCIENTIST)
        self.chief = make.staff("chief", Role.ADMINISTRATOR)
        self.mous = [make.mous(f"uid://A001/X{number}/X1", pi=self.people["pi"]) for number in (1, 2)]
        make.account(self.people["other"])
        self.files = [make.product(mous, "a.fits", content=b"bytes") for mous in self.mous]
        self.clients = {name: Client() for name in (*NAMES, None)}
        self.pi, self.confidential, self.release, self.recalled = "pi", False, [None, None], [False, False]
        self.grants, self.assigned, self.roles, self.logged_in = {}, set(), set(), set(NAMES)
        for name in NAMES:
            self.clients[name].force_login(self.people[name])
        self.turns = cycle(product((*NAMES, None), (0, 1)))
        self.grant("friend", None, "process", 5)  # something to take back from the first step on
        self.change_role(True)
        self.change_assignment(True)

    def teardown(self):
        if hasattr(self, "undo"):
            self.clock.stop()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    # The model
    def model(self, name, number, *, process=False):
        if self.recalled[number]:
            return name in self.assigned and name in self.roles and not process
        return self.has_right(name, number, process=process)

    def has_right(self, name, number, *, process=False):
        public = not self.confidential and self.release[number] is not None and self.release[number] <= self.now
        if name is None:
            return public and not process
        held = [terms for (who, scope), terms in self.grants.items() if who == name and scope in {None, number}]
        lasting = [role for role, end in held if end is None or end > self.now]
        given = "process" in lasting if process else bool(lasting)
        return public or name == self.pi or given or (name in self.assigned and name in self.roles)

    def knows(self, name, number):
        return not self.confidential or self.has_right(name, number)

    # What people do
    @rule(who=people, scope=scopes, role=st.sampled_from(DelegationRole.values), minutes=st.sampled_from([None, 1, 3]))
    def grant(self, who, scope, role, minutes):
        if who == self.pi:
            return
        end = minutes and self.now + minutes * MINUTE
        mous = None if scope is None else self.mous[scope]
        terms = {"mous": mous, "role": role, "expires_at": end}
        delegations.grant(self.project(), who, by=self.people[self.pi], now=self.now, **terms)
        self.grants[who, scope] = (role, end)

    @precondition(lambda self: self.grants)
    @rule(data=st.data())
    def revoke(self, data):
        who, scope = data.draw(st.sampled_from(sorted(self.grants, key=str)))
        rows = self.project().delegations.filter(delegee__username=who, revoked_at=None)
        row = rows.filter(mous=None if scope is None else self.mous[scope]).first()
        if row:
            delegations.revoke(row, by=self.people[self.pi], now=self.now)
        del self.grants[who, scope]

    @rule(minutes=st.sampled_from([1, 2, 5]))
    def wait(self, minutes):
        self.now += minutes * MINUTE

    @rule(number=st.sampled_from([0, 1]), minutes=st.sampled_from([-1, 0, 2]))
    def change_release(self, number, minutes):
        self.release[number] = self.now + minutes * MINUTE
        self.decided(decide.change_release, self.mous[number], self.release[number])

    @rule(number=st.sampled_from([0, 1]), recalled=st.booleans())
    def change_recall(self, number, recalled):
        self.decided(recall.recall if recalled else recall.undo, self.mous[number])
        self.recalled[number] = recalled

    @rule(hidden=st.booleans())
    def change_confidentiality(self, hidden):
        self.decided(decide.set_confidential, self.project(), hidden)
        self.confidential = hidden

    @rule(name=st.sampled_from(["pi", "other"]))
    def change_pi(self, name):
        if name == self.pi:
            return
        account = AlmaAccount.objects.get(user=self.people[name])
        self.decided(decide.change_pi, self.project(), account.name)
        self.pi, self.grants = name, {}

    @rule(appointed=st.booleans())
    def change_role(self, appointed):
        verb = decide.appoint if appointed else decide.dismiss
        self.decided(verb, self.people["reducer"], Role.DATA_REDUCER, by=self.chief)
        self.roles = {"reducer"} if appointed else set()
        self.assigned &= self.roles  # an assignment ends with the last role that it needs

    @rule(assigned=st.booleans())
    def change_assignment(self, assigned):
        if assigned and not self.roles:
            return
        self.decided(decide.assign if assigned else decide.end_assignment, self.project(), self.people["reducer"])
        self.assigned = {"reducer"} if assigned else set()

    @rule(name=people)
    def log_in_or_out(self, name):
        if name in self.logged_in:
            self.clients[name].logout()
        else:
            self.clients[name].force_login(self.people[name])
        self.logged_in ^= {name}

    @rule(one=people, other=people)
    def change_address(self, one, other):
        """The address moves to somebody else; no right moves with it."""
        EmailAddress.objects.filter(user=self.people[one]).delete()
        address = {"email": f"{one}@example.org", "verified": True, "primary": False}
        EmailAddress.objects.update_or_create(email=address["email"], defaults=address | {"user": self.people[other]})

    def decided(self, verb, *what, by=None):
        """A decision that changes nothing is refused, and then nothing has changed."""
        try:
            verb(*what, by=by or self.scientist, reason=WHY, now=self.now)
        except ArchiveError as refusal:
            if refusal.code not in {"unchanged", "not-assigned"}:
                raise

    def project(self):
        project = self.mous[0].project
        project.refresh_from_db()
        return project

    # What must hold
    @invariant()
    def everybody_has_what_the_model_says(self):
        for name in (*NAMES, None) if hasattr(self, "clients") else ():
            person = self.person(name)
            assert self.rows(access.readable_by(person, self.now)) == self.expected(self.model, name)
            assert self.rows(access.visible_to(person, self.now)) == self.expected(self.knows, name)
        if hasattr(self, "clients"):
            self.look_closely(*next(self.turns))

    def person(self, name):
        return AnonymousUser() if name is None else type(self.chief).objects.get(username=name)

    def rows(self, condition):
        return set(MemberOUS.objects.filter(condition).values_list("pk", flat=True))

    def expected(self, question, name):
        return {mous.pk for number, mous in enumerate(self.mous) if question(name, number)}

    def look_closely(self, name, number):
        """At one person and MOUS after each step, in turn: every other way to ask."""
        person, mous, file = self.person(name), self.mous[number], self.files[number]
        may, knows = self.model(name, number), self.knows(name, number)
        assert (access.ground(person, mous, self.now) is not None) == may == access.may_read(person, mous, self.now)
        assert access.may_process(person, mous, self.now) == self.model(name, number, process=True)
        assert listing.lock(file.pk, person, self.now) == (may if knows else None)
        shown = name if name in self.logged_in else None
        assert self.clients[name].head(f"/api/products/{file.pk}/file").status_code == self.status(shown, number)

    def status(self, name, number):
        if not self.knows(name, number):
            return 404
        if self.model(name, number):
            return 200
        return 401 if name is None else 403


@pytest.mark.django_db
def test_the_rule_keeps_to_the_model_through_all_that_can_happen():
    with override_settings(RATE_LIMITS=False, EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        run_state_machine_as_test(
            Archive,
            settings=settings(
                max_examples=10,
                stateful_step_count=20,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
