"""`kill -9` of worker, supervisor and real CASA while a real delivery is restored: the result is the original's.

Twelve points in four restores; no restore loses more than two attempts, for three crashes end it (test_survival.py).
"""

import contextlib
import json
import os
import signal
import tarfile
from pathlib import Path

import pytest
from django.utils import timezone

from archive.facts import read_facts
from archive.models import MemberOUS
from products import store
from products.ingest import ingest_delivery
from products.models import Product
from restores import submit
from restores.models import Phase, Request
from tests import make
from tests.restores.casa.test_restore import compared, expectation
from tests.restores.test_survival import casa, check_the_end, has_ended, supervisor
from tests.restores.workshop import ended, wait_for

# Who is killed when the restore has come so far: the fraction that CASA reports, of the attempt that then runs
POINTS = [
    [("worker", 0.0), ("casa", 0.1), ("worker", 0.5)],
    [("casa", 0.4), ("worker", 0.2), ("supervisor", 0.6)],
    [("supervisor", 0.2), ("casa", 0.8), ("worker", 0.9)],
    [("worker", 0.3), ("worker", 0.7), ("casa", 0.9)],
]


@pytest.fixture
def mous(small_delivery, workshop, pi, settings):
    settings.CASA_DIR = Path(settings.BASE_DIR) / ".casa"
    facts = read_facts(small_delivery / "facts.json")
    [report] = ingest_delivery(sorted(small_delivery.glob("*.tar")), facts=facts)
    made = MemberOUS.objects.get(uid=report.mous)
    project = made.project
    project.pi = make.account(pi)
    project.save()
    return made


def kill(victim, request, workshop, workers):
    if victim == "worker":
        worker = workers.pop()
        worker.kill()
        worker.wait()
        workers.append(workshop.start(ALTIPLANO_LEASE_SECONDS="10"))
        return
    attempt = Request.objects.get(pk=request.pk).attempt
    pid = supervisor(request) if victim == "supervisor" else casa(request, workshop)
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        # Until the loss was noticed: a worker killed just then would lose an attempt of its own, and three are all.
        again = Request.objects.filter(pk=request.pk, attempt__gt=attempt, handle__isnull=False)
        wait_for(lambda: again.exists() or has_ended(request), 300)


def has_come_to(request, fraction):
    row = Request.objects.filter(pk=request.pk, phase=Phase.EXECUTING, handle__isnull=False, fraction__gte=fraction)
    return lambda: (
        row.exclude(stage="delivering").exists()
        or not Request.objects.filter(pk=request.pk, phase__in=[Phase.QUEUED, Phase.EXECUTING]).exists()
    )


@pytest.mark.casa
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_real_restore_survives_kills_at_twelve_points(mous, small_delivery, workshop, pi, tmp_path):
    workers = [workshop.start(ALTIPLANO_LEASE_SECONDS="10")]
    for points in POINTS:
        workshop.mails.unlink(missing_ok=True)
        request = submit.request_restore(mous, by=pi, now=timezone.now())
        for victim, fraction in points:
            wait_for(has_come_to(request, fraction), 300)
            kill(victim, request, workshop, workers)

        assert ended(request, 300).phase == Phase.COMPLETED, (points, request.error_sentence)
        check_the_end(request, workshop, letters=2)
    for product in Product.objects.filter(request_id=request.pk):
        restored = unpacked(product, tmp_path / product.eb.name)
        told = compared(expectation(small_delivery, product.eb.name), restored)
        assert set(told.values()) == {"identical"}, json.dumps(told)


def unpacked(product, place):
    place.mkdir()
    with (place / product.name).open("wb") as target:
        store.open_store().fetch(product.key, target, product.sha256)
    with tarfile.open(place / product.name) as tar:
        tar.extractall(place)
    return place / product.name.removesuffix(".tar")
