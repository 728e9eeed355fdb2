"""The log of who had what: every download, every link to the store, every request for work, and by which right.

A record is committed before the first byte leaves, so whoever cannot be written down gets nothing.  Inserting takes a
lock that the sealing job waits for (archive/seals.py), until the transaction around it ends: keep that one short.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, InterfaceError

from archive.errors import TransientError
from archive.log_context import request_id
from archive.models import AccessRecord, Delegation, MemberOUS, StaffAssignment

PAGE = 100
COMPLETE, LEFT, CUT_OFF, FAILED = "complete", "left", "cut off", "failed"

What = AccessRecord.What
# What the record of an end repeats of that of the beginning.
_REPEATED = ("person_id", "person_name", "project_id", "mous_id", "subject", "name", "rule", "delegation_id")
_REPEATED += ("assignment_id", "bytes_asked", "request_id", "event")


@dataclass(frozen=True)
class Event:
    """A download from beginning to end, a link that was given, or a request, as the PI of the project is told it."""

    id: int
    at: datetime
    what: str
    person: AbstractBaseUser | None
    person_name: str
    mous: MemberOUS
    subject: uuid.UUID
    name: str
    rule: str
    delegation: Delegation | None
    assignment: StaffAssignment | None
    bytes_asked: int | None
    bytes_sent: int | None
    outcome: str
    ended_at: datetime | None
    request_id: str


def write(what, mous, **facts) -> AccessRecord:
    """Write down what `begun` says; `TransientError` where that cannot be: then nothing may be handed out."""
    return _written(lambda: AccessRecord.objects.create(**_facts(what, mous, **facts)))


def begun(what, mous, **facts) -> AccessRecord:
    """That `by` has `what` of the product or request `subject`, by the right `ground` (archive.access).

    The MOUS comes with its project.  It is not written yet: `write_all`.
    """
    return AccessRecord(**_facts(what, mous, **facts))


def write_all(records: list[AccessRecord]) -> list[AccessRecord]:
    """Several at once, all or none, for files that are sent together."""
    return _written(lambda: AccessRecord.objects.bulk_create(records)) if records else []


def _facts(what, mous, *, by, ground, subject, name, bytes_asked=None):
    known = by if by.is_authenticated else None
    return {
        "event": uuid.uuid4(),
        "what": what,
        "person": known,
        "person_name": known.get_username() if known else "",
        "project": mous.project,
        "mous": mous,
        "subject": subject,
        "name": name,
        "rule": ground.rule,
        "delegation": ground.delegation,
        "assignment": ground.assignment,
        "bytes_asked": bytes_asked,
        "request_id": request_id.get(),
    }


def _written(write):
    try:
        return write()
    except (DatabaseError, InterfaceError) as error:
        raise TransientError(f"The access log cannot be written: {error}") from error


def ended(begun: AccessRecord, *, bytes_sent: int, outcome: str) -> AccessRecord:
    """Write down how the download that `begun` began has ended."""
    return AccessRecord.objects.create(**_facts_of_end(begun, bytes_sent, outcome))


def end_of(begun: AccessRecord, *, bytes_sent: int, outcome: str) -> AccessRecord:
    """What `ended` writes, not yet written."""
    return AccessRecord(**_facts_of_end(begun, bytes_sent, outcome))


def _facts_of_end(begun, bytes_sent, outcome):
    repeated = {name: getattr(begun, name) for name in _REPEATED}
    return repeated | {"what": What.DOWNLOAD_ENDED, "bytes_sent": bytes_sent, "outcome": outcome}


def of_project(project, *, before: int | None = None, size: int = PAGE, person: str = "") -> list[Event]:
    """The newest `size` events of `project` that are older than the event with id `before`, newest first.

    With `person`, those of the account that had this name then.  The next page begins before the id of the last one; a
    page that is not full is the last.
    """
    rows = AccessRecord.objects.filter(project=project).exclude(what=What.DOWNLOAD_ENDED)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if person:
        rows = rows.filter(person_name=person)
    page = list(rows.select_related("person", "mous", "delegation", "assignment").order_by("-pk")[:size])
    ends = AccessRecord.objects.filter(event__in=[row.event for row in page], what=What.DOWNLOAD_ENDED)
    by_event = {end.event: end for end in ends}
    return [_event(row, by_event.get(row.event)) for row in page]


def whole_of_project(project, *, person: str = "") -> Iterator[Event]:
    """Every event of `project`, newest first, a page at a time."""
    before = None
    while page := of_project(project, before=before, person=person):
        yield from page
        before = page[-1].id


def _event(row, end) -> Event:
    """Without an end, a download is under way, or its process was killed."""
    return Event(
        id=row.pk,
        at=row.at,
        what=row.what,
        person=row.person,
        person_name=row.person_name,
        mous=row.mous,
        subject=row.subject,
        name=row.name,
        rule=row.rule,
        delegation=row.delegation,
        assignment=row.assignment,
        bytes_asked=row.bytes_asked,
        bytes_sent=end.bytes_sent if end else None,
        outcome=end.outcome if end else "",
        ended_at=end.at if end else None,
        request_id=row.request_id,
    )
