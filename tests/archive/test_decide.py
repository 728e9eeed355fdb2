"""What staff decide: who may, that there is a reason, what follows, and that the history stays."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import Error, transaction

from archive import access, decide
from archive.facts import apply_facts
from archive.models import NEVER, Decision, Delegation, Finding, Invitation, StaffAssignment
from archive.refusals import (
    InactiveAccountError,
    NotAssignableError,
    NotAssignedError,
    OwnAssignmentError,
    OwnProjectError,
    OwnRoleError,
    ReasonMissingError,
    UnchangedError,
    UnknownAlmaAccountError,
    UnknownRoleError,
    UnknownStateError,
    UnusableTimeError,
)
from archive.staff import Role, WrongRoleError, has_role
from tests import make

pytestmark = pytest.mark.django_db
SOON = make.NOW + timedelta(days=30)
WHY = {"reason": "asked for by the ARC", "now": make.NOW}


@pytest.fixture
def pi():
    return make.user("pi")


@pytest.fixture
def mous(pi):
    return make.mous(pi=pi, delivered_at=datetime(2024, 5, 2, 10, tzinfo=UTC))


@pytest.fixture
def scientist():
    return make.staff("astrid", Role.ARCHIVE_SCIENTIST)


@pytest.fixture
def administrator():
    return make.staff("adam", Role.ADMINISTRATOR)


def fresh(row):
    row.refresh_from_db()
    return row


DECISIONS = {
    "release": lambda mous, **why: decide.change_release(mous, SOON, **why),
    "qa2": lambda mous, **why: decide.change_qa2(mous, "FAIL", **why),
    "pi": lambda mous, **why: decide.change_pi(mous.project, make.account(make.user("heiress")).name, **why),
    "confidential": lambda mous, **why: decide.set_confidential(mous.project, True, **why),
    "assign": lambda mous, **why: decide.assign(mous.project, make.staff("rita", Role.DATA_REDUCER), **why),
    "end": lambda mous, **why: decide.end_assignment(mous.project, make.user("rita"), **why),
    "appoint": lambda mous, **why: decide.appoint(make.user("orion"), Role.OPERATOR, **why),
    "dismiss": lambda mous, **why: decide.dismiss(make.staff("olga", Role.OPERATOR), Role.OPERATOR, **why),
}
ADMINISTRATIVE = {"appoint", "dismiss"}


@pytest.fixture
def rita(mous):
    """A data reducer who is assigned already, where a test ends that."""
    person = make.staff("rita", Role.DATA_REDUCER)
    make.assignment(mous.project, person, by=person)
    return person


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("role", [None, *Role])
def test_only_the_right_role_decides(mous, request, decision, role):
    if decision == "end":
        request.getfixturevalue("rita")
    by = make.staff("someone", role) if role else make.user("stranger")
    right = Role.ADMINISTRATOR if decision in ADMINISTRATIVE else Role.ARCHIVE_SCIENTIST

    if role == right:
        DECISIONS[decision](mous, by=by, **WHY)
        assert Decision.objects.get().by == by
    else:
        with pytest.raises(WrongRoleError):
            DECISIONS[decision](mous, by=by, **WHY)
        assert not Decision.objects.exists()


@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("reason", ["", " \n", "\0"])
def test_nothing_is_decided_without_a_reason(mous, request, decision, reason):
    if decision == "end":
        request.getfixturevalue("rita")
    chief = make.user("chief", is_staff=True, is_superuser=True)

    with pytest.raises(ReasonMissingError):
        DECISIONS[decision](mous, by=chief, reason=reason, now=make.NOW)

    assert not Decision.objects.exists()
    assert (fresh(mous).release_at, mous.qa2_state) == (NEVER, "PASS")
    assert (mous.project.pi.name, mous.project.confidential) == ("pi", False)
    assert StaffAssignment.objects.filter(ended_at=None).count() == (decision == "end")


@pytest.mark.parametrize("decision", DECISIONS)
def test_the_history_cannot_be_rewritten(mous, request, decision):
    if decision == "end":
        request.getfixturevalue("rita")
    DECISIONS[decision](mous, by=make.user("chief", is_staff=True, is_superuser=True), **WHY)

    with pytest.raises(Error, match="append-only"), transaction.atomic():
        Decision.objects.update(reason="something else")
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        Decision.objects.all()._raw_delete("default")
    assert Decision.objects.get().reason == WHY["reason"]


def test_a_changed_release_takes_effect_to_the_second(mous, scientist):
    made = decide.change_release(mous, SOON, by=scientist, **WHY)

    assert (fresh(mous).release_at, mous.release_origin) == (SOON, "staff")
    assert (made.before, made.after) == ("no known date (unknown)", "2024-07-01T12:00:00Z (staff)")
    assert (made.mous, made.project) == (mous, mous.project)
    assert not access.may_read(make.user("stranger"), mous, SOON - timedelta(seconds=1))
    assert access.may_read(make.user("stranger"), mous, SOON)


def test_the_time_of_staff_stands_when_alma_says_another_and_the_doubt_is_a_finding(mous, scientist):
    decide.change_release(mous, SOON, by=scientist, **WHY)

    apply_facts({"mous": {mous.uid: {"release_at": "2026-01-01T00:00:00Z"}}})

    assert (fresh(mous).release_at, mous.release_origin) == (SOON, "staff")
    told = Finding.objects.get(code="release-disagrees", settled_at=None).sentence
    assert "ALMA says 2026-01-01T00:00:00Z, staff decided 2024-07-01T12:00:00Z. In force is that of staff." in told

    apply_facts({"mous": {mous.uid: {"release_at": "2024-07-01T12:00:00Z"}}})
    assert not Finding.objects.filter(code="release-disagrees", settled_at=None).exists()


def test_a_change_is_taken_back_to_what_alma_says_or_the_policy_gives(mous, scientist):
    decide.change_release(mous, SOON, by=scientist, **WHY)
    decide.change_release(mous, None, by=scientist, **WHY)
    assert (fresh(mous).release_at, mous.release_origin) == (datetime(2025, 5, 2, 10, tzinfo=UTC), "computed")

    decide.change_release(mous, SOON, by=scientist, **WHY)
    apply_facts({"mous": {mous.uid: {"release_at": "2026-01-01T00:00:00Z"}}})
    decide.change_release(mous, None, by=scientist, **WHY)
    assert (fresh(mous).release_at, mous.release_origin) == (datetime(2026, 1, 1, tzinfo=UTC), "ALMA")
    assert Decision.objects.count() == 4


def test_what_is_so_already_is_not_decided_again(mous, scientist):
    decide.change_release(mous, SOON, by=scientist, **WHY)
    rita = make.staff("rita", Role.DATA_REDUCER)
    decide.assign(mous.project, rita, by=scientist, **WHY)
    count = Decision.objects.count()

    for again in (
        lambda: decide.change_release(mous, SOON, by=scientist, **WHY),
        lambda: decide.change_qa2(mous, "PASS", by=scientist, **WHY),
        lambda: decide.change_pi(mous.project, "pi", by=scientist, **WHY),
        lambda: decide.set_confidential(mous.project, False, by=scientist, **WHY),
        lambda: decide.assign(mous.project, rita, by=scientist, **WHY),
    ):
        with pytest.raises(UnchangedError):
            again()
    decide.change_release(mous, None, by=scientist, **WHY)
    with pytest.raises(UnchangedError):
        decide.change_release(mous, None, by=scientist, **WHY)
    assert Decision.objects.count() == count + 1


@pytest.mark.parametrize("at", [datetime(2025, 1, 1), NEVER + timedelta(seconds=1)])
def test_a_time_without_a_zone_or_past_all_is_refused(mous, scientist, at):
    with pytest.raises(UnusableTimeError):
        decide.change_release(mous, at, by=scientist, **WHY)


@pytest.mark.parametrize("state", ["", "GOOD", "pass"])
def test_a_qa2_state_is_one_of_alma_s(mous, scientist, state):
    with pytest.raises(UnknownStateError):
        decide.change_qa2(mous, state, by=scientist, **WHY)


def test_a_qa2_state_of_staff_stands_against_the_facts(mous, scientist):
    decide.change_qa2(mous, "SEMIPASS", by=scientist, **WHY)

    apply_facts({"mous": {mous.uid: {"qa2": "PASS"}}})

    assert fresh(mous).qa2_state == "SEMIPASS"
    assert "staff decided SEMIPASS" in Finding.objects.get(code="qa2-disagrees", settled_at=None).sentence


def test_a_new_pi_has_the_data_and_what_the_former_one_gave_has_ended(mous, pi, scientist):
    heiress, friend, former_friend = make.user("heiress"), make.user("friend"), make.user("former_friend")
    make.account(heiress)
    make.delegation(mous.project, friend, by=pi)
    past = {"granted_at": make.NOW - timedelta(days=9), "expires_at": make.NOW - timedelta(days=1)}
    over = make.delegation(mous.project, former_friend, by=pi, **past)
    offer = {"invited_by": pi, "valid_until": SOON, "secret_sha256": "0" * 64, "address": "guest@example.org"}
    invitation = Invitation.objects.create(project=mous.project, **offer)

    decide.change_pi(mous.project, "heiress", by=scientist, **WHY)

    assert access.may_read(heiress, mous, make.NOW)
    assert not access.may_read(pi, mous, make.NOW)
    assert not access.may_read(friend, mous, make.NOW)
    assert Delegation.objects.get(delegee=friend).revoked_by == scientist
    assert fresh(over).revoked_at is None, "it had ended by itself"
    assert (fresh(invitation).withdrawn_at, invitation.withdrawn_by) == (make.NOW, scientist)


def test_a_pi_whom_nobody_knows_is_refused(mous, scientist):
    with pytest.raises(UnknownAlmaAccountError, match="nobody"):
        decide.change_pi(mous.project, "nobody", by=scientist, **WHY)


def test_nobody_makes_herself_pi(mous, scientist):
    with pytest.raises(OwnProjectError):
        decide.change_pi(mous.project, make.account(scientist).name, by=scientist, **WHY)


def test_another_pi_in_the_facts_is_a_finding_and_moves_nothing(mous):
    apply_facts({"projects": {mous.project.code: {"pi": "usurper"}}})

    assert make.project(mous.project.code).pi.name == "pi"
    told = Finding.objects.get(code="pi-disagrees", settled_at=None).sentence
    assert "usurper" in told
    apply_facts({"projects": {mous.project.code: {"pi": "pi"}}})
    assert not Finding.objects.filter(code="pi-disagrees", settled_at=None).exists()


def test_an_assignment_opens_the_data_until_it_ends(mous, scientist):
    rita = make.staff("rita", Role.DATA_REDUCER)

    decide.assign(mous.project, rita, by=scientist, **WHY)
    assert access.may_read(rita, mous, make.NOW)

    decide.end_assignment(mous.project, rita, by=scientist, **WHY)
    assert not access.may_read(rita, mous, make.NOW)
    row = StaffAssignment.objects.get()
    assert (row.assigned_by, row.ended_by, row.ended_at) == (scientist, scientist, make.NOW)
    with pytest.raises(NotAssignedError):
        decide.end_assignment(mous.project, rita, by=scientist, **WHY)


@pytest.mark.parametrize(
    "person",
    [
        lambda: make.user("stranger"),
        lambda: make.staff("olga", Role.OPERATOR),
        lambda: make.staff("adam", Role.ADMINISTRATOR),
        lambda: make.user("root", is_staff=True, is_superuser=True),
        lambda: make.staff("gone", Role.DATA_REDUCER, is_active=False),
    ],
)
def test_only_people_with_a_reading_role_are_assigned(mous, scientist, person):
    with pytest.raises(NotAssignableError):
        decide.assign(mous.project, person(), by=scientist, **WHY)


def test_nobody_assigns_herself(mous, scientist):
    with pytest.raises(OwnAssignmentError, match="Nobody assigns herself"):
        decide.assign(mous.project, scientist, by=scientist, **WHY)
    assert not access.may_read(scientist, mous, make.NOW)

    decide.assign(mous.project, scientist, by=make.staff("berta", Role.ARCHIVE_SCIENTIST), **WHY)
    assert access.may_read(scientist, mous, make.NOW)


def test_a_dismissal_closes_the_data_and_a_later_role_does_not_open_them_again(mous, scientist, administrator):
    rita = make.staff("rita", Role.DATA_REDUCER, Role.OPERATOR)
    decide.assign(mous.project, rita, by=scientist, **WHY)

    decide.dismiss(rita, Role.DATA_REDUCER, by=administrator, **WHY)
    assert not access.may_read(rita, mous, make.NOW)
    assert has_role(rita, Role.OPERATOR)

    decide.appoint(rita, Role.DATA_REDUCER, by=administrator, **WHY)
    assert not access.may_read(rita, mous, make.NOW)
    assert Decision.objects.filter(about=Decision.About.ASSIGNMENT, after="").get().by == administrator


def test_who_keeps_a_reading_role_keeps_the_assignments(mous, scientist, administrator):
    rita = make.staff("rita", Role.DATA_REDUCER, Role.ARCHIVE_SCIENTIST)
    decide.assign(mous.project, rita, by=scientist, **WHY)

    decide.dismiss(rita, Role.ARCHIVE_SCIENTIST, by=administrator, **WHY)

    assert access.may_read(rita, mous, make.NOW)


def test_roles_come_and_go_with_the_mark_of_staff(administrator):
    orion = make.user("orion")

    made = decide.appoint(orion, Role.OPERATOR, by=administrator, **WHY)
    assert has_role(fresh(orion), Role.OPERATOR)
    assert (made.before, made.after, made.person) == ("", "operator", orion)

    decide.dismiss(orion, Role.OPERATOR, by=administrator, **WHY)
    assert not fresh(orion).is_staff


def test_nobody_appoints_herself(administrator):
    with pytest.raises(OwnRoleError):
        decide.appoint(administrator, Role.ARCHIVE_SCIENTIST, by=administrator, **WHY)
    chief = make.user("chief", is_staff=True, is_superuser=True)
    with pytest.raises(OwnRoleError):
        decide.appoint(chief, Role.DATA_REDUCER, by=chief, **WHY)


def test_a_role_is_one_of_four_and_for_an_account_in_use(administrator):
    with pytest.raises(UnknownRoleError):
        decide.appoint(make.user("orion"), "king", by=administrator, **WHY)
    with pytest.raises(InactiveAccountError):
        decide.appoint(make.user("gone", is_active=False), Role.OPERATOR, by=administrator, **WHY)


def test_confidentiality_takes_effect_at_once(mous, scientist):
    decide.set_confidential(mous.project, True, by=scientist, **WHY)
    assert not access.may_know(make.user("stranger"), mous, make.NOW)

    decide.set_confidential(mous.project, False, by=scientist, **WHY)
    assert access.may_know(make.user("stranger"), mous, make.NOW)
