"""Two workers never work on one request, and one that was thought dead changes nothing when it comes back."""

import os
import subprocess
import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from restores import advance, leases, phases, stopping
from restores.launchers import processes
from restores.leases import LeaseLostError
from restores.models import Phase, Request


def test_of_many_who_ask_at_once_one_gets_the_lease(restore):
    gate, got = threading.Barrier(8), []

    def ask():
        gate.wait()
        got.append(leases.take(restore.pk))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([lease for lease in got if lease]) == 1


def test_a_lease_that_ended_may_be_taken_by_another(restore):
    first = leases.take(restore.pk)
    first.row().update(lease_until=timezone.now() - timedelta(seconds=1))

    second = leases.take(restore.pk)

    assert second
    with pytest.raises(LeaseLostError):
        first.update(stage="I am still here")
    with pytest.raises(LeaseLostError):
        phases.move(restore, Phase.EXECUTING, token=first.token)
    leases.release(first)
    assert Request.objects.get(pk=restore.pk).lease_token == second.token


def test_the_work_of_an_aborted_request_stops_at_the_next_beat(restore, monkeypatch):
    lease = leases.take(restore.pk)
    phases.move(restore, Phase.ABORTED)
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0)

    with pytest.raises(LeaseLostError):
        lease.beat("staging", 0.5)


def test_a_beat_tells_how_far_it_is_and_keeps_the_lease(restore, settings):
    settings.LEASE_SECONDS = 1
    lease = leases.take(restore.pk)
    first = lease.row().get().lease_until
    for number in range(15):
        lease.beat("import", number / 15)
        time.sleep(0.1)

    restore.refresh_from_db()
    assert restore.lease_until > first + timedelta(seconds=1)
    assert (restore.stage, restore.fraction > 0.5) == ("import", True)


def test_a_beat_from_another_thread_leaves_no_connection_behind(restore):
    lease, left = leases.take(restore.pk), []

    def upload():
        lease.beat("delivering", 0.1)
        left.append(connections["default"].connection)

    thread = threading.Thread(target=upload)
    thread.start()
    thread.join()

    assert left == [None]


def test_who_was_told_to_stop_beats_no_more(restore, monkeypatch):
    lease = leases.take(restore.pk)
    monkeypatch.setattr(stopping, "_event", threading.Event())
    stopping.ask()

    with pytest.raises(stopping.StopRequestedError):
        lease.beat("staging", 0.5)


def test_the_lease_of_a_dead_process_of_this_machine_ends_at_once(restore):
    dead = subprocess.Popen(["sleep", "60"])
    lease = leases.take(restore.pk)
    lease.row().update(lease_holder=processes.identity(dead.pid))
    leases.release_of_the_dead()
    assert leases.take(restore.pk) is None

    dead.kill()
    dead.wait()
    leases.release_of_the_dead()

    assert leases.take(restore.pk)


@pytest.mark.parametrize("holder", ["", "another-machine/pid:[1]/17/4711"])
def test_of_processes_elsewhere_we_know_nothing_and_wait(restore, holder):
    leases.take(restore.pk).row().update(lease_holder=holder)

    leases.release_of_the_dead()

    assert leases.take(restore.pk) is None


def test_a_pid_given_again_is_not_the_process_it_was():
    mine = processes.identity(os.getpid())

    assert not processes.is_gone(mine)
    assert processes.is_gone(mine.rpartition("/")[0] + "/1")


def test_a_step_whose_lease_was_stolen_stops_silently(restore, monkeypatch, caplog):
    """The thief's work is untouched: phase, attempt and error are the thief's to write."""

    def slow(request, directory, *, beat):
        Request.objects.filter(pk=restore.pk).update(lease_token="0" * 32)
        beat("staging inputs", 0.5)

    monkeypatch.setattr(advance.attempts.staging, "stage", slow)

    advance.advance(restore.pk)

    restore.refresh_from_db()
    assert (restore.phase, restore.error_code) == (Phase.QUEUED, "")
    assert restore.lease_token.hex == "0" * 32
    assert "Traceback" not in caplog.text
