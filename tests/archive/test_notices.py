"""Letters about decisions: to the PI, after the decision, once, and not lost by a mail server that fails."""

import smtplib

import pytest

from archive import decide, notices
from archive.models import Notice
from archive.staff import Role
from tests import make

pytestmark = pytest.mark.django_db
WHY = {"reason": "asked for by the ARC", "now": make.NOW}


@pytest.fixture
def mous():
    return make.mous(pi=make.user("pi"))


@pytest.fixture
def scientist():
    return make.staff("astrid", Role.ARCHIVE_SCIENTIST)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def decide_all(mous, scientist):
    rita = make.staff("rita", Role.DATA_REDUCER)
    decide.change_release(mous, make.LONG_AGO, by=scientist, **WHY)
    decide.change_qa2(mous, "FAIL", by=scientist, **WHY)
    decide.set_confidential(mous.project, True, by=scientist, **WHY)
    decide.assign(mous.project, rita, by=scientist, **WHY)
    decide.end_assignment(mous.project, rita, by=scientist, **WHY)


def test_the_pi_is_told_of_each_decision_and_its_reason(mous, scientist, committed, mailoutbox):
    with committed():
        decide_all(mous, scientist)
        assert mailoutbox == [], "not before it is sure"

    assert len(mailoutbox) == 5
    assert {address for letter in mailoutbox for address in letter.to} == {"pi@example.org"}
    assert all(WHY["reason"] in letter.body for letter in mailoutbox)
    assert "2024-01-31T00:00:00Z" in mailoutbox[0].body
    assert f"/mous/{mous.name}/decisions/" in mailoutbox[0].body


def test_a_subject_names_nothing(mous, scientist, committed, mailoutbox):
    make.account(make.user("heiress"))
    with committed():
        decide_all(mous, scientist)
        decide.change_pi(mous.project, "heiress", by=scientist, **WHY)

    names = (mous.uid, mous.name, mous.project.code, mous.project.title, "rita", "pi@", "heiress")
    assert not [letter.subject for letter in mailoutbox if any(name in letter.subject for name in names)]


def test_both_the_new_pi_and_the_former_one_are_told(mous, scientist, committed, mailoutbox):
    make.account(make.user("heiress"))
    make.delegation(mous.project, make.user("friend"), by=make.user("pi"))

    with committed():
        decide.change_pi(mous.project, "heiress", by=scientist, **WHY)

    told = {letter.to[0]: letter.body for letter in mailoutbox}
    assert "You are the PI of 2023.1.00101.S now" in told["heiress@example.org"]
    assert "You are no longer the PI" in told["pi@example.org"]
    assert "1 delegations and invitations" in told["pi@example.org"]
    assert "heiress" not in told["pi@example.org"]
    assert "http" not in told["pi@example.org"]


def test_a_refused_decision_is_told_to_nobody(mous, committed, mailoutbox):
    with committed(), pytest.raises(Exception, match="Only staff"):
        decide.change_qa2(mous, "FAIL", by=make.user("stranger"), **WHY)

    assert mailoutbox == []
    assert not Notice.objects.exists()


def test_a_mail_server_that_fails_undoes_nothing_and_is_asked_again(
    mous, scientist, committed, mailoutbox, monkeypatch
):
    def refuse(*args, **kwargs):
        raise smtplib.SMTPServerDisconnected("try later")

    with monkeypatch.context() as patch:
        patch.setattr(notices, "send_mail", refuse)
        with committed():
            decide.change_qa2(mous, "FAIL", by=scientist, **WHY)
        notices.send_waiting()
    mous.refresh_from_db()
    assert mous.qa2_state == "FAIL"
    assert Notice.objects.get().told_at is None

    notices.send_waiting()
    notices.send_waiting()

    assert len(mailoutbox) == 1
    assert Notice.objects.get().told_at


def test_who_lost_the_project_meanwhile_is_not_written_to_about_it(mous, scientist, mailoutbox):
    make.account(make.user("heiress"))
    decide.set_confidential(mous.project, True, by=scientist, **WHY)
    decide.change_qa2(mous, "FAIL", by=scientist, **WHY)
    decide.change_pi(mous.project, "heiress", by=scientist, **WHY)

    notices.send_waiting()

    assert [(letter.to[0], "no longer the PI" in letter.body) for letter in mailoutbox] == [
        ("heiress@example.org", False), ("pi@example.org", True),
    ]  # fmt: skip


def test_a_closed_account_is_not_written_to(mous, scientist, mailoutbox):
    decide.change_qa2(mous, "FAIL", by=scientist, **WHY)
    person = make.user("pi")
    person.is_active = False
    person.save()

    notices.send_waiting()

    assert mailoutbox == []
    assert Notice.objects.get().told_at
