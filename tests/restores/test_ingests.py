"""A worker tries an ingestion again: with the options of the first time, once, and only what ended badly."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from archive.staff import Role
from products.models import IngestRun, Product
from restores import ingests, tasks
from tests import deliveries, make, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return people.client(make.staff("omar", Role.OPERATOR))


def wakes():
    return list(ProcrastinateJob.objects.filter(task_name="restores.ingest_again").values_list("args", flat=True))


@pytest.fixture
def refused(tmp_path):
    """The run of a delivery whose disk was not there when the command looked, and is there now."""
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    paths = deliveries.write(disk)
    disk.rename(away)
    with pytest.raises(CommandError):
        call_command("ingest_delivery", *paths, md5=True, no_letters=True)
    away.rename(disk)
    return IngestRun.objects.get()


def test_the_button_has_a_worker_take_in_what_failed_with_the_same_options(operator, refused, mailoutbox):
    answer = operator.post(reverse("ingest-again", args=[refused.pk]))
    assert answer.status_code == 302
    (args,) = wakes()

    tasks.ingest_again(**args)

    again = IngestRun.objects.exclude(pk=refused.pk).get()
    assert (again.phase, again.sources, again.options) == ("done", refused.sources, refused.options)
    assert Product.objects.exclude(md5="").exists()
    assert not mailoutbox


def test_asked_twice_it_is_tried_once(operator, refused):
    for _ in range(2):
        operator.post(reverse("ingest-again", args=[refused.pk]))

    assert len(wakes()) == 1


def test_what_went_well_or_goes_on_is_not_tried_again(operator):
    going = IngestRun.objects.create(command="ingest_delivery")
    done = IngestRun.objects.create(command="ingest_delivery", phase="done", ended_at=make.NOW)

    for run in (going, done):
        assert operator.post(reverse("ingest-again", args=[run.pk])).status_code == 409
    assert wakes() == []


def test_what_fails_again_is_a_failed_run_and_no_failed_worker(tmp_path):
    run = IngestRun.objects.create(
        command="ingest_delivery", sources=[str(tmp_path / "x.tar")], phase="failed", ended_at=make.NOW, reason="x"
    )

    ingests.again(run.pk)

    assert IngestRun.objects.filter(phase="failed").count() == 2
