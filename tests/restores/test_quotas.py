"""Nobody has more running or waiting than the quota says, and nothing that waits is forgotten."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from archive.models import Decision
from archive.staff import Role, WrongRoleError
from restores import advance, leases, phases, quotas, submit, tick
from restores.models import Phase, Quota, Request
from tests import make, people
from tests.restores.workshop import ended

CONTINUUM = {"source": "NGC1052", "continuum": True}


@pytest.fixture
def mous(restore):
    return restore.mous


def another(request, **facts):
    """A live request of the same owner for the same MOUS, as if it had been there before."""
    mous, calibration = request.mous, request.calibration
    facts = {"kind": Request.Kind.IMAGE, "owner": request.owner, "casa_version": make.CASA} | facts
    return Request.objects.create(mous=mous, calibration=calibration, **facts)


def running(request, number):
    return [another(request, phase=Phase.EXECUTING, attempt=1, stage="import") for _ in range(number)]


def ask(mous, person):
    return submit.request_image(mous, {"mous": mous.uid, **CONTINUUM}, by=person, now=timezone.now())


def clear_queue():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def woken():
    jobs = ProcrastinateJob.objects.filter(status="todo", scheduled_at=None).order_by("id")
    return list(jobs.values_list("args__request_id", flat=True))


def advanced(request):
    advance.advance(request.pk)
    request.refresh_from_db()
    return request


def test_the_request_after_the_twentieth_that_waits_is_refused_with_the_numbers(restore, mous, pi):
    for _ in range(19):
        another(restore)

    with pytest.raises(quotas.QuotaError, match=r"20 requests waiting and 0 running; your quota is 20 waiting and 3"):
        ask(mous, pi)
    assert Request.objects.count() == 20


def test_the_api_says_so_with_429_and_the_page_with_a_sentence(restore, mous, pi, settings):
    settings.QUOTA_QUEUED = 1

    answer = people.client(pi, "token").post(
        reverse("api-images"), {"mous": mous.uid, **CONTINUUM}, content_type="application/json"
    )

    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "quota")
    assert "your quota is 1 waiting" in answer.json()["error"]["sentence"]


def test_what_runs_does_not_count_as_waiting_and_what_has_ended_not_at_all(restore, mous, pi, settings):
    settings.QUOTA_QUEUED = 2
    running(restore, 3)
    another(restore, attempt=1, stage="staging")
    another(restore, phase=Phase.ABORTED, ended_at=timezone.now())

    ask(mous, pi)

    assert quotas.usage(pi) == quotas.Usage(running=4, queued=2, most_running=3, most_queued=2)


def test_of_fifty_submissions_at_once_twenty_are_queued(restore, mous, pi):
    Request.objects.all().update(phase=Phase.ABORTED, ended_at=timezone.now())
    start = threading.Barrier(10)

    def asked(number):
        try:
            if number < 10:
                start.wait(60)
            return ask(mous, pi).phase
        except quotas.QuotaError as refused:
            return refused.status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(map(str, pool.map(asked, range(50))))

    assert sorted(answers) == ["429"] * 30 + ["QUEUED"] * 20
    assert Request.objects.filter(phase=Phase.QUEUED).count() == 20


def test_a_fourth_request_waits_and_says_so_once(restore):
    running(restore, 3)

    for _ in range(2):
        advanced(restore)

    assert (restore.phase, restore.attempt, restore.stage) == (Phase.QUEUED, 0, quotas.WAITS)
    assert restore.lease_token is None
    assert ["3 requests of one person may run" in change.note for change in restore.history.all()] == [False, True]


def test_a_request_that_waits_keeps_no_worker_busy(restore):
    running(restore, 3)
    clear_queue()

    advanced(restore)
    tick.tick()

    assert str(restore.pk) not in woken()


def test_the_requests_of_others_go_on(restore, workshop):
    running(restore, 3)
    orion = make.user("orion")
    theirs = another(restore, kind=Request.Kind.RESTORE, owner=orion)

    advanced(restore)

    assert quotas.take_place(theirs, leases.take(theirs.pk))


@pytest.mark.parametrize("end", [Phase.ABORTED, Phase.COMPLETED])
def test_the_end_of_one_wakes_the_next_of_its_owner(restore, end):
    first, *_ = running(restore, 3)
    advanced(restore)
    clear_queue()

    phases.move(first, end)

    assert woken() == [str(first.pk), str(restore.pk)]
    advanced(restore)
    assert restore.phase == Phase.COMPLETED


def test_the_oldest_is_woken_first_and_no_more_than_may_begin(restore):
    first, *_ = running(restore, 3)
    for _ in range(2):
        another(restore)
    clear_queue()

    phases.move(first, Phase.ABORTED)

    assert woken() == [str(first.pk), str(restore.pk)]


def test_an_end_while_a_worker_looks_is_not_lost(restore, monkeypatch):
    """The other request ends when it has been decided that this one waits, and before its lease is free."""
    first, *_ = running(restore, 3)
    release = leases.release

    def end_then_release(lease):
        Request.objects.filter(pk=first.pk).update(phase=Phase.ABORTED, ended_at=timezone.now())
        release(lease)

    monkeypatch.setattr(advance.leases, "release", end_then_release)
    clear_queue()

    advanced(restore)

    assert woken() == [str(restore.pk)]


def test_the_tick_wakes_what_waits_when_there_is_a_place(restore):
    first, *_ = running(restore, 3)
    advanced(restore)
    Request.objects.filter(pk=first.pk).update(phase=Phase.ABORTED, ended_at=timezone.now(), told_at=timezone.now())
    clear_queue()

    tick.tick()

    assert str(restore.pk) in woken()


def test_a_request_that_is_staged_or_between_attempts_has_its_place(restore):
    running(restore, 2)
    begun = another(restore, attempt=1, stage="staging")

    advanced(restore)
    assert restore.stage == quotas.WAITS
    assert quotas.take_place(begun, leases.take(begun.pk))


def test_of_ten_that_begin_at_once_three_do(restore):
    ten = [restore, *(another(restore) for _ in range(9))]
    start = threading.Barrier(10)

    def begin(request):
        try:
            lease = leases.take(request.pk)
            start.wait(60)
            return quotas.take_place(request, lease)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(begin, ten))

    assert sorted(answers) == [False] * 7 + [True] * 3


@pytest.mark.slow
def test_with_room_for_one_real_workers_do_all_of_them_one_after_another(restore, workshop, pi):
    quotas.give(pi, running=1, queued=20, reason="a test of workers", by=None, now=make.NOW)
    workshop.plan(seconds=0.3)
    further = [make.restorable_mous(make.MOUS[:-1] + each, pi=pi, stored=True) for each in "23"]
    asked = [restore, *(submit.request_restore(mous, by=pi, now=timezone.now()) for mous in further)]

    for _ in range(2):
        workshop.start(ALTIPLANO_JOB_CONCURRENCY="2")

    assert [ended(request, 180).phase for request in asked] == [Phase.COMPLETED] * 3
    spans = sorted((request.started_at, request.ended_at) for request in asked)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


def test_an_administrator_gives_more_with_a_reason_and_what_waited_is_woken(restore, pi):
    running(restore, 3)
    advanced(restore)
    clear_queue()
    chief = make.staff("chief", Role.ADMINISTRATOR)

    quotas.give(pi, running=4, queued=50, reason="large programme", by=chief, now=make.NOW)

    assert woken() == [str(restore.pk)]
    assert quotas.usage(pi).most_queued == 50
    assert (pi.quota.set_by, pi.quota.set_at) == (chief, make.NOW)


def test_nobody_else_gives_quotas_and_none_is_given_without_a_reason(pi):
    said = {"running": 9, "queued": 9, "now": make.NOW}
    with pytest.raises(WrongRoleError):
        quotas.give(pi, **said, reason="I am in a hurry", by=pi)
    with pytest.raises(WrongRoleError):
        quotas.give(pi, **said, reason="his friend", by=make.staff("ops", Role.OPERATOR))
    with pytest.raises(quotas.UnexplainedQuotaError):
        quotas.give(pi, **said, reason=" ", by=make.staff("chief", Role.ADMINISTRATOR))

    assert not Quota.objects.exists()


def test_the_command_sets_a_quota(pi, capsys):
    call_command("set_quota", "pi", "--running", "0", "--queued", "5", "--reason", "under review")

    assert "0 running and 5 waiting for pi" in capsys.readouterr().out
    assert pi.quota.reason == "under review"
    for wrong in (["nobody", "--running", "1"], ["pi", "--running", "-1"]):
        with pytest.raises(CommandError):
            call_command("set_quota", *wrong, "--queued", "5", "--reason", "under review")


def test_the_page_of_staff_sets_a_quota_for_administrators_alone(pi):
    address = reverse("admin:restores_quota_add")
    said = {"person": pi.pk, "running": 5, "queued": 30, "reason": "large programme"}

    assert people.client(make.staff("ops", Role.OPERATOR)).post(address, said).status_code == 403
    assert people.client(make.staff("chief", Role.ADMINISTRATOR)).post(address, said).status_code == 302

    assert (pi.quota.running, pi.quota.set_by.username) == (5, "chief")


def test_her_page_of_requests_tells_a_person_her_quota(restore, pi):
    running(restore, 2)

    words = people.client(pi).get(reverse("requests")).content.decode()

    assert "2 of 3 running" in words
    assert "1 of 20 waiting" in words


def test_each_change_of_a_quota_stays_in_the_history(pi):
    chief = make.staff("chief", Role.ADMINISTRATOR)

    quotas.give(pi, running=4, queued=50, reason="large programme", by=chief, now=make.NOW)
    quotas.give(pi, running=1, queued=5, reason="that was too many", by=None, now=make.NOW)

    told = Decision.objects.filter(about="quota", person=pi).values_list("before", "after", "reason", "by")
    assert list(told) == [
        ("3 running, 20 waiting", "4 running, 50 waiting", "large programme", chief.pk),
        ("4 running, 50 waiting", "1 running, 5 waiting", "that was too many", None),
    ]
