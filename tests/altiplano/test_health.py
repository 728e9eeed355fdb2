"""What the machine room asks: alive, and ready."""

import json
import shutil
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from archive.errors import TransientError
from products.store import Store
from tests import service

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_queue(db):
    """Tests of the engine leave jobs behind: Django empties its own tables alone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_a_living_process_says_so_without_asking_anybody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_a_service_whose_parts_all_work_is_ready(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert {name: part["ok"] for name, part in answer.json()["parts"].items()} == {
        "database": True,
        "store": True,
        "queue": True,
        "scratch": True,
    }


def failing(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert not answer.json()["ready"]
    return [name for name, part in answer.json()["parts"].items() if not part["ok"]]


def test_a_store_that_does_not_answer_is_named_without_its_address(client, monkeypatch):
    def refuse(store):
        raise TransientError("http://user:secret@10.0.0.7 refused")

    monkeypatch.setattr(Store, "ping", refuse)

    assert failing(client) == ["store"]
    assert b"secret" not in client.get("/readyz").content


def test_a_bucket_that_is_not_there_is_a_store_that_fails(client, settings):
    settings.S3 = settings.S3 | {"bucket": "not-there"}

    assert failing(client) == ["store"]


def test_a_job_that_nobody_takes_is_a_queue_that_fails(client, settings):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, scheduled_at) VALUES ('x', 'requests', %s)",
            [timezone.now() - timedelta(seconds=settings.QUEUE_AGE_SECONDS + 60)],
        )

    assert failing(client) == ["queue"]


def test_a_job_that_is_not_due_yet_is_no_delay(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (task_name, queue_name, scheduled_at) VALUES ('x', 'requests', %s)",
            [timezone.now() + timedelta(hours=5)],
        )

    assert client.get("/readyz").json()["parts"]["queue"] == {"ok": True, "oldest_seconds": 0}


def test_a_full_disk_is_named_with_what_is_left(client, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(100, 99, 1))

    assert failing(client) == ["scratch"]


def test_a_database_that_does_not_answer_is_told_within_seconds(tmp_path):
    nowhere = {"ALTIPLANO_DATABASE_URL": "postgresql://altiplano:secret@127.0.0.1:1/altiplano"}
    with service.running(tmp_path / "service.log", **nowhere) as port:
        begun = time.monotonic()
        status, _, body = service.ask(port, "GET", "/readyz")
        seconds = time.monotonic() - begun

    parts = json.loads(body)["parts"]
    assert status == 503
    assert [name for name, part in parts.items() if not part["ok"]] == ["database", "queue"]
    assert seconds < 15  # 2 on a quiet machine; a request would wait 20
    assert b"secret" not in body
