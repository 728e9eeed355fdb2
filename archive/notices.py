"""The letters that tell people of their projects: what staff decided, and that data have arrived (archive/arrivals.py).

A letter is written in the transaction of what it tells and sent after it.  One that the mail server does not take stays
in its row and is tried again: nothing waits for mail, and no letter is lost.  Subjects name nothing, for they
are read over shoulders; who has no access any more is not written to, except of having lost it.
"""

import logging
import smtplib
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from archive import access
from archive.models import Decision, Notice, Project

About = Decision.About
SUBJECTS = {
    About.RELEASE: "A release time in your project was changed",
    About.PI: "The PI of a project was changed",
    About.CONFIDENTIALITY: "The confidentiality of your project was changed",
    About.QA2: "A QA2 state in your project was changed",
    About.ASSIGNMENT: "Access of archive staff to your project was changed",
    About.DELEGATION: "Archive staff changed for you who has access to your project",
    About.RECALL: "Data that you may have downloaded were recalled",
}
log = logging.getLogger(__name__)


def tell_pi(decision, sentence) -> None:
    """Write to the PI of the project that `decision` is about; there may be none, or none with an account here."""
    pi = decision.project.pi
    if pi is not None and pi.user is not None:
        page = (decision.mous or decision.project).get_absolute_url()
        _write(pi.user, decision, f"{sentence}\n\nAll decisions: {settings.SITE_URL}{page}decisions/")


def tell_former(person, decision, sentence) -> None:
    """Write to who has lost the project, and can no longer follow a link to it."""
    _write(person, decision, sentence)


def tell_taker(person, decision, words, *, knows) -> None:
    """Write to who has taken data; why is not told to whom the project is hidden from by now."""
    body = f"{words}\n\nThe reason: {decision.reason}\n" if knows else f"{words}\n"
    of = {"project": decision.project, "decision": decision, "written_at": decision.at}
    write(person, SUBJECTS[decision.about], body, **of)


def _write(person, decision, words):
    body = f"{words}\n\nThe reason: {decision.reason}\n"
    of = {"project": decision.project, "decision": decision, "written_at": decision.at}
    write(person, SUBJECTS[decision.about], body, **of)


def write(person, subject, body, **of) -> None:
    """Keep a letter, and send it when the transaction around this has ended well; `of` says what it tells."""
    subject = f"{settings.EMAIL_SUBJECT_PREFIX}{subject}"
    notice = Notice.objects.create(person=person, subject=subject, body=body, **of)
    transaction.on_commit(partial(send, notice.pk))


def send_waiting() -> None:
    """Try again what was not sent; a mail server that refuses one letter is not asked for the others."""
    for number in Notice.objects.filter(told_at=None).values_list("pk", flat=True):
        if not send(number):
            return


def send(number) -> bool:
    """Send that letter unless it was sent, by nobody else meanwhile.  False: the mail server did not take it."""
    try:
        with transaction.atomic():
            rows = Notice.objects.select_for_update(of=("self",), skip_locked=True).select_related("decision", "person")
            notice = rows.filter(pk=number, told_at=None).first()
            if notice is not None:
                _send(notice)
    except (smtplib.SMTPException, OSError) as error:
        log.warning("notice %s was not taken by the mail server and waits: %s", number, error)
        return False
    return True


def _send(notice):
    """The row says so first, and says so no more when the letter could not be sent."""
    Notice.objects.filter(pk=notice.pk).update(told_at=timezone.now())
    if _may_read(notice):
        send_mail(notice.subject, notice.body, None, [notice.person.email])


def _may_read(notice):
    """An account that can be written to, and that the project is not hidden from by now."""
    person, decision = notice.person, notice.decision
    known = Project.objects.filter(access.visible_projects(person, timezone.now()), pk=notice.project_id)
    to_former = decision is not None and decision.about in {About.PI, About.RECALL}
    return person.is_active and person.email and (to_former or known.exists())
