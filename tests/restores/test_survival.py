"""Every process may be killed at any moment: the request is completed once, or fails and says why.

The worker, the supervisor and CASA are killed with SIGKILL at many points of a restore.  Afterwards nothing of it runs,
scratch is empty, every product has its bytes, the owner has one letter.  The same with real CASA: mark `casa`.
"""

import contextlib
import hashlib
import itertools
import os
import signal
import time

import pytest
from django.utils import timezone

from products import store
from products.models import Product
from restores import leases, submit
from restores.models import Phase, Request
from tests import make
from tests.restores.workshop import ended, processes_below, wait_for

RECOVERY_SECONDS = 30  # mostly the work itself, again
# Seconds after a worker takes the request: while it stages, starts CASA, watches, delivers
MOMENTS = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.7]


def supervisor(request, workshop=None):
    handle = Request.objects.get(pk=request.pk).handle
    return handle and handle["pid"]


def casa(request, workshop):
    """The child, which is neither the supervisor nor a helper."""
    leader = supervisor(request)
    return min((pid for pid in processes_below(workshop.scratch) if pid != leader), default=None)


def kill(pid):
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def holder_of(request):
    """The pid of the worker that has the lease."""
    holder = Request.objects.get(pk=request.pk).lease_holder
    return int(holder.split("/")[-2]) if holder else None


def has_ended(request):
    return Request.objects.filter(pk=request.pk, phase__in=leases.ENDED).exists()


def check_the_end(request, workshop, *, letters=1):
    """What must be true whatever was killed."""
    if request.phase == Phase.ERROR:
        assert request.error_sentence
    else:
        assert request.phase == Phase.COMPLETED
    products = list(Product.objects.filter(request_id=request.pk))
    assert len(products) == (request.mous.ebs.count() if request.phase == Phase.COMPLETED else 0)
    for product in products:
        digest = hashlib.sha256(b"".join(store.open_store().stream(product.key))).hexdigest()
        assert digest == product.sha256
    assert request.history.filter(phase__in=["COMPLETED", "ERROR"]).count() == 1
    # A supervisor that was just begun when its worker was killed comes late, finds its place gone, and ends by itself.
    wait_for(lambda: processes_below(workshop.scratch) == [])
    assert not list(workshop.scratch.glob("*-*"))
    # A worker that is killed between the letter and the commit of its row leaves the letter to be written again.
    assert workshop.mails.read_text().count("\n") in {1, letters}
    return {product.name: product.sha256 for product in products}


@pytest.fixture
def requests(workshop, pi):
    """One restore after the other of the same files, each for another delegee."""
    mous = make.restorable_mous(pi=pi, stored=True)

    def ask():
        for number in itertools.count():
            person = make.user(f"delegee-{number}")
            make.delegation(mous.project, person, by=pi)
            workshop.mails.unlink(missing_ok=True)
            yield submit.request_restore(mous, by=person, now=timezone.now())

    return ask()


@pytest.mark.slow
def test_a_killed_worker_is_followed_by_another_that_finishes(requests, workshop):
    """Two workers, one of them killed at twelve moments; whoever lives goes on with what the other left."""
    workshop.plan(seconds=0.25, stages=4, helpers=["in its session"], size=20_000)
    living, results, recoveries = [workshop.start(), workshop.start()], set(), []
    for moment, request in zip(MOMENTS, requests, strict=False):
        holder = wait_for(lambda request=request: holder_of(request) or has_ended(request))
        time.sleep(moment)
        victim = next((worker for worker in living if worker.pid == holder), living[0])
        victim.kill()
        victim.wait()
        killed = time.monotonic()
        living = [worker for worker in living if worker is not victim] + [workshop.start()]

        assert ended(request).phase == Phase.COMPLETED, moment
        recoveries.append(time.monotonic() - killed)
        results.add(frozenset(check_the_end(request, workshop, letters=2).items()))
    assert len(results) == 1
    assert min(recoveries) < RECOVERY_SECONDS, recoveries  # other work on the machine may delay some


@pytest.mark.slow
@pytest.mark.parametrize("victim", [supervisor, casa])
def test_a_killed_job_is_done_again_from_nothing(requests, workshop, victim):
    workshop.plan(seconds=0.25, stages=4, helpers=["in its session", "in a session of its own"])
    workshop.start()
    for moment, request in zip([0.0, 0.2, 0.4, 0.6, 0.8], requests, strict=False):
        wait_for(lambda request=request: victim(request, workshop) or has_ended(request))
        time.sleep(moment)
        kill(victim(request, workshop))

        assert ended(request).phase == Phase.COMPLETED, moment
        check_the_end(request, workshop)


@pytest.mark.slow
def test_all_of_them_killed_at_once_lose_nothing(requests, workshop):
    workshop.plan(seconds=0.25, stages=4, helpers=["in a session of its own"])
    for moment, request in zip([0.1, 0.4, 0.8], requests, strict=False):
        worker = workshop.start()
        wait_for(lambda request=request: casa(request, workshop) or has_ended(request))
        time.sleep(moment)
        worker.kill()
        worker.wait()
        for pid in processes_below(workshop.scratch):
            kill(pid)

        after = workshop.start()

        assert ended(request).phase == Phase.COMPLETED, moment
        check_the_end(request, workshop, letters=2)
        after.kill()
        after.wait()


@pytest.mark.slow
def test_the_result_is_the_same_bytes_whether_or_not_something_was_killed(restore, workshop, pi):
    workshop.plan(seconds=0.25, stages=4)
    workshop.start()
    undisturbed = check_the_end(ended(restore), workshop)
    workshop.mails.unlink()

    again = submit.request_restore(restore.mous, by=pi, now=timezone.now())
    kill(wait_for(lambda: supervisor(again)))

    assert check_the_end(ended(again), workshop) == undisturbed


@pytest.mark.slow
def test_a_job_that_is_killed_each_time_fails_with_a_reason(restore, workshop):
    workshop.plan(seconds=600)
    workshop.start()
    for attempt in (1, 2, 3):
        wait_for(
            lambda attempt=attempt: Request.objects.filter(
                pk=restore.pk, attempt=attempt, handle__isnull=False
            ).exists()
        )
        kill(wait_for(lambda: casa(restore, workshop)))

    request = ended(restore)

    check_the_end(request, workshop)
    assert (request.phase, request.error_code) == (Phase.ERROR, "crashed")


@pytest.mark.slow
def test_a_worker_that_is_killed_in_each_staging_fails_the_request(restore, workshop):
    """Else a package that kills workers would kill them for ever."""
    Request.objects.filter(pk=restore.pk).update(attempt=3)
    workshop.start()

    request = ended(restore)

    assert (request.phase, request.error_code) == (Phase.ERROR, "crashed")


@pytest.mark.slow
def test_a_second_worker_takes_over_when_the_first_hangs(restore, workshop, tmp_path):
    """A hung process keeps its pid: only the end of its lease tells."""
    workshop.plan(until=str(tmp_path / "taken over"))
    first = workshop.start(ALTIPLANO_LEASE_SECONDS="3")
    wait_for(lambda: supervisor(restore))
    first.send_signal(signal.SIGSTOP)
    workshop.start()
    wait_for(lambda: holder_of(restore) not in {None, first.pid})
    (tmp_path / "taken over").touch()

    request = ended(restore)
    first.send_signal(signal.SIGCONT)
    time.sleep(1)

    check_the_end(request, workshop)
    assert (request.phase, request.attempt) == (Phase.COMPLETED, 1)


@pytest.mark.slow
def test_two_workers_do_each_request_once(workshop, pi):
    workshop.plan(seconds=0.1)
    mous = make.restorable_mous(pi=pi, stored=True)
    people = [make.user(f"delegee-{number}") for number in range(4)]
    for person in people:
        make.delegation(mous.project, person, by=pi)
    workshop.start(ALTIPLANO_JOB_CONCURRENCY="2")
    workshop.start(ALTIPLANO_JOB_CONCURRENCY="2")
    requests = [submit.request_restore(mous, by=person, now=timezone.now()) for person in people]

    for request in requests:
        assert ended(request).phase == Phase.COMPLETED
        assert request.attempt == 1
        assert list(request.history.values_list("phase", flat=True)) == ["QUEUED", "EXECUTING", "COMPLETED"]
        assert Product.objects.filter(request_id=request.pk).count() == 2
    assert workshop.mails.read_text().count("\n") == 4
