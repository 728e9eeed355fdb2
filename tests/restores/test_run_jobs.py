"""`manage.py run_jobs`: stops in time, leaves CASA running, and the next one goes on with it."""

import json
import signal
import time

import pytest
from django.utils import timezone

from restores import phases, submit
from restores.models import Phase, Request
from tests import make
from tests.restores.workshop import ended, processes_below, wait_for


def casa_runs(request):
    return lambda: Request.objects.filter(pk=request.pk, phase="EXECUTING", stage__startswith="stage").exists()


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_casa_to_be_adopted(restore, workshop, told):
    workshop.plan(seconds=1.0, stages=6)
    first = workshop.start()
    wait_for(casa_runs(restore))
    running = processes_below(workshop.scratch)

    begun = time.monotonic()
    first.send_signal(told)
    assert first.wait(10) == 0
    assert time.monotonic() - begun < 5
    assert processes_below(workshop.scratch) == running
    restore.refresh_from_db()
    assert (restore.phase, restore.lease_token) == (Phase.EXECUTING, None)

    workshop.start()
    assert ended(restore).phase == Phase.COMPLETED
    assert restore.attempt == 1


@pytest.mark.slow
def test_a_stop_while_staging_costs_no_attempt(restore, workshop):
    first = workshop.start(ALTIPLANO_S3_ENDPOINT="http://127.0.0.1:9")  # nothing listens: staging tries for a while
    wait_for(lambda: Request.objects.filter(pk=restore.pk, stage__startswith="staging").exists())
    first.send_signal(signal.SIGTERM)
    first.wait(15)

    workshop.start()

    assert ended(restore).phase == Phase.COMPLETED
    assert restore.attempt <= 2


@pytest.mark.slow
def test_a_request_made_while_a_worker_waits_is_taken_at_once(workshop, pi):
    mous = make.restorable_mous(pi=pi, stored=True)
    workshop.start()
    wait_for(lambda: "ready for requests" in workshop.log_text())
    time.sleep(1)

    begun = time.monotonic()
    request = submit.request_restore(mous, by=pi, now=timezone.now())
    wait_for(lambda: Request.objects.filter(pk=request.pk).exclude(lease_token=None).exists())

    assert time.monotonic() - begun < 2.0  # milliseconds on a quiet machine: it is told, it does not poll


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
