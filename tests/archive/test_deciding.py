"""Decisions from the command line: what is said, and how a mistake is told."""

import pytest
from django.core.management import CommandError, call_command

from archive.models import AlmaAccount, Decision, StaffAssignment
from archive.staff import Role, has_role
from tests import make

pytestmark = pytest.mark.django_db
WHY = {"reason": "asked for by the ARC"}


@pytest.fixture
def mous():
    make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    make.staff("adam", Role.ADMINISTRATOR)
    make.staff("rita", Role.DATA_REDUCER)
    make.account(make.user("heiress"))
    return make.mous(pi=make.user("pi"))


def call(capsys, *words, by="astrid"):
    call_command(*words, by=by, **WHY)
    return capsys.readouterr().out.strip()


def test_each_decision_is_said_in_a_line(mous, capsys):
    code, uid = mous.project.code, mous.uid

    said = call(capsys, "change_release", mous.name, "2025-05-02T12:00:00+02:00")
    assert said == f"{uid} is public from 2025-05-02T10:00:00Z (staff); it was no known date (unknown)."
    assert "(computed)" in call(capsys, "change_release", uid, "alma")
    assert call(capsys, "change_qa2", uid, "FAIL") == f"The QA2 state of {uid} is FAIL; it was PASS."
    assert call(capsys, "set_confidential", code, "yes") == f"{code} is confidential now."
    assert call(capsys, "change_pi", code.lower(), "heiress") == f"The PI of {code} is heiress; it was pi."
    assert call(capsys, "assign", code, "rita") == f"rita is assigned to {code}."
    assert call(capsys, "end_assignment", code, "rita") == f"rita is no longer assigned to {code}."
    assert call(capsys, "appoint", "rita", "operator", by="adam") == "rita is data reducer, operator."
    assert call(capsys, "dismiss", "rita", "data reducer", by="adam") == "rita is operator now."
    assert {each.reason for each in Decision.objects.all()} == {WHY["reason"]}
    assert has_role(make.user("rita"), Role.OPERATOR)
    assert not StaffAssignment.objects.filter(ended_at=None).exists()


def test_an_alma_account_is_linked_and_unlinked(mous, capsys):
    assert "orion" in call(capsys, "link_account", "orion_alma", make.user("orion").username, by="adam")
    assert AlmaAccount.objects.get(name="orion_alma").user.username == "orion"

    assert "nobody" in call(capsys, "unlink_account", "orion_alma", by="adam")
    assert AlmaAccount.objects.get(name="orion_alma").user is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["change_release", "X1", "alma"], "no member ObsUnitSet X1"),
        (["change_release", make.MOUS, "soon"], "'soon' is not a time"),
        (["change_release", make.MOUS, "2025-05-02T10:00:00"], "is not a time"),
        (["change_release", make.MOUS, "0001-01-01T00:00:00+05:00"], "is not a time"),
        (["change_qa2", make.MOUS, "GOOD"], "'GOOD' is not a QA2 state"),
        (["change_pi", "2031.1.00001.S", "heiress"], "no project 2031.1.00001.S"),
        (["change_pi", make.CODE, "nobody"], "no ALMA account nobody"),
        (["set_confidential", make.CODE, "no"], "is open already"),
        (["assign", make.CODE, "nobody"], "no account 'nobody'"),
        (["assign", make.CODE, "heiress"], "no data reducer"),
        (["end_assignment", make.CODE, "rita"], "rita is not assigned"),
        (["appoint", "rita", "operator"], "Only staff with the role administrator"),
        (["dismiss", "nobody", "operator"], "no account 'nobody'"),
        (["link_account", "x", "nobody"], "no account 'nobody'"),
        (["unlink_account", "heiress"], "Only staff"),
    ],
)
def test_a_mistake_is_a_sentence(mous, words, says):
    by = "rita" if words[0] == "unlink_account" else "astrid"

    with pytest.raises(CommandError, match=says):
        call_command(*words, by=by, **WHY)

    assert not Decision.objects.exists()


def test_an_unknown_author_is_a_sentence(mous):
    with pytest.raises(CommandError, match="no account 'ghost'"):
        call_command("change_qa2", make.MOUS, "FAIL", by="ghost", **WHY)
