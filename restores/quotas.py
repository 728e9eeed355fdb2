"""How much one person may have computed at once, so that nobody's hundred requests keep all others waiting.

A request takes one of its owner's running places from the first thing that is done for it until its end, also while
its files are staged and between two attempts.  Whatever takes a place does it under a lock on the owner, so requests
made at once are counted one after another.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from archive.errors import ArchiveError
from archive.models import Decision
from archive.staff import Role, require_role
from restores import queue
from restores.models import Phase, Quota, Request

WAITS = "waiting until one of your other requests ends"
# Begun: attempts are counted before anything is done, and given back by one that only had to wait for a server.
RUNNING = Q(phase=Phase.EXECUTING) | Q(phase=Phase.QUEUED, attempt__gt=0)
QUEUED = Q(phase__in=[Phase.PENDING, Phase.HELD]) | Q(phase=Phase.QUEUED, attempt=0)


class QuotaError(ArchiveError):
    status = 429
    code = "quota"

    def __init__(self, usage):
        super().__init__(
            f"You have {usage.queued} requests waiting and {usage.running} running; "
            f"your quota is {usage.most_queued} waiting and {usage.most_running} running.",
            "Ask again when one of them has begun, end one that you do not need, or ask the helpdesk for more.",
        )


class UnexplainedQuotaError(ArchiveError):
    code = "missing-reason"

    def __init__(self):
        super().__init__("A quota of a person's own needs a reason.", "Say why; it stands with the quota.")


@dataclass(frozen=True)
class Usage:
    running: int
    queued: int
    most_running: int
    most_queued: int

    @property
    def free(self) -> int:
        return max(0, self.most_running - self.running)


def usage(person) -> Usage:
    own = Quota.objects.filter(person=person).first()
    now = Request.objects.filter(owner=person).aggregate(
        running=Count("pk", filter=RUNNING), queued=Count("pk", filter=QUEUED)
    )
    return Usage(
        **now,
        most_running=own.running if own else settings.QUOTA_RUNNING,
        most_queued=own.queued if own else settings.QUOTA_QUEUED,
    )


def require_room(person) -> None:
    """Pass when `person` may queue one more; until the transaction ends nobody else counts for her."""
    _lock(person)
    now = usage(person)
    if now.queued >= now.most_queued:
        raise QuotaError(now)


def take_place(request, lease) -> bool:
    """Begin an attempt of `request`, unless it would be one running request too many for its owner."""
    with transaction.atomic():
        _lock(request.owner)
        begun = request.phase == Phase.EXECUTING or request.attempt > 0
        if not begun and not usage(request.owner).free:
            return False
        lease.update(attempt=F("attempt") + 1, handle=None, stage="staging", fraction=0)
    return True


def wake_next(person) -> None:
    """Have workers look at the oldest of the waiting requests, as many as may begin."""
    waiting = Request.objects.filter(owner=person, phase=Phase.QUEUED, attempt=0).order_by("created_at")
    for request_id in waiting.values_list("pk", flat=True)[: usage(person).free]:
        queue.wake(request_id)


def hopeless() -> Q:
    """Requests that wait for a place which their owner does not have now: to wake them would change nothing."""
    owned = Request.objects.filter(RUNNING, owner=OuterRef("owner")).order_by().values("owner")
    running = Coalesce(Subquery(owned.annotate(n=Count("pk")).values("n")), 0)
    own = Quota.objects.filter(person=OuterRef("owner")).values("running")
    most = Coalesce(Subquery(own), Value(settings.QUOTA_RUNNING), output_field=IntegerField())
    full = Request.objects.filter(phase=Phase.QUEUED, attempt=0, stage=WAITS).annotate(r=running, m=most)
    return Q(pk__in=full.filter(r__gte=F("m")).values("pk"))


@transaction.atomic
def give(person, *, running, queued, reason, by, now) -> Quota:
    """Let `person` have a quota of her own; `by` is None for who types on the server."""
    if by is not None:
        require_role(by, Role.ADMINISTRATOR)
    if not reason.strip():
        raise UnexplainedQuotaError
    _lock(person)
    before = _said(usage(person))
    facts = {"running": running, "queued": queued, "reason": reason.strip(), "set_by": by, "set_at": now}
    made, _ = Quota.objects.update_or_create(person=person, defaults=facts)
    told = {"before": before, "after": _said(usage(person)), "reason": made.reason}
    Decision.objects.create(about=Decision.About.QUOTA, person=person, **told, by=by, at=now)
    wake_next(person)
    return made


def _said(usage):
    return f"{usage.most_running} running, {usage.most_queued} waiting"


def _lock(person) -> None:
    """Not against foreign keys: others may go on to name the person."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=person.pk)
