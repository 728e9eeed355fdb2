"""Connections of the pool: whether one works is asked of the server where it is not known already."""

import time

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from altiplano import pooled


@pytest.fixture
def kept(django_db_setup):
    with pooled.Pooled.connect(**connection.get_connection_params(), autocommit=True) as made:
        yield made


@pytest.fixture
def turns(kept, monkeypatch):
    """How often the server was asked."""
    made = []
    asked = psycopg.Connection.execute
    monkeypatch.setattr(psycopg.Connection, "execute", lambda *all, **named: made.append(all) or asked(*all, **named))
    return made


def end(kept):
    with psycopg.connect(kept.info.dsn, password=kept.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.info.backend_pid])


def test_the_service_takes_its_connections_so():
    assert connection.pool.connection_class is pooled.Pooled


def test_who_answered_just_now_is_not_asked_again(kept, turns):
    for _ in range(5):
        ConnectionPool.check_connection(kept)

    assert len(turns) == 1


def test_who_was_idle_for_longer_is_asked(kept, turns, monkeypatch):
    monkeypatch.setattr(pooled, "GOOD_SECONDS", 0.01)
    for _ in range(2):
        ConnectionPool.check_connection(kept)
        time.sleep(0.02)

    assert len(turns) == 2


def test_who_was_ended_by_the_server_just_now_does_not_work(kept):
    ConnectionPool.check_connection(kept)
    end(kept)

    with pytest.raises(psycopg.OperationalError):
        ConnectionPool.check_connection(kept)


def test_other_questions_are_asked_as_always(kept, turns):
    ConnectionPool.check_connection(kept)

    assert kept.execute("SELECT %s::int", [7]).fetchone() == (7,)
