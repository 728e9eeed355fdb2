"""The periodic look at everything: whatever was forgotten, because a process died or a wake-up was lost, goes on.

It only wakes; the wake-up decides what is to be done, under the lease.  So it may run in many workers at once.
"""

import logging

from django.db.models import Q

from archive import notices, problems, recall
from archive.errors import TransientError
from products import sidecars
from products.previews import making
from restores import keeping, leases, queue, quotas, scratch
from restores.models import Phase, Request

HEARTBEAT_SECONDS = 5.0
# A worker that has not said anything for so long is dead, or so slow that its jobs are better done by another.
STALLED_SECONDS = 20.0

log = logging.getLogger(__name__)


def tick() -> None:
    leases.release_of_the_dead()
    for job in queue.close_stalled(STALLED_SECONDS):
        log.warning("job %s of a worker that died is closed", job)
    for request_id, phase in _forgotten():
        queue.wake(request_id, running=phase == Phase.EXECUTING)
    for request_id in scratch.leftovers():
        tidy(request_id)
    if making.due().exists():
        queue.make_previews()
    recall.tell_late()
    keeping.remind()
    notices.send_waiting()
    problems.send_waiting()
    _tell_the_store()


def _tell_the_store():
    """A store that does not answer keeps nobody from work: what is due stays due."""
    try:
        sidecars.flush_due()
    except TransientError as error:
        log.warning("sidecars wait: %s", error)


def _forgotten():
    """Live requests that nobody works on and that may go on, and ended ones whose owner was not told."""
    alive = Q(phase__in=leases.LIVE) & ~quotas.hopeless()
    untold = Q(phase__in=leases.ENDED, told_at=None)
    return Request.objects.filter(leases.free(), alive | untold).values_list("pk", "phase")


def tidy(request_id) -> None:
    """Remove what an ended request left in scratch, unless somebody is at it."""
    lease = leases.take(request_id)
    try:
        if lease or not Request.objects.filter(pk=request_id).exists():
            scratch.clear(request_id)
    except TransientError as error:
        log.info("%s is left: %s", request_id, error)  # on another machine, whose workers look at it too
    finally:
        if lease:
            leases.release(lease)
