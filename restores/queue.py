"""The only module that defers jobs.  A job is a wake-up: it says which row to look at, and nothing else.

The job is inserted on Django's own connection, in a web process and in a worker alike, so a rollback takes it along.
No job carries a lock: the lease on the row keeps two workers apart, and a job that a dead worker left behind blocks
nobody.  A queueing lock merges wake-ups of one request that nobody has begun yet; those for later have one of their
own, so that waiting for a server does not delay an abort.
"""

import contextlib

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import Max, Min, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

REQUESTS = "requests"
UPKEEP = "upkeep"
PREVIEWS = "previews"
INGESTS = "ingests"
ADVANCE = "restores.advance"
MAKE_PREVIEWS = "restores.make_previews"
INGEST_AGAIN = "restores.ingest_again"
ASK_THE_STORE = "restores.ask_the_store"
# A request whose CASA runs gets the free slot before a new one is begun: slots bound the number of CASA processes.
FIRST_IN_LINE = 10


def manager() -> JobManager:
    return JobManager(DjangoConnector())


def wake(request_id, *, after_seconds: float = 0, running: bool = False) -> None:
    """Have a worker look at the request, when the transaction around this commits and `after_seconds` have passed."""
    job = configure_task(
        name=ADVANCE,
        job_manager=manager(),
        queue=REQUESTS,
        priority=FIRST_IN_LINE if running else 0,
        queueing_lock=f"{request_id}{' later' if after_seconds else ''}",
        schedule_in={"seconds": after_seconds} if after_seconds else None,
        task_kwargs={"request_id": str(request_id)},
    )
    try:
        with transaction.atomic():  # a savepoint: the refusal of the second job must not spoil what is around it
            job.defer()
    except AlreadyEnqueued:
        pass


def make_previews() -> None:
    """Have a worker make the previews that are due; one that has not begun makes all of them."""
    job = configure_task(
        name=MAKE_PREVIEWS, job_manager=manager(), queue=PREVIEWS, queueing_lock="previews", task_kwargs={}
    )
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        job.defer()


def ask_the_store() -> None:
    """Have a worker find out what the store can do, however long that takes to answer."""
    job = configure_task(
        name=ASK_THE_STORE, job_manager=manager(), queue=UPKEEP, queueing_lock="ask the store", task_kwargs={}
    )
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        job.defer()


def ingest_again(run) -> None:
    """Have a worker try that ingestion again, when the transaction around this commits."""
    job = configure_task(
        name=INGEST_AGAIN,
        job_manager=manager(),
        queue=INGESTS,
        queueing_lock=f"ingest {run}",
        task_kwargs={"run": str(run)},
    )
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        job.defer()


def close_stalled(seconds_since_heartbeat: float) -> list[str]:
    """Close the jobs of workers that fell silent; what they were, for the log.

    They carry nothing that is not in the row.  To retry them instead would fail where a newer wake-up of the same
    request waits already.
    """
    return async_to_sync(_close_stalled)(seconds_since_heartbeat)


async def _close_stalled(seconds: float) -> list[str]:
    jobs = list(await manager().get_stalled_jobs(seconds_since_heartbeat=seconds))
    for job in jobs:
        await manager().finish_job(job=job, status=Status.FAILED, delete_job=False)
    await manager().prune_stalled_workers(seconds)
    return [f"{job.task_name}[{job.id}]" for job in jobs]


def forget_old(hours: int) -> None:
    """Drop the record of jobs that ended long ago, whichever way."""
    ended = {"include_failed": True, "include_aborted": True, "include_cancelled": True}
    async_to_sync(manager().delete_old_jobs)(nb_hours=hours, **ended)


def oldest_waiting_seconds() -> float:
    """Since when the oldest job is due that no worker has begun; 0 when there is none."""
    due = Q(status=Status.TODO.value) & (Q(scheduled_at=None) | Q(scheduled_at__lte=Now()))
    since = Coalesce("scheduled_at", Max("procrastinateevent__at"))
    oldest = ProcrastinateJob.objects.filter(due).annotate(since=since).aggregate(oldest=Min("since"))["oldest"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0
