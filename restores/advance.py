"""The one step of a request: look at its row, do what comes next, leave nothing in memory.

Every process may be killed at any moment.  State lives in the row and in the attempt directory, so any process may
repeat any step; the lease keeps two from doing it at once.
"""

import contextlib
import logging
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.db.utils import InterfaceError, OperationalError

from archive.errors import ArchiveError, TransientError
from archive.log_context import job_id
from restores import attempts, leases, notices, phases, queue, quotas, results, rights, scratch
from restores.leases import ENDED, LeaseLostError
from restores.models import Phase, Request
from restores.stopping import StopRequestedError

LATER_SECONDS = 15
DELIVERY = ".delivery."
OURS = 500  # a status from here on is no fault of the user, and staff want to know

log = logging.getLogger(__name__)


class Next(Enum):
    """What follows a step."""

    NOW = "another step, by us"
    SOON = "another step, by whoever is free"
    LATER = "another step, when somebody who did not answer had time"
    WHEN_ROOM = "another step, when another request of its owner has ended"
    NEVER = "nothing"


class InternalError(ArchiveError):
    status = 500
    code = "internal"

    def __init__(self):
        super().__init__(
            "The archive made a mistake of its own while it worked on this request.",
            "Staff were told. Write to the helpdesk with the id of the request.",
        )


def advance(request_id) -> None:
    """Take the request as far as it goes.  While somebody else has it, there is nothing to do."""
    token = job_id.set(str(request_id))
    try:
        lease = leases.take(request_id)
        if lease:
            _work(lease)
    finally:
        job_id.reset(token)


def _work(lease) -> None:
    follows = Next.NOW
    while follows is Next.NOW:
        request = Request.objects.select_related("mous__gous__project", "owner").get(pk=lease.request_id)
        follows = _guarded(request, lease)
    with transaction.atomic():
        leases.release(lease)
        if follows not in {Next.NEVER, Next.WHEN_ROOM}:
            running = request.phase == Phase.EXECUTING
            after = LATER_SECONDS if follows is Next.LATER else 0
            queue.wake(request.pk, after_seconds=after, running=running)
    if follows is Next.WHEN_ROOM:  # whoever ended meanwhile found us at it
        quotas.wake_next(request.owner)


def _guarded(request, lease) -> Next:
    """One step, and what each kind of failure means."""
    try:
        return _step(request, lease)
    except (LeaseLostError, StopRequestedError):
        return Next.SOON
    except (TransientError, OperationalError, InterfaceError) as error:
        log.warning("%s waits: %s", request, error)
        return Next.LATER
    except ArchiveError as error:
        if error.status >= OURS:
            log.error("%s failed: %s: %s", request, error.code, error)
        return _fail(request, lease, error)
    except Exception:
        log.exception("%s failed for a reason nobody foresaw", request)
        return _fail(request, lease, InternalError())


def _step(request, lease) -> Next:
    if request.phase in ENDED:
        _finish(request)
        return Next.NEVER
    if request.phase not in leases.LIVE:
        return Next.NEVER
    if request.handle is None:
        return Next.NOW if attempts.begin(request, lease) else Next.WHEN_ROOM
    return _conclude(request, lease)


def _conclude(request, lease) -> Next:
    """Watch CASA to its end and deliver, or prepare the next attempt."""
    rights.require_still(request)
    ended = attempts.watch(request, lease)
    if ended is None:
        return Next.SOON
    directory = scratch.attempt(request)
    if not results.is_whole(directory, ended):
        attempts.crashed(request, lease, ended)
        return Next.NOW
    rights.require_still(request)
    lease.update(stage="delivering", fraction=0)
    with _counted(directory, lease):
        results.deliver(request, directory, lease.token, beat=lease.beat)
    return Next.NOW


@contextlib.contextmanager
def _counted(directory, lease):
    """A result that kills whoever delivers it must not do so for ever; waiting for somebody, or a stop, costs nothing.

    What counts are the marks of deliveries that never came back.  They lie beside the result: the database may be what
    does not answer, and who lost the lease may not write to the row.
    """
    if len(list(directory.glob(f"{DELIVERY}*"))) >= settings.MAX_ATTEMPTS:
        raise attempts.CrashedError("The result could not be delivered.")
    mark = directory / f"{DELIVERY}{lease.token}"
    mark.touch()
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _fail(request, lease, error) -> Next:
    request.refresh_from_db(fields=["phase"])  # ours may be of a transaction that was rolled back
    if request.phase in ENDED:
        return Next.NEVER  # the tick comes back to what is left to tidy up
    remedy = error.remedy
    try:
        phases.move(
            request,
            Phase.ERROR,
            token=lease.token,
            note=str(error),
            error_code=error.code,
            error_sentence=str(error),
            error_remedy=remedy,
        )
    except LeaseLostError:
        return Next.SOON
    if error.status >= OURS:
        notices.tell_staff(request)
    return Next.NOW


def _finish(request) -> None:
    """What every end has in common, whatever it was."""
    scratch.clear(request.pk)
    notices.tell(request)
