"""CASA's supervisor: one per attempt directory, adopted or ended whoever started it, no orphan after any race."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from restores.launchers import local, processes, supervise
from tests.restores.workshop import Workshop, processes_below, wait_for

VERSION = "6.7.0.31"


@pytest.fixture
def bench(tmp_path, settings):
    made = Workshop(tmp_path)
    settings.CASA_DIR, settings.SCRATCH_DIR = made.casa_dir, made.scratch
    yield made
    made.close()


@pytest.fixture
def directory(bench):
    """An attempt directory with an order of nothing."""
    made = bench.scratch / "request" / "1"
    for part in ("inputs", "work", "outputs"):
        (made / part).mkdir(parents=True)
    order = {"recipe": "restore", "request": "r", "attempt": 1, "casa_version": VERSION, "execution_blocks": []}
    (made / "order.json").write_text(json.dumps(order))
    return made


def run_to_the_end(directory, handle):
    return wait_for(lambda: (ended := local.outcome(directory, handle)) is not None and [ended])[0]


def test_the_exit_status_is_kept_for_whoever_asks(directory):
    handle = local.submit(directory, VERSION)

    assert run_to_the_end(directory, handle) == 0
    assert local.outcome(directory, handle) == 0
    assert (directory / "report.json").exists()


def test_submitting_twice_starts_one(bench, directory):
    bench.plan(seconds=600)

    assert local.submit(directory, VERSION) == local.submit(directory, VERSION)

    wait_for((directory / "progress.json").exists)  # the handle is written before the child is there
    assert len(processes_below(bench.scratch)) == 2  # the supervisor and its child


def test_of_many_supervisors_one_works(bench, directory):
    bench.plan(seconds=600)
    gate, handles = threading.Barrier(6), []

    def submit():
        gate.wait()
        handles.append(local.submit(directory, VERSION))

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: len(processes_below(bench.scratch)) == 2)

    assert len({json.dumps(handle) for handle in handles}) == 1


def test_a_supervisor_that_comes_late_finds_the_place_taken_and_starts_nothing(bench, directory):
    local.cancel(directory)  # the recoverer found no handle, and claimed the directory

    subprocess.run([sys.executable, "-I", "-S", supervise.__file__, "touch", "started"], cwd=directory, check=True)

    assert not (directory / "started").exists()
    assert not (directory / "exit").exists()


def test_a_supervisor_whose_directory_was_removed_starts_nothing(directory, tmp_path):
    late_start = f"""if True:
        import os, runpy, sys, time
        os.chdir({str(directory)!r})
        print(flush=True)
        sys.stdin.read()
        sys.argv[1:] = ["touch", {str(tmp_path / "started")!r}]
        runpy.run_path({supervise.__file__!r}, run_name="__main__")
    """
    late = subprocess.Popen([sys.executable, "-c", late_start], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    late.stdout.readline()
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    directory.rmdir()
    directory.mkdir()  # the next attempt under the same name is another directory

    late.communicate()

    assert not (tmp_path / "started").exists()
    assert list(directory.iterdir()) == []


def test_a_supervisor_that_was_killed_is_lost_and_its_casa_is_ended(bench, directory):
    bench.plan(seconds=600, helpers=["in its session", "in a session of its own"])
    handle = local.submit(directory, VERSION)
    wait_for(lambda: len(processes_below(bench.scratch)) == 4)
    assert local.outcome(directory, handle) is None

    os.kill(handle["pid"], signal.SIGKILL)
    wait_for(lambda: local.outcome(directory, handle) is local.LOST)
    assert len(processes_below(bench.scratch)) == 3
    local.cancel(directory)

    assert processes_below(bench.scratch) == []


def test_cancelling_may_be_repeated(bench, directory):
    bench.plan(seconds=600)
    local.submit(directory, VERSION)

    for _ in range(3):
        local.cancel(directory)

    assert processes_below(bench.scratch) == []


def test_a_killed_casa_ends_with_its_signal(bench, directory):
    bench.plan(seconds=600)
    handle = local.submit(directory, VERSION)
    child = wait_for(lambda: [pid for pid in processes_below(bench.scratch) if pid != handle["pid"]])[0]

    os.kill(child, signal.SIGKILL)

    assert run_to_the_end(directory, handle) == -signal.SIGKILL


def test_an_old_handle_whose_pid_was_given_again_kills_nobody(bench, directory):
    bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
    started = processes.stat(bystander.pid).started
    (directory / "handle.json").write_text(json.dumps({"pid": bystander.pid, "started": started - 100}))

    assert local.outcome(directory, local.handle_of(directory)) is local.LOST
    local.cancel(directory)

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_process_that_becomes_another_program_is_met_all_the_same(directory):
    """For a moment of each exec it shows no environment: looked for just then, it would outlive its attempt."""
    changing = directory / "changing"
    changing.write_text('#!/bin/sh\nexec "$0"\n')
    changing.chmod(0o755)
    begun = subprocess.Popen([changing], env={"HOME": str(directory)})

    try:
        assert all(begun.pid in processes.members(str(directory), 0, 0) for _ in range(200))
    finally:
        begun.kill()
        begun.wait()


@pytest.fixture
def far_away(directory):
    """Who works in the directory is on another machine, under a pid that somebody has here."""
    handle = {"pid": os.getpid(), "started": processes.stat(os.getpid()).started, "place": "another boot/pid:[1]"}
    (directory / "handle.json").write_text(json.dumps(handle))
    return handle


def fall_silent(directory):
    long_ago = time.time() - 2 * local.SILENT_SECONDS
    os.utime(directory / "handle.json", (long_ago, long_ago))


def test_a_handle_says_where_its_pid_means_something(directory):
    assert local.submit(directory, VERSION)["place"] == processes.place()


def test_what_runs_on_another_machine_is_neither_judged_nor_ended_here(directory, far_away):
    with pytest.raises(local.ElsewhereError):
        local.outcome(directory, far_away)
    with pytest.raises(local.ElsewhereError):
        local.cancel(directory)


def test_what_ended_on_another_machine_has_ended_for_all(directory, far_away):
    (directory / "exit").write_text("0")

    assert local.outcome(directory, far_away) == 0
    local.cancel(directory)


def test_a_machine_that_has_been_silent_for_long_is_gone_with_what_it_did(directory, far_away):
    fall_silent(directory)

    assert local.outcome(directory, far_away) is local.LOST
    local.cancel(directory)


def test_a_supervisor_on_this_machine_is_judged_by_its_pid_however_silent(bench, directory):
    bench.plan(seconds=600)
    handle = local.submit(directory, VERSION)
    fall_silent(directory)

    assert local.outcome(directory, handle) is None


@pytest.fixture
def restless(directory, tmp_path):
    """A supervisor of `sleep` that beats ten times a second."""
    script = f"""if True:
        import runpy, sys
        module = runpy.run_path({supervise.__file__!r})
        module["main"].__globals__["BEAT_SECONDS"] = 0.1
        module["main"](["sleep", "600"])
    """
    started = subprocess.Popen([sys.executable, "-c", script], cwd=directory, start_new_session=True)
    wait_for((directory / "casa.out").exists)
    yield started
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def test_a_supervisor_shows_that_it_lives(directory, restless):
    fall_silent(directory)

    assert wait_for(lambda: time.time() - (directory / "handle.json").stat().st_mtime < 60)


def test_a_supervisor_whose_work_was_given_to_others_ends_with_its_casa(directory, restless):
    shutil.rmtree(directory)

    assert restless.wait(120) == -signal.SIGKILL
    # All of them were killed at once, but each ends when it is its turn.
    wait_for(lambda: not [pid for pid in os.listdir("/proc") if pid.isdigit() and in_session(pid, restless.pid)])


def in_session(pid, leader):
    found = processes.stat(int(pid))
    return found is not None and found.session == leader


def test_a_runtime_that_is_not_installed_is_said_before_anything_starts(directory):
    with pytest.raises(local.RuntimeMissingError, match=r"CASA 5\.1\.1 is not installed"):
        local.submit(directory, "5.1.1")

    assert not (directory / "handle.json").exists()


def test_our_own_part_of_a_start_is_short(bench, directory):
    bench.plan(stages=0)

    def seconds():
        shutil.rmtree(directory / "outputs")
        for name in ("handle.json", "exit", "report.json"):
            (directory / name).unlink(missing_ok=True)
        begun = time.monotonic()
        run_to_the_end(directory, local.submit(directory, VERSION))
        return time.monotonic() - begun

    wait_for(lambda: seconds() < 1.0)  # once at least: other work on the machine may delay one, not all
