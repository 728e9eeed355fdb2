"""Wake-ups are part of the transaction that asks for them, in a web process and in a worker alike."""

import asyncio

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.psycopg_connector import PsycopgConnector

from restores import queue
from restores.models import Request
from tests import make

ONE = "6f0c8a52-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def empty_queue(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


class RegretError(Exception):
    pass


def waiting():
    return list(ProcrastinateJob.objects.filter(status="todo").order_by("id").values_list("args", flat=True))


def regret_it():
    with transaction.atomic():
        queue.wake(ONE)
        raise RegretError


def test_a_rollback_takes_the_wake_up_with_it():
    with pytest.raises(RegretError):
        regret_it()

    assert waiting() == []


def test_a_commit_leaves_one_wake_up_however_often_it_was_asked():
    with transaction.atomic():
        for _ in range(3):
            queue.wake(ONE)

    assert waiting() == [{"request_id": ONE}]


def test_a_second_wake_up_does_not_spoil_the_transaction_around_it():
    queue.wake(ONE)

    with transaction.atomic():
        queue.wake(ONE)
        make.user("vega")  # would fail with "current transaction is aborted"

    assert waiting() == [{"request_id": ONE}]


def test_a_wake_up_for_later_does_not_hide_one_for_now():
    queue.wake(ONE, after_seconds=60)
    queue.wake(ONE)

    assert ProcrastinateJob.objects.filter(status="todo", scheduled_at=None).count() == 1


def test_a_running_request_comes_before_a_new_one():
    queue.wake(ONE)
    queue.wake(ONE.replace("1", "2"), running=True)

    assert list(ProcrastinateJob.objects.order_by("-priority").values_list("priority", flat=True)) == [10, 0]


def test_a_rollback_in_a_running_worker_takes_the_wake_up_with_it_too():
    """What procrastinate's own defer does not do there: shown beside ours."""
    seen = []

    def defer_and_regret(task):
        with transaction.atomic():
            task.configure(task_kwargs={}, queue="never run", lock="procrastinate's own").defer()
            raise RegretError

    @app.task(name="tests.regret")
    def regret():
        seen.append(type(app.connector).__name__)
        with pytest.raises(RegretError):
            regret_it()
        with pytest.raises(RegretError):
            defer_and_regret(regret)

    try:
        regret.defer()
        asyncio.run(_work())
    finally:
        del app.tasks["tests.regret"]

    assert seen == ["PsycopgConnector"]  # it was a real worker's connector
    locks = ProcrastinateJob.objects.filter(status="todo").values_list("lock", flat=True)
    assert list(locks) == ["procrastinate's own"]


def test_in_a_running_worker_a_second_wake_up_spoils_no_transaction():
    @app.task(name="tests.twice")
    def twice():
        with transaction.atomic():
            queue.wake(ONE)
            queue.wake(ONE)
            assert not Request.objects.exists()

    try:
        twice.defer()
        asyncio.run(_work())
    finally:
        del app.tasks["tests.twice"]

    assert waiting() == [{"request_id": ONE}]
    assert ProcrastinateJob.objects.get(task_name="tests.twice").status == "succeeded"


async def _work():
    """A real worker on the default queue, until there is nothing to do."""
    with app.replace_connector(PsycopgConnector(kwargs=connector_params(), min_size=1)) as worker_app:
        async with worker_app.open_async():
            await worker_app.run_worker_async(wait=False, queues=["default"], install_signal_handlers=False)


def test_jobs_of_a_worker_that_fell_silent_are_closed_even_when_a_new_wake_up_waits():
    queue.wake(ONE)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES ('2024-01-31') RETURNING id")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [cursor.fetchone()[0]])
    queue.wake(ONE)

    assert [job.partition("[")[0] for job in queue.close_stalled(20)] == ["restores.advance"]

    assert list(ProcrastinateJob.objects.order_by("id").values_list("status", flat=True)) == ["failed", "todo"]


def test_jobs_of_a_worker_that_speaks_are_left_alone():
    queue.wake(ONE)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [cursor.fetchone()[0]])

    assert queue.close_stalled(20) == []


def test_the_same_queueing_lock_is_what_procrastinate_refuses():
    """Without the savepoint the refusal would reach the caller: the rule is not tested against nothing."""
    job = queue.configure_task(name="restores.advance", job_manager=queue.manager(), queueing_lock="x")
    job.defer()

    with pytest.raises(AlreadyEnqueued), transaction.atomic():
        job.defer()
