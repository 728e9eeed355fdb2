"""Who may have which data (FACTS 7; the boundary is exact to the second, UTC)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from archive import access, access_refusals
from archive.models import MemberOUS, StaffAssignment
from archive.staff import Role
from tests import make

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


@pytest.fixture
def pi():
    return make.user("alma_pi")


@pytest.fixture
def mous(pi):
    return make.mous(pi=pi)


def test_nobody_but_the_pi_has_proprietary_data_at_first(mous, pi):
    assert access.may_read(pi, mous, make.NOW)
    assert not access.may_read(make.user("stranger"), mous, make.NOW)
    assert not access.may_read(NOBODY, mous, make.NOW)


@pytest.mark.parametrize(("seconds", "readable"), [(-1, False), (0, True), (1, True)])
def test_data_are_public_from_the_release_second_on(mous, seconds, readable):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NOW)

    assert access.may_read(NOBODY, mous, make.NOW + timedelta(seconds=seconds)) is readable


def test_a_mous_without_a_known_release_stays_proprietary():
    unknown = make.mous(uid="uid://A001/X9/X9", code="2023.1.00999.S")

    assert not access.may_read(NOBODY, unknown, make.NOW)


def test_a_delegee_has_access_until_it_is_revoked(mous, pi):
    friend = make.user("friend")
    delegation = make.delegation(mous.project, friend, by=pi)
    assert access.may_read(friend, mous, make.NOW)

    delegation.revoked_at, delegation.revoked_by = make.NOW, pi
    delegation.save()

    assert not access.may_read(friend, mous, make.NOW)


def test_a_delegation_on_one_project_opens_no_other(mous, pi):
    friend = make.user("friend")
    make.delegation(mous.project, friend, by=pi)
    other = make.mous(uid="uid://A001/X7/X8", code="2023.1.00222.S")

    assert not access.may_read(friend, other, make.NOW)


def test_staff_need_an_assignment_to_the_project(mous, pi):
    reducer = make.staff("reducer", Role.DATA_REDUCER)
    assert not access.may_read(reducer, mous, make.NOW)

    assignment = StaffAssignment.objects.create(
        project=mous.project, person=reducer, reason="Assigned data reducer", assigned_by=pi
    )
    assert access.may_read(reducer, mous, make.NOW)

    assignment.ended_at = timezone.now()
    assignment.save()
    assert not access.may_read(reducer, mous, make.NOW)


def test_an_assignment_of_somebody_who_left_the_staff_is_worth_nothing(mous, pi):
    former = make.user("former", is_staff=False)
    StaffAssignment.objects.create(project=mous.project, person=former, reason="was reducer", assigned_by=pi)

    assert not access.may_read(former, mous, make.NOW)


@pytest.mark.parametrize("role", Role)
def test_an_assignment_opens_data_to_a_role_that_works_with_them(mous, pi, role):
    person = make.staff("somebody", role)
    make.assignment(mous.project, person, by=pi)

    assert access.may_read(person, mous, make.NOW) == (role in {Role.DATA_REDUCER, Role.ARCHIVE_SCIENTIST})
    assert (access.ground(person, mous, make.NOW) is None) != access.may_read(person, mous, make.NOW)


def test_a_superuser_is_no_exception(mous):
    assert not access.may_read(make.user("root", is_superuser=True, is_staff=True), mous, make.NOW)


def test_a_deactivated_pi_has_no_access(mous, pi):
    pi.is_active = False

    assert not access.may_read(pi, mous, make.NOW)


def test_an_account_name_alone_makes_nobody_pi(mous):
    """The link from an ALMA account to a user is asserted by staff, never by choosing the same user name."""
    mous.project.pi.user = None
    mous.project.pi.save()

    assert not access.may_read(make.user("alma_pi"), mous, make.NOW)


def test_the_refusal_names_the_mous_the_date_and_the_way_out(mous):
    with pytest.raises(
        access_refusals.ProprietaryError, match=r"uid://A001/X3621/X541 .*2023\.1\.00101\.S.*no release date"
    ) as error:
        access.require_access(NOBODY, mous, make.NOW)

    assert "delegee" in error.value.remedy


def test_only_the_pi_delegates(mous, pi):
    friend = make.user("friend")
    make.delegation(mous.project, friend, by=pi)

    assert access.may_delegate(pi, mous.project)
    assert not access.may_delegate(friend, mous.project)
    assert not access.may_delegate(NOBODY, mous.project)
    assert not access.may_delegate(make.user("staff", is_staff=True), mous.project)
