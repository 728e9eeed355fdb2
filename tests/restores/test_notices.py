"""One letter at the end, whatever the end was."""

import smtplib

import pytest
from django.utils import timezone

from archive.errors import TransientError
from restores import notices
from restores.models import Phase, Request


@pytest.fixture
def failed(restore):
    Request.objects.filter(pk=restore.pk).update(
        phase=Phase.ERROR,
        ended_at=timezone.now(),
        error_code="casa-missing",
        error_sentence="CASA 5.6.1 is not installed.",
        error_remedy="Ask staff.",
    )
    restore.refresh_from_db()
    return restore


def test_a_failure_is_told_with_its_reason_and_what_to_do(failed, mailoutbox):
    notices.tell(failed)

    assert "has failed" in mailoutbox[0].subject
    assert "CASA 5.6.1 is not installed." in mailoutbox[0].body
    assert "Ask staff." in mailoutbox[0].body
    assert str(failed.pk) in mailoutbox[0].body


def test_nobody_is_told_of_work_that_goes_on(restore, mailoutbox):
    notices.tell(restore)

    assert mailoutbox == []


def test_a_mail_server_that_refuses_is_asked_again_later(failed, mailoutbox, monkeypatch):
    def refuse(*args, **kwargs):
        raise smtplib.SMTPServerDisconnected("try later")

    with monkeypatch.context() as patch:
        patch.setattr(notices, "send_mail", refuse)
        with pytest.raises(TransientError):
            notices.tell(failed)
    failed.refresh_from_db()
    assert failed.told_at is None

    notices.tell(failed)

    assert len(mailoutbox) == 1


@pytest.mark.parametrize("gone", [{"email": ""}, {"is_active": False}])
def test_who_has_no_address_or_no_account_is_counted_as_told(failed, mailoutbox, gone):
    for field, value in gone.items():
        setattr(failed.owner, field, value)

    notices.tell(failed)

    failed.refresh_from_db()
    assert failed.told_at
    assert mailoutbox == []
