"""The PI gives access by name and takes it back (FACTS 7); rows end, they are never deleted."""

import pytest

from archive import access, delegations
from archive.models import Delegation
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def pi():
    return make.user("pi")


@pytest.fixture
def mous(pi):
    return make.mous(pi=pi)


@pytest.fixture
def friend():
    return make.user("friend")


def test_a_grant_takes_effect_at_once(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.NOW)

    assert access.may_read(friend, mous, make.NOW)
    assert (made.granted_by, made.granted_at) == (pi, make.NOW)


def test_granting_what_is_granted_changes_nothing(mous, pi, friend):
    first = delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO)

    assert delegations.grant(mous.project, "friend", by=pi, now=make.NOW) == first
    assert Delegation.objects.get().granted_at == make.LONG_AGO


def test_a_revocation_ends_the_row_and_keeps_it(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO)

    delegations.revoke(made, by=pi, now=make.NOW)

    assert not access.may_read(friend, mous, make.NOW)
    kept = Delegation.objects.get()
    assert (kept.revoked_at, kept.revoked_by) == (make.NOW, pi)


def test_a_second_revocation_does_not_move_the_end(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO)
    delegations.revoke(made, by=pi, now=make.LONG_AGO)

    assert delegations.revoke(made, by=pi, now=make.NOW).revoked_at == make.LONG_AGO


def test_who_was_revoked_can_be_named_again(mous, pi, friend):
    delegations.revoke(delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO), by=pi, now=make.LONG_AGO)

    delegations.grant(mous.project, "friend", by=pi, now=make.NOW)

    assert access.may_read(friend, mous, make.NOW)
    assert Delegation.objects.count() == 2


def test_only_the_pi_gives_access(mous, pi, friend):
    delegations.grant(mous.project, "friend", by=pi, now=make.NOW)
    staff = make.user("staff", is_staff=True, is_superuser=True)

    for somebody in (friend, staff, make.user("stranger")):
        with pytest.raises(delegations.NotPIError, match=mous.project.code):
            delegations.grant(mous.project, "stranger", by=somebody, now=make.NOW)


def test_a_delegee_cannot_end_another_delegation(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.NOW)

    with pytest.raises(delegations.NotPIError):
        delegations.revoke(made, by=friend, now=make.NOW)


def test_a_project_without_pi_is_nobodys_to_give():
    orphan = make.mous()

    with pytest.raises(delegations.NotPIError):
        delegations.grant(orphan.project, "friend", by=make.user("pi"), now=make.NOW)


def test_an_account_that_is_not_there_is_named(mous, pi):
    make.user("gone", is_active=False)

    for name in ("nobody", "gone"):
        with pytest.raises(delegations.UnknownAccountError, match=name):
            delegations.grant(mous.project, name, by=pi, now=make.NOW)


def test_the_pi_needs_no_delegation(mous, pi):
    with pytest.raises(delegations.OwnDelegationError):
        delegations.grant(mous.project, "pi", by=pi, now=make.NOW)


def test_a_delegation_is_seen_by_those_it_is_about(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.NOW)

    assert [list(delegations.of(somebody)) for somebody in (pi, friend)] == [[made], [made]]
    with pytest.raises(delegations.UnknownDelegationError):
        delegations.find(make.user("stranger"), made.pk)
