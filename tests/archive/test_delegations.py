"""The PI gives access by name and takes it back (FACTS 7); rows end, they are never deleted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from archive import access, delegations, terms
from archive.models import Decision, Delegation, Project
from archive.on_behalf import NotPIError, ReasonNeededError
from archive.staff import Role
from tests import make

YEAR = timedelta(days=365)
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


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.DATA_REDUCER, Role.ADMINISTRATOR, None])
def test_only_the_pi_and_archive_scientists_give_access(mous, pi, friend, role):
    delegations.grant(mous.project, "friend", by=pi, now=make.NOW)
    staff = make.staff("staff", *([role] if role else []))

    for somebody in (friend, staff, make.user("stranger")):
        with pytest.raises(NotPIError, match=mous.project.code):
            delegations.grant(mous.project, "stranger", by=somebody, now=make.NOW, reason="She is away")


def test_an_archive_scientist_gives_and_ends_for_the_pi_with_a_reason_and_she_is_told(
    mous, pi, friend, mailoutbox, django_capture_on_commit_callbacks
):
    staff = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    with django_capture_on_commit_callbacks(execute=True):
        made = delegations.grant(mous.project, "friend", by=staff, now=make.NOW, reason="She is at sea")
    with django_capture_on_commit_callbacks(execute=True):
        delegations.revoke(made, by=staff, now=make.NOW + YEAR, reason="She is back")

    assert (made.reason, made.granted_by) == ("She is at sea", staff)
    assert [letter.to for letter in mailoutbox] == [[pi.email], [pi.email]]
    assert "astrid gave friend access for you" in mailoutbox[0].body
    assert "She is at sea" in mailoutbox[0].body
    assert "astrid ended for you the access of friend" in mailoutbox[1].body
    kept = Decision.objects.filter(about=Decision.About.DELEGATION, project=mous.project, person=friend, by=staff)
    assert [row.reason for row in kept] == ["She is at sea", "She is back"]


def test_an_archive_scientist_without_a_reason_is_refused(mous, pi, friend):
    staff = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    made = make.delegation(mous.project, make.user("other"), by=pi)

    with pytest.raises(ReasonNeededError):
        delegations.grant(mous.project, "friend", by=staff, now=make.NOW, reason="  ")
    with pytest.raises(ReasonNeededError):
        delegations.revoke(made, by=staff, now=make.NOW)
    assert Delegation.objects.get(revoked_at=None) == made


def test_nobody_gives_herself_access_as_staff(mous):
    staff = make.staff("astrid", Role.ARCHIVE_SCIENTIST)

    with pytest.raises(delegations.SelfDelegationError, match="cannot give yourself"):
        delegations.grant(mous.project, "astrid", by=staff, now=make.NOW, reason="I am curious")
    assert not access.may_read(staff, mous, make.NOW)


def test_what_the_pi_does_herself_is_no_decision_of_staff(mous, pi, friend, mailoutbox):
    delegations.grant(mous.project, "friend", by=pi, now=make.NOW, reason="my student")

    assert not Decision.objects.exists()
    assert mailoutbox == []


@pytest.mark.parametrize(
    "changed",
    [{"role": "download"}, {"expires_at": make.NOW + YEAR}, {"role": "download", "expires_at": make.NOW + YEAR}],
)
def test_other_terms_end_the_row_before_and_make_another(mous, pi, friend, changed):
    first = delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO)

    second = delegations.grant(mous.project, "friend", by=pi, now=make.NOW, **changed)

    first.refresh_from_db()
    assert (first.revoked_at, first.revoked_by) == (make.NOW, pi)
    assert (second.granted_at, second.revoked_at) == (make.NOW, None)
    assert {name: getattr(second, name) for name in changed} == changed


def test_the_same_terms_twice_are_one_row(mous, pi, friend):
    terms = {"mous": mous, "role": "download", "expires_at": make.NOW + YEAR}

    made = {delegations.grant(mous.project, "friend", by=pi, now=make.NOW, **terms) for _ in range(2)}

    assert set(Delegation.objects.all()) == made


def test_after_its_end_access_can_be_given_again(mous, pi, friend):
    first = delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO, expires_at=make.NOW)
    assert access.may_read(friend, mous, make.NOW - timedelta(seconds=1))
    assert not access.may_read(friend, mous, make.NOW)

    second = delegations.grant(mous.project, "friend", by=pi, now=make.NOW)

    assert second != first
    assert access.may_read(friend, mous, make.NOW)


def test_an_end_that_has_come_is_not_moved_by_a_revocation(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO, expires_at=make.NOW)

    assert delegations.revoke(made, by=pi, now=make.NOW).revoked_at is None


@pytest.mark.parametrize("end", [make.NOW, make.LONG_AGO])
def test_an_end_in_the_past_is_refused(mous, pi, friend, end):
    with pytest.raises(terms.PastEndError, match="has passed"):
        delegations.grant(mous.project, "friend", by=pi, now=make.NOW, expires_at=end)
    assert not Delegation.objects.exists()


def test_a_mous_of_another_project_is_refused(mous, pi, friend):
    other = make.mous("uid://A001/X3621/X999", code="2023.1.00999.S")

    with pytest.raises(terms.ForeignMousError, match="X999 is not a member ObsUnitSet of 2023"):
        delegations.grant(mous.project, "friend", by=pi, now=make.NOW, mous=other)


def test_a_role_that_there_is_not_is_refused(mous, pi, friend):
    with pytest.raises(terms.UnknownDelegeeRoleError, match="owner"):
        delegations.grant(mous.project, "friend", by=pi, now=make.NOW, role="owner")


def test_one_mous_and_the_whole_project_are_two_grants(mous, pi, friend):
    sister = make.mous("uid://A001/X3621/X543")
    delegations.grant(mous.project, "friend", by=pi, now=make.NOW, mous=mous)
    assert access.may_read(friend, mous, make.NOW)
    assert not access.may_read(friend, sister, make.NOW)

    whole = delegations.grant(mous.project, "friend", by=pi, now=make.NOW)
    delegations.revoke(whole, by=pi, now=make.NOW)

    assert access.may_read(friend, mous, make.NOW)
    assert not access.may_read(friend, sister, make.NOW)


def test_who_was_pi_gives_nothing_any_more(mous, pi, friend):
    held = Project.objects.select_related("pi").get(pk=mous.project.pk)
    make.project(pi=make.user("new_pi"))

    with pytest.raises(NotPIError):
        delegations.grant(held, "friend", by=pi, now=make.NOW)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", None),
        ("2027-01-31", "2027-02-01T00:00:00+00:00"),
        ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31T12:00:00-03:00", "2027-01-31T15:00:00+00:00"),
    ],
)
def test_an_end_is_a_day_that_counts_or_a_time_with_its_zone(text, end):
    assert (terms.end_of(text) and terms.end_of(text).isoformat()) == end


@pytest.mark.parametrize("text", ["2027-01-31T12:00:00", "2027-02-30", "9999-12-31", "soon", "20270131", "2027-W05-1-"])
def test_what_is_no_end_is_refused(text):
    with pytest.raises(terms.BadEndError, match=text):
        terms.end_of(text)


@pytest.mark.django_db(transaction=True)
def test_grants_at_the_same_time_are_one_row(mous, pi):
    names = [make.user(f"friend{number}").username for number in range(12)]
    together = Barrier(4, timeout=60)

    def grant(_):
        try:
            connection.ensure_connection()
            made = []
            for name in names:
                together.wait()
                made.append(delegations.grant(mous.project, name, by=pi, now=make.NOW).pk)
            return made
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(grant, range(4)))

    assert {tuple(each) for each in made} == {tuple(Delegation.objects.order_by("pk").values_list("pk", flat=True))}


def test_what_is_hidden_is_not_listed_not_even_to_who_once_had_it(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.LONG_AGO)
    Project.objects.update(confidential=True)
    assert list(delegations.of(friend, make.NOW)) == [made]

    delegations.revoke(made, by=pi, now=make.NOW)

    assert not delegations.of(friend, make.NOW).exists()
    assert list(delegations.of(pi, make.NOW)) == [made]
    with pytest.raises(delegations.UnknownDelegationError):
        delegations.find(make.staff("astrid", Role.ARCHIVE_SCIENTIST), made.pk, make.NOW)


def test_a_delegee_cannot_end_another_delegation(mous, pi, friend):
    made = delegations.grant(mous.project, "friend", by=pi, now=make.NOW)

    with pytest.raises(NotPIError):
        delegations.revoke(made, by=friend, now=make.NOW)


def test_a_project_without_pi_is_nobodys_to_give():
    orphan = make.mous()

    with pytest.raises(NotPIError):
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

    assert [list(delegations.of(somebody, make.NOW)) for somebody in (pi, friend)] == [[made], [made]]
    with pytest.raises(delegations.UnknownDelegationError):
        delegations.find(make.user("stranger"), made.pk, make.NOW)
