"""Problems that readers report: staff answer, and the reader is told by e-mail.

The text of a report is for who wrote it and for staff.  What it was stored with, the state of the MOUS and the result
of the check, is for staff alone.  The letter is sent after the answer is written down, and again until the mail server
takes it; who may not know of the MOUS any more, or cannot be written to, is not written to.
"""

import logging
import smtplib

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from archive import access
from archive.errors import ArchiveError
from archive.models import ProblemReport
from archive.staff import SEE_FINDINGS, require_role

MOST_CHARACTERS = 4000
SUBJECT = "The problem that you reported was answered"
log = logging.getLogger(__name__)


class NothingSaidError(ArchiveError):
    code = "nothing-said"

    def __init__(self):
        super().__init__("The form is empty.", "Say in a few sentences what is wrong.")


class TooLongError(ArchiveError):
    code = "too-long"

    def __init__(self, text):
        super().__init__(
            f"The text has {len(text)} characters; {MOST_CHARACTERS} are the most.",
            "Say the most important, and where the rest can be found.",
        )


class UnknownReportError(ArchiveError):
    status = 404
    code = "unknown-report"

    def __init__(self, number):
        super().__init__(f"There is no report {number}.", "Look at the list of findings.")


class AnsweredError(ArchiveError):
    status = 409
    code = "answered"

    def __init__(self, report):
        super().__init__(
            f"Report {report.pk} was answered already, by {report.settled_by}.", "Look at the answer on its page."
        )


def known(user, now):
    """Reports about MOUSs that `user` may know of."""
    rows = ProblemReport.objects.filter(access.visible_to(user, now, via="mous"))
    return rows.select_related("mous__gous__project", "reporter", "settled_by")


def own(user, mous):
    """What she has reported about `mous`, the latest first."""
    return ProblemReport.objects.filter(mous=mous, reporter=user).order_by("-reported_at")


def find(number, user, now):
    found = known(user, now).filter(pk=number).first()
    if found is None:
        raise UnknownReportError(number)
    return found


def said(text):
    """The text as it is kept, or a refusal."""
    kept = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not kept:
        raise NothingSaidError
    if len(kept) > MOST_CHARACTERS:
        raise TooLongError(kept)
    return kept


@transaction.atomic
def answer(report, text, *, by, now):
    """Settle a report; its reporter is told."""
    require_role(by, *SEE_FINDINGS)
    words = said(text)
    row = ProblemReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if row.settled_at is not None:
        raise AnsweredError(row)
    row.answer, row.settled_by, row.settled_at = words, by, now
    row.save(update_fields=["answer", "settled_by", "settled_at"])
    transaction.on_commit(lambda: send(row.pk))


def send_waiting() -> None:
    """Try again what was not sent; a mail server that refuses one letter is not asked for the others."""
    for number in ProblemReport.objects.exclude(settled_at=None).filter(told_at=None).values_list("pk", flat=True):
        if not send(number):
            return


def send(number) -> bool:
    """Send that letter unless it was sent.  False: the mail server did not take it."""
    try:
        with transaction.atomic():
            rows = ProblemReport.objects.select_for_update(of=("self",), skip_locked=True)
            report = rows.select_related("mous", "reporter").filter(pk=number, told_at=None).first()
            if report is not None:
                _send(report)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("the answer to report %s was not taken by the mail server and waits: %s", number, error)
        return False
    return True


def _send(report):
    """The row says so first, and says so no more when the letter could not be sent."""
    ProblemReport.objects.filter(pk=report.pk).update(told_at=timezone.now())
    person, mous = report.reporter, report.mous
    if person and person.is_active and person.email and access.may_know(person, mous, timezone.now()):
        body = (
            f"On {report.reported_at:%Y-%m-%d} you reported a problem with {mous.uid}. The archive's staff answer:\n\n"
            f"{report.answer}\n\nYour reports of it: {settings.SITE_URL}{mous.get_absolute_url()}report/\n"
        )
        send_mail(f"{settings.EMAIL_SUBJECT_PREFIX}{SUBJECT}", body, None, [person.email])
