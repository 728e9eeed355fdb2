"""What was forgotten goes on."""

import subprocess
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from archive.errors import TransientError
from products import sidecars
from products.store import Store
from restores import leases, tick
from restores.launchers import processes
from restores.models import Phase, Request
from tests import make


@pytest.fixture(autouse=True)
def lost_wake_up(restore):
    clear_queue()


def clear_queue():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def woken():
    return list(ProcrastinateJob.objects.filter(status="todo").values_list("args__request_id", flat=True))


def test_a_live_request_that_nobody_works_on_is_woken(restore):
    tick.tick()
    tick.tick()

    assert woken() == [str(restore.pk)]


def test_a_request_in_work_is_left_alone(restore):
    leases.take(restore.pk)

    tick.tick()

    assert woken() == []


def test_a_request_whose_lease_ended_is_woken(restore):
    leases.take(restore.pk).row().update(lease_until=timezone.now() - timedelta(seconds=1))

    tick.tick()

    assert woken() == [str(restore.pk)]


def test_a_request_of_a_dead_worker_is_woken_long_before_its_lease_ends(restore):
    dead = subprocess.Popen(["sleep", "60"])
    leases.take(restore.pk).row().update(lease_holder=processes.identity(dead.pid))
    dead.kill()
    dead.wait()

    tick.tick()

    assert woken() == [str(restore.pk)]


def test_an_ended_request_is_woken_until_its_owner_was_told(restore):
    Request.objects.filter(pk=restore.pk).update(phase=Phase.ABORTED, ended_at=timezone.now())
    tick.tick()
    assert woken() == [str(restore.pk)]

    clear_queue()
    Request.objects.filter(pk=restore.pk).update(told_at=timezone.now())
    tick.tick()

    assert woken() == []


def test_a_store_that_does_not_answer_stops_nothing_and_loses_nothing(restore, monkeypatch):
    def silent(*_):
        raise TransientError("The object store does not answer.")

    make.product(restore.mous)
    monkeypatch.setattr(Store, "keep", silent)

    tick.tick()

    assert sidecars.due().filter(mous=restore.mous).exists()
