"""The phases of a request (UWS 1.1 section 2.1.3) and the one table of which may follow which.

An attempt that crashed is followed by another within EXECUTING: UWS knows no way back to the queue.
"""

from functools import partial

from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from archive.errors import ArchiveError
from products import slots
from restores import queue, quotas
from restores.leases import ENDED, LeaseLostError
from restores.models import Phase, PhaseChange, Request

MOVES = {
    Phase.PENDING: {Phase.QUEUED, Phase.HELD, Phase.ABORTED, Phase.ERROR},
    Phase.HELD: {Phase.QUEUED, Phase.ABORTED, Phase.ERROR},
    Phase.QUEUED: {Phase.EXECUTING, Phase.HELD, Phase.ABORTED, Phase.ERROR},
    Phase.EXECUTING: {Phase.COMPLETED, Phase.ABORTED, Phase.ERROR},
    Phase.COMPLETED: set(),
    Phase.ERROR: set(),
    Phase.ABORTED: set(),
}


class IllegalMoveError(ArchiveError):
    status = 409
    code = "wrong-phase"

    def __init__(self, request, to):
        super().__init__(
            f"The {request} is {request.phase} and cannot become {to}.",
            "Look at its history; a request that has ended stays as it is: make a new one.",
        )


def leading_to(phase) -> set:
    return {before for before, after in MOVES.items() if phase in after}


def move(request, to, *, note="", token=None, **facts):
    """Move `request` to phase `to`; the row in the database decides whether it may, not our copy of it.

    With `token` the lease decides too, and whoever lost it learns no more than that.  An end without a result frees
    the place of the cube in the same transaction, and every end wakes a worker that tidies up and tells the owner.
    What else the owner has waiting is woken when the end is there for all to see: earlier it would find no place yet.
    """
    rows = Request.objects.filter(pk=request.pk, phase__in=leading_to(to))
    if token:
        rows = rows.filter(lease_token=token)
    with transaction.atomic():
        if not rows.update(phase=to, **_times(to), **facts):
            raise _refusal(request, to, token)
        request.refresh_from_db()
        remark(request, note)
        if to in {Phase.ERROR, Phase.ABORTED}:
            slots.free(request.pk)
        if to in ENDED:
            queue.wake(request.pk)
            transaction.on_commit(partial(quotas.wake_next, request.owner), robust=True)


def remark(request, note):
    """Add a line to the history."""
    PhaseChange.objects.create(request_id=request.pk, phase=request.phase, attempt=request.attempt, note=note)


def _times(to):
    if to == Phase.EXECUTING:
        return {"started_at": Coalesce("started_at", Now())}
    return {"ended_at": timezone.now()} if to in ENDED else {}


def _refusal(request, to, token):
    if token:
        return LeaseLostError(f"The lease on {request.pk} is lost.")
    request.refresh_from_db(fields=["phase"])
    return IllegalMoveError(request, to)
