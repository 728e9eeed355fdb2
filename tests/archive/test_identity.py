"""HTTP Basic: a right password is worked out once a minute, and never outlives what makes it right."""

import base64
import pickle
import time

import pytest
from django.contrib.auth.backends import ModelBackend
from django.core.cache import caches
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from archive.identity import Basic
from tests import make, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS


@pytest.fixture
def vega():
    return make.user("vega", password=people.PASSWORD)


@pytest.fixture
def worked_out(monkeypatch):
    """The names whose passwords were checked in full, in order."""
    names, check = [], ModelBackend.authenticate

    def counted(backend, request, username=None, **credentials):
        names.append(username)
        return check(backend, request, username=username, **credentials)

    monkeypatch.setattr(ModelBackend, "authenticate", counted)
    return names


def log_in(password=people.PASSWORD, name="vega"):
    said = base64.b64encode(f"{name}:{password}".encode()).decode()
    return Basic().authenticate(APIRequestFactory().get("/", headers={"Authorization": f"Basic {said}"}))[0]


def test_many_parts_of_a_file_cost_one_check_of_the_password(vega, worked_out):
    assert [log_in() for _ in range(5)] == [vega] * 5

    assert worked_out == ["vega"]


def test_a_wrong_password_is_never_remembered_and_a_right_one_does_not_help_it(vega, worked_out):
    log_in()

    for _ in range(2):
        with pytest.raises(AuthenticationFailed):
            log_in("wrong")

    assert worked_out == ["vega"] * 3


def test_a_changed_password_ends_the_old_one_at_once(vega):
    log_in()
    vega.set_password("another-long-password")
    vega.save()

    with pytest.raises(AuthenticationFailed):
        log_in()
    assert log_in("another-long-password") == vega


def test_a_closed_account_is_closed_at_once(vega):
    log_in()
    vega.is_active = False
    vega.save()

    with pytest.raises(AuthenticationFailed):
        log_in()


def test_the_same_password_of_another_account_is_checked_for_itself(vega, worked_out):
    orion = make.user("orion")
    people.basic(orion)
    orion.password = vega.password
    orion.save()
    log_in()

    assert log_in(name="orion") == orion
    assert worked_out == ["vega", "orion"]


def test_after_a_minute_it_is_worked_out_again(vega, worked_out, monkeypatch):
    log_in()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 61)

    log_in()

    assert worked_out == ["vega", "vega"]


def test_no_password_is_kept_and_the_memory_has_an_end(vega, settings):
    log_in()
    remembered = caches["logins"]

    kept = pickle.dumps((list(remembered._cache), list(remembered._cache.values())))
    assert people.PASSWORD.encode() not in kept
    assert vega.password.encode() not in kept
    assert settings.CACHES["logins"]["OPTIONS"]["MAX_ENTRIES"] == remembered._max_entries == 1000
