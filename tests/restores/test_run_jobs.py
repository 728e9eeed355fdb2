"""`manage.py run_jobs`: stops in time, leaves CASA running, and the next one goes on with it."""

import json
import signal

import pytest
from django.db import connection
from django.utils import timezone

from restores import attempts, phases, queue, submit
from restores.models import Phase, Request
from tests import make
from tests.restores.workshop import ended, processes_below, wait_for


def casa_runs(request):
    return lambda: Request.objects.filter(pk=request.pk, phase="EXECUTING", stage__startswith="stage").exists()


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_casa_to_be_adopted(restore, workshop, told, tmp_path):
    """In time: by itself, before its own limit ends it with another status; watching would go on for longer."""
    limit = attempts.WATCH_SECONDS - 5
    workshop.plan(until=str(tmp_path / "adopted"))
    first = workshop.start(ALTIPLANO_STOP_SECONDS=str(limit))
    wait_for(casa_runs(restore))
    running = processes_below(workshop.scratch)

    first.send_signal(told)
    assert first.wait(120) == 0
    assert processes_below(workshop.scratch) == running
    restore.refresh_from_db()
    assert (restore.phase, restore.lease_token) == (Phase.EXECUTING, None)

    workshop.start()
    wait_for(lambda: Request.objects.filter(pk=restore.pk).exclude(lease_token=None).exists())
    (tmp_path / "adopted").touch()
    assert ended(restore).phase == Phase.COMPLETED
    assert restore.attempt == 1


@pytest.mark.slow
def test_a_stop_while_staging_costs_no_attempt(restore, workshop):
    first = workshop.start(ALTIPLANO_S3_ENDPOINT="http://127.0.0.1:9")  # nothing listens: staging tries for a while
    wait_for(lambda: Request.objects.filter(pk=restore.pk, stage__startswith="staging").exists())
    first.send_signal(signal.SIGTERM)
    first.wait(120)

    workshop.start()

    assert ended(restore).phase == Phase.COMPLETED
    assert restore.attempt <= 2


# The worker, but it looks at the queue by itself once an hour only.
PATIENT = """
import runpy, sys
from procrastinate import app
begin = app.App.run_worker_async
app.App.run_worker_async = lambda self, **said: begin(self, fetch_job_polling_interval=3600.0, **said)
sys.argv = ["manage.py", "run_jobs"]
runpy.run_path("manage.py", run_name="__main__")
"""


def listens():
    """Whether a worker would hear of a new request."""
    told = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle' AND query ~ %s"
    with connection.cursor() as cursor:
        return cursor.execute(told, [f"^LISTEN .*{queue.REQUESTS}"]).fetchone()


@pytest.mark.slow
def test_a_request_made_while_a_worker_waits_is_taken_at_once(workshop, pi):
    """Milliseconds on a quiet machine: it is told, it does not poll."""
    mous = make.restorable_mous(pi=pi, stored=True)
    workshop.start(program=("-c", PATIENT), ALTIPLANO_TICK_CRON="0 0 1 1 *")
    wait_for(listens)

    request = submit.request_restore(mous, by=pi, now=timezone.now())

    wait_for(lambda: Request.objects.filter(pk=request.pk, attempt=1).exists())


@pytest.mark.slow
def test_an_abort_ends_casa_within_seconds(restore, workshop):
    workshop.plan(seconds=600, helpers=["in a session of its own"])
    workshop.start()
    wait_for(lambda: len(processes_below(workshop.scratch)) == 3)

    phases.move(Request.objects.get(pk=restore.pk), Phase.ABORTED, note="aborted by pi")

    assert ended(restore).phase == Phase.ABORTED
    assert processes_below(workshop.scratch) == []
    assert not list(workshop.scratch.glob("*-*"))


@pytest.mark.slow
def test_each_line_of_the_log_names_its_request(restore, workshop):
    workshop.plan(crashes=1)
    workshop.start()
    ended(restore)

    lines = [json.loads(line) for line in workshop.log_text().splitlines() if line.startswith("{")]
    crash = next(line for line in lines if "without a whole result" in line["message"])
    assert crash["job_id"] == str(restore.pk)
