"""Archive scientists share for the PI from the command line, also what is confidential and hidden from their pages."""

import pytest
from django.core.management import CommandError, call_command

from archive import access
from archive.models import Delegation, Invitation, Project
from archive.staff import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mous():
    make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    made = make.mous(pi=make.user("pi"))
    Project.objects.update(confidential=True)
    return made


def call(capsys, *words, by="astrid", reason="The PI asked by telephone"):
    call_command(*words, "--by", by, "--reason", reason)
    return capsys.readouterr().out.strip()


def test_an_account_is_given_access_and_loses_it(mous, capsys):
    friend, code = make.user("friend"), mous.project.code

    said = call(
        capsys, "share", code, "--delegee=friend", f"--mous={mous.name}", "--role=download", "--until=2999-12-30"
    )
    made = Delegation.objects.get()
    assert said == (
        f"friend has access to {code} (delegation {made.pk}): download; {mous.uid}, until 2999-12-31 00:00 UTC."
    )
    assert access.may_read(friend, mous, make.NOW)

    assert "friend has no more access" in call(capsys, "end_share", code, f"--delegation={made.pk}")
    assert not access.may_read(friend, mous, make.NOW)


def test_an_address_is_invited_and_the_invitation_withdrawn(mous, capsys, mailoutbox):
    assert "guest@example.org is invited" in call(capsys, "share", mous.project.code, "--address=guest@example.org")
    made = Invitation.objects.get()

    assert "guest@example.org is withdrawn" in call(capsys, "end_share", mous.project.code, f"--invitation={made.pk}")
    made.refresh_from_db()
    assert made.withdrawn_at
    assert mous.project.code not in mailoutbox[0].body


@pytest.mark.parametrize(
    ("words", "by", "says"),
    [
        (["share", "2023.1.00999.S", "--delegee=friend"], "astrid", "There is no project"),
        (["share", make.CODE, "--delegee=nobody"], "astrid", "There is no account nobody"),
        (["share", make.CODE, "--delegee=friend"], "friend", "Only the PI"),
        (["share", make.CODE, "--delegee=friend", "--until=2001-01-01"], "astrid", "has passed"),
        (["end_share", make.CODE, "--delegation=999999"], "astrid", "no delegation 999999"),
        (["end_share", make.CODE, "--invitation=999999"], "astrid", "no such invitation"),
    ],
)
def test_what_cannot_be_is_a_sentence(mous, capsys, words, by, says):
    make.user("friend")

    with pytest.raises(CommandError, match=says):
        call(capsys, *words, by=by)
    assert not Delegation.objects.exists()
