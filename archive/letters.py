"""The letters that invite people to a project.  Their link is the only secret that any e-mail of the archive holds.

A letter is the last act of the transaction that it is about: one that the mail server does not take undoes the rest,
so there is no invitation without its letter.
"""

import smtplib

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from archive import access
from archive.errors import ArchiveError
from archive.terms import Terms

SUBJECT = "You are invited to data of an ALMA project"


class LetterNotSentError(ArchiveError):
    status = 503
    code = "letter-not-sent"

    def __init__(self, address):
        super().__init__(
            f"The mail server did not take the letter to {address}, so nobody was invited.",
            "Try again in some minutes, or write to the helpdesk if it happens again.",
        )


def invite(invitation, secret) -> None:
    """Send the link; of a confidential project nothing is named (archive.access)."""
    link = settings.SITE_URL + reverse("invitation", args=[secret])
    paragraphs = [
        f"{_host(invitation)} invites you to {_what(invitation)}",
        f"This link shows what is offered, and lets you accept or leave it:\n\n{link}",
        f"To accept you need an account with this address, {invitation.address}, verified. If you have none, the link "
        f"leads to making one. It is good once, until {invitation.valid_until:%Y-%m-%d %H:%M} UTC.",
        "If you do not know the sender, do nothing: without you nothing happens.",
    ]
    try:
        send_mail(settings.EMAIL_SUBJECT_PREFIX + SUBJECT, "\n\n".join(paragraphs) + "\n", None, [invitation.address])
    except (smtplib.SMTPException, OSError) as error:
        raise LetterNotSentError(invitation.address) from error


def _host(invitation):
    person, project = invitation.invited_by, invitation.project
    name = person.get_full_name() or person.get_username()
    return name if access.may_delegate(person, project) else f"{name} of the archive's staff, for the PI,"


def _what(invitation):
    project = invitation.project
    if project.confidential:
        return "data of an ALMA project in the archive Altiplano."
    title = f", {project.title}" if project.title else ""
    return f"data of the ALMA project {project.code}{title}, in the archive Altiplano: {Terms.of(invitation)}."
