"""Letters of data that were taken in: to the PI and her delegees, once, and never past a hidden project."""

import smtplib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from archive import access, arrivals, notices
from archive.models import Notice
from archive.staff import Role
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def pi():
    return make.user("pi")


@pytest.fixture
def mous(pi):
    return make.mous(pi=pi)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def arrive(mous, committed, *, new=3, changed=0):
    with committed():
        arrivals.tell(mous, new=new, changed=changed, now=make.NOW)


def addressees(mailoutbox):
    return sorted(address for letter in mailoutbox for address in letter.to)


def test_the_pi_and_the_delegees_are_told_what_came_and_where_it_is(mous, pi, committed, mailoutbox):
    make.delegation(mous.project, make.user("lyra"), by=pi)
    make.delegation(mous.project, make.user("carina"), by=pi, mous=mous)

    arrive(mous, committed)

    assert addressees(mailoutbox) == ["carina@example.org", "lyra@example.org", "pi@example.org"]
    assert all("3 new files" in letter.body for letter in mailoutbox)
    assert all(f"/mous/{mous.name}/" in letter.body for letter in mailoutbox)
    assert all(mous.uid not in letter.subject and mous.project.code not in letter.subject for letter in mailoutbox)


def test_who_has_no_right_to_these_data_is_not_told(mous, pi, committed, mailoutbox):
    other = make.mous("uid://A001/X7/X8", code=mous.project.code)
    soon = make.NOW - timedelta(seconds=1)
    make.delegation(mous.project, make.user("lyra"), by=pi, granted_at=make.LONG_AGO, expires_at=soon)
    make.delegation(mous.project, make.user("carina"), by=pi, mous=other)
    make.delegation(mous.project, make.user("vela"), by=pi, revoked_at=make.NOW, revoked_by=pi)
    make.delegation(mous.project, make.user("gone", is_active=False), by=pi)
    astrid = make.staff("astrid", Role.ARCHIVE_SCIENTIST)
    make.assignment(mous.project, make.staff("rita", Role.DATA_REDUCER), by=astrid)

    arrive(mous, committed)

    assert addressees(mailoutbox) == ["pi@example.org"]


def test_who_is_told_may_have_the_data(mous, pi):
    make.delegation(mous.project, make.user("lyra"), by=pi)
    for person in access.holders(mous, make.NOW):
        assert access.may_read(person, mous, make.NOW)


def test_nothing_new_is_not_told(mous, committed, mailoutbox):
    arrive(mous, committed, new=0)

    assert mailoutbox == []
    assert not Notice.objects.exists()


def test_a_delivery_that_changes_files_says_so(mous, committed, mailoutbox):
    arrive(mous, committed, new=1, changed=2)

    (letter,) = mailoutbox
    assert "1 new and 2 changed files" in letter.body
    assert letter.subject.endswith(arrivals.RENEWED)


def test_a_letter_says_from_when_the_data_are_public(mous, committed, mailoutbox):
    type(mous).objects.update(release_at=make.NOW + timedelta(days=200))
    mous.refresh_from_db()

    arrive(mous, committed)

    assert f"{mous.release_at:%Y-%m-%d}" in mailoutbox[0].body


def test_a_delivery_that_is_not_indexed_is_told_to_nobody(mous, mailoutbox):
    with transaction.atomic():
        arrivals.tell(mous, new=3, changed=0, now=make.NOW)
        transaction.set_rollback(True)

    assert mailoutbox == []
    assert not Notice.objects.exists()


def test_a_letter_that_the_mail_server_refuses_waits(mous, committed, mailoutbox, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(notices, "send_mail", _refused)
        arrive(mous, committed)
    assert mailoutbox == []

    notices.send_waiting()
    notices.send_waiting()

    assert addressees(mailoutbox) == ["pi@example.org"]


def _refused(*_):
    raise smtplib.SMTPServerDisconnected("closed")


def test_a_project_that_is_hidden_from_her_meanwhile_is_not_told(mous, pi, mailoutbox):
    lyra = make.user("lyra")
    given = make.delegation(mous.project, lyra, by=pi)
    arrivals.tell(mous, new=3, changed=0, now=make.NOW)
    type(given).objects.update(revoked_at=make.NOW, revoked_by=pi)
    type(mous.project).objects.update(confidential=True)

    notices.send_waiting()

    assert addressees(mailoutbox) == ["pi@example.org"]


def test_a_letter_is_of_a_decision_or_of_an_arrival(mous, pi):
    with pytest.raises(IntegrityError, match="a_notice_is_of_one_thing"):
        Notice.objects.create(project=mous.project, person=pi, subject="x", body="y")
