"""Taking back a MOUS that was wrongly delivered: its bytes are blocked at once, and who has some of them is told.

The rule itself is in archive/access.py, which every face and every running stream asks.  Letters are written in the
transaction of the decision; a download that was beginning in that moment is found by the next look (`tell_late`).
"""

from django.contrib.auth import get_user_model
from django.db import transaction

from archive import access, decide, notices, refusals
from archive.models import AccessRecord, Decision, MemberOUS, Notice

What = AccessRecord.What
NO_BYTES = (What.DOWNLOAD_ENDED, What.RESTORE, What.IMAGE)
TOLD = 20


@transaction.atomic
def recall(mous, *, by, reason, now):
    """Nobody but assigned staff has the data of `mous` from now on; `reason` is told to every reader."""
    row = decide.for_scientist(MemberOUS, mous, by, reason)
    if row.recalled_at:
        raise refusals.UnchangedError(f"{row.uid} was recalled on {row.recalled_at:%Y-%m-%d}")
    row.recalled_at, row.recall_reason = now, decide.why(reason)
    made = _decided(row, "handed out", "recalled", by=by, reason=reason, now=now)
    notices.tell_pi(made, f"The data of {row.uid} were recalled: nobody can download or process them any more.")
    _tell(row, made)
    mous.refresh_from_db(fields=["recalled_at", "recall_reason"])
    return made


@transaction.atomic
def undo(mous, *, by, reason, now):
    """Hand the data out again, by the rule that was in force before."""
    row = decide.for_scientist(MemberOUS, mous, by, reason)
    if row.recalled_at is None:
        raise refusals.UnchangedError(f"{row.uid} is not recalled")
    row.recalled_at, row.recall_reason = None, ""
    made = _decided(row, "recalled", "handed out", by=by, reason=reason, now=now)
    notices.tell_pi(made, f"The data of {row.uid} are handed out again.")
    _tell(row, made)
    mous.refresh_from_db(fields=["recalled_at", "recall_reason"])
    return made


def taken(mous):
    """The records of everything of `mous` that was handed out, with and without account, newest first."""
    return AccessRecord.objects.filter(mous=mous).exclude(what__in=NO_BYTES).select_related("person").order_by("-pk")


def takers(mous):
    """Accounts that had bytes of `mous`, or an address of them."""
    return get_user_model().objects.filter(pk__in=taken(mous).order_by().values("person")).order_by("pk")


def tell_late() -> None:
    """Write to who took something in the moment of the recall; each is told once of it."""
    for key in MemberOUS.objects.filter(recalled_at__isnull=False).values_list("pk", flat=True):
        with transaction.atomic():
            rows = MemberOUS.objects.select_for_update(skip_locked=True, of=("self",))
            row = rows.filter(pk=key, recalled_at__isnull=False).first()
            made = row and Decision.objects.filter(mous=row, about=Decision.About.RECALL).last()
            if made:
                _tell(row, made)


def _decided(row, before, after, **why):
    row.save(update_fields=["recalled_at", "recall_reason"])
    return decide.record(Decision.About.RECALL, row, before, after, **why)


def _tell(row, made):
    told = Notice.objects.filter(decision=made).values("person")
    for person in takers(row).exclude(pk__in=told):
        notices.tell_taker(person, made, _words(row, person), knows=access.may_know(person, row, made.at))


def _words(row, person):
    names = list(taken(row).filter(person=person).order_by("name").values_list("name", flat=True).distinct())
    listed = "\n".join(f"* {name}" for name in names[:TOLD])
    more = f"\n* and {len(names) - TOLD} more" if len(names) > TOLD else ""
    if row.recalled_at:
        what = "were wrongly delivered and have been recalled. Please do not use your copies, and delete them"
    else:
        what = "were recalled and are handed out again"
    return f"Data of the MOUS {row.uid} that you took from the archive {what}.\n\nYou took:\n{listed}{more}"
