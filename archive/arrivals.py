"""Letters of a delivery: to the PI and her delegees that it came, and to readers that what they took has changed.

They are written with the rows of the delivery and sent after it (archive/notices.py), so that each is told once, of
what is really there.  What confidential data are is not told in a subject, and nothing at all to whom they are hidden
from by the time the letter is sent.
"""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from archive import access, notices
from archive.templatetags.units import moment

ARRIVED = "Data of a project of yours have arrived"
RENEWED = "Data of a project of yours have changed"
TAKEN = "Data that you may have downloaded have changed"


def tell(mous, *, new: int, changed: int, now, took=None) -> None:
    """Write to who may have the data of `mous` of so many files that came; of none, nothing is told.

    `took` are accounts that have files which are no longer in force, each with what it is told of them.  Nobody gets
    two letters of one delivery.
    """
    took = dict(took or {})
    for person in access.holders(mous, now) if new + changed else ():
        words = [took.pop(person, ""), _body(mous, new, changed, now)]
        _write(person, RENEWED if changed else ARRIVED, words, arrived=mous, written_at=now)
    for person, words in took.items():
        _write(person, TAKEN, [words, _older(mous), _at(mous)], arrived=mous, written_at=now)


def _write(person, subject, paragraphs, **of):
    body = "\n\n".join(part for part in paragraphs if part) + "\n"
    notices.write(person, subject, body, project=of["arrived"].project, **of)


def _body(mous, new, changed, now):
    title = f" ({mous.project.title})" if mous.project.title else ""
    paragraphs = [
        f"The archive has taken in data of the MOUS {mous.uid} of your project {mous.project.code}{title}: "
        f"{_files(new, changed)}.",
        _older(mous) if changed else "",
        _release(mous, now),
        _at(mous),
    ]
    return "\n\n".join(part for part in paragraphs if part)


def _at(mous):
    return f"They are at {settings.SITE_URL}{mous.get_absolute_url()}"


def _files(new, changed):
    told = [f"{count} {word}" for count, word in ((new, "new"), (changed, "changed")) if count]
    return f"{' and '.join(told)} {'file' if new + changed == 1 else 'files'}"


def _older(mous):
    """What is replaced under a recall is not handed out any more."""
    return "" if mous.recalled_at else "The versions before stay where they were, and say what took their place."


def _release(mous, now):
    if mous.recalled_at:
        return "They are recalled: nobody can download or process them."
    if access.may_read(AnonymousUser(), mous, now):
        return "They are public."
    return f"They are public from: {moment(mous.release_at)}. You may have them now, when you are logged in."
