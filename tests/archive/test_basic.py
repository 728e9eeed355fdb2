"""HTTP Basic on file routes: real clients can send nothing else, so it is hard to guess and easy to do without."""

import base64
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth import hashers
from django.core.cache import cache, caches
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from archive import identity, limits
from archive.models import ApiToken, Scope
from tests import make, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    caches["logins"].clear()
    cache.clear()


@pytest.fixture
def guarded(settings):
    settings.RATE_LIMITS = True


@pytest.fixture
def vega():
    return make.user("vega", password=people.PASSWORD)


@pytest.fixture
def path(vega):
    product = make.product(make.mous(pi=vega), content=b"0123456789")
    return reverse("product-file", args=[product.pk])


def header(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def sent(path, name="vega", password=people.PASSWORD, **facts):
    return Client(headers={"Authorization": header(name, password)}).get(path, **facts)


def status(*said, **facts):
    return sent(*said, **facts).status_code


def code(answer):
    return answer.json()["error"]["code"]


def token(person, *scopes, **facts):
    return ApiToken.objects.create(person, scopes=list(scopes or Scope), **facts)[1]


def test_a_right_password_brings_the_file_and_a_wrong_one_a_challenge(path):
    assert status(path) == 200

    refused = sent(path, password="wrong")
    assert (refused.status_code, code(refused)) == (401, "wrong-password")
    assert refused["WWW-Authenticate"] == 'Basic realm="Altiplano"'


def test_an_unknown_name_and_a_wrong_password_are_told_apart_by_nothing(path, vega):
    closed = make.user("closed", password=people.PASSWORD, is_active=False)

    answers = [sent(path, name, "wrong") for name in ("vega", "nobody", closed.username, "a\0b")]
    answers.append(sent(path, "closed"))
    EmailAddress.objects.filter(user=vega).update(verified=False)
    answers.append(sent(path))

    assert len({(answer.status_code, answer.content, answer["WWW-Authenticate"]) for answer in answers}) == 1


def test_the_password_of_an_account_that_has_proved_no_address_opens_nothing(path, vega, guarded):
    """On the page of log-in it is sent for the letter first; a name could be taken with a stranger's address."""
    EmailAddress.objects.filter(user=vega).update(verified=False)
    assert [status(path) for _ in range(6)] == [401] * 5 + [429]  # a guess like another

    cache.clear()
    EmailAddress.objects.filter(user=vega).update(verified=True)
    assert status(path) == 200
    EmailAddress.objects.all().delete()
    assert status(path) == 401  # also where it is remembered


@pytest.mark.parametrize("name", ["vega", "nobody", "closed", "without"])
def test_every_wrong_attempt_is_worked_out_once_whether_or_not_there_is_the_name(path, name, monkeypatch):
    make.user("closed", password=people.PASSWORD, is_active=False)
    made = make.user("without")
    made.set_unusable_password()
    made.save()
    hasher, times = hashers.MD5PasswordHasher, []
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda self, *said: times.append(name) or encode(self, *said))

    sent(path, name, "wrong")

    assert times == [name]


def test_the_sixth_wrong_password_for_a_name_is_refused_and_so_is_the_right_one_then(path, guarded, settings):
    assert [status(path, "vega", f"wrong {n}", REMOTE_ADDR=f"192.0.2.{n}") for n in range(5)] == [401] * 5

    refused = sent(path, "vega", "wrong again", REMOTE_ADDR="192.0.2.77")
    assert (refused.status_code, code(refused)) == (429, "too-many-requests")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert status(path, "VEGA", REMOTE_ADDR="192.0.2.78") == 429
    assert status(path, REMOTE_ADDR="192.0.2.79") == 429
    assert status(path, "orion", REMOTE_ADDR="192.0.2.80") == 401


def test_the_twenty_first_wrong_password_from_an_address_is_refused(path, guarded):
    assert [status(path, f"name {n}", "wrong") for n in range(21)] == [401] * 20 + [429]
    assert status(path, "another", "wrong", REMOTE_ADDR="192.0.2.1") == 401


def test_right_passwords_are_not_counted(path, guarded):
    for _ in range(8):
        caches["logins"].clear()
        assert status(path) == 200

    assert [status(path, "vega", "wrong") for _ in range(5)] == [401] * 5


def test_a_password_that_was_right_a_moment_ago_is_not_locked_out_by_the_guesses_of_others(path, guarded):
    assert status(path) == 200
    for n in range(9):
        status(path, "vega", f"wrong {n}", REMOTE_ADDR="192.0.2.1")

    assert status(path) == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_five_are_tried(path, guarded, settings):
    settings.RATES = settings.RATES | {"password address": (1000, 60)}
    answers = at_once(lambda number: status(path, "vega", f"wrong {number}"), 30)

    assert sorted(answers) == [401] * 5 + [429] * 25


@pytest.mark.django_db(transaction=True)
def test_parts_of_a_file_that_are_asked_for_at_once_are_all_sent(path, vega, guarded, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # slow, so they do meet
    vega.set_password(people.PASSWORD)
    vega.save()

    assert at_once(lambda number: status(path, headers={"Range": f"bytes={number % 9}-"}), 30) == [206] * 30


def at_once(ask, number):
    start = threading.Barrier(10)

    def one(n):
        try:
            if n < 10:
                start.wait(60)
            return ask(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(one, range(number)))


def test_a_token_is_taken_in_place_of_the_password_with_its_own_scopes(path, vega, guarded):
    good, weak = token(vega, "download"), token(vega, "search")

    assert [status(path, password=good) for _ in range(30)] == [200] * 30
    assert code(sent(path, password=weak)) == "token-scope"
    assert status(path, "orion", good) == 401


def test_a_token_that_has_expired_is_told_so_in_place_of_a_password_too(path, vega):
    old = token(vega, expiry=timedelta(days=-1))

    answer = sent(path, password=old)

    assert (answer.status_code, code(answer)) == (401, "expired-token")


def test_with_a_second_factor_the_password_alone_opens_nothing_from_that_moment(path, vega):
    assert status(path) == 200
    Authenticator.objects.create(user=vega, type="totp", data={})

    refused = sent(path)

    assert (refused.status_code, code(refused)) == (401, "second-factor")
    assert "make an API token" in refused.json()["error"]["sentence"]
    assert code(sent(path, password="wrong")) == "wrong-password"
    assert status(path, password=token(vega)) == 200


def test_basic_can_be_switched_off_and_a_token_is_asked_for(path, vega, settings, client):
    settings.HTTP_BASIC = False

    refused = sent(path)

    assert (refused.status_code, code(refused)) == (401, "basic-off")
    for answer in (refused, client.get(path)):
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert people.client(vega, "token").get(path).status_code == 200


def test_basic_says_who_one_is_nowhere_but_at_files(vega):
    assert status(reverse("api-restores")) == 401


@pytest.mark.parametrize("facts", [{"revoked": True}, {"closed": True}, {"never": True}])
def test_tokens_that_are_no_good_are_told_apart_by_nothing(vega, facts):
    secret = token(vega)
    if "revoked" in facts:
        ApiToken.objects.all().delete()
    if "closed" in facts:
        vega.is_active = False
        vega.save()
    secret = "0" * 64 if "never" in facts else secret

    answer = Client(headers={"Authorization": f"Token {secret}"}).get(reverse("api-restores"))

    assert (answer.status_code, code(answer)) == (401, "unknown-token")
    assert answer.json()["error"]["sentence"] == identity.UnknownTokenError.default_detail


def test_the_last_use_is_written_once_a_minute(vega, django_assert_num_queries):
    secret = token(vega)
    first = identity.token_of(secret).pk
    used = ApiToken.objects.get().last_used_at

    with django_assert_num_queries(1):
        identity.token_of(secret)
    assert ApiToken.objects.get().last_used_at == used

    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    assert identity.token_of(secret).pk == first
    assert ApiToken.objects.get().last_used_at >= used


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_to_write_the_last_use(vega):
    secret, locked, done = token(vega), threading.Event(), threading.Event()

    def hold():
        try:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")
                cursor.execute("SELECT 1 FROM archive_apitoken FOR UPDATE")
                locked.set()
                done.wait(60)
                cursor.execute("ROLLBACK")
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '5s'")
    try:
        found = identity.token_of(secret)
    finally:
        done.set()
        holder.join()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")

    assert found.user == vega
    assert ApiToken.objects.get().last_used_at is None


@pytest.mark.django_db(transaction=True)
def test_no_secret_is_written_anywhere(path, vega, guarded, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    secret, wrong = token(vega), "a-wrong-password-of-mine"
    bad = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    answers = [sent(path), sent(path, password=secret), sent(path, password=wrong), sent(path, password=bad)]
    answers += [
        Client(headers={"Authorization": f"Token {one}"}).get(where)
        for one in (secret, bad, wrong)
        for where in (path, reverse("api-restores"), "/api/nothing/")
    ]
    bodies = b"".join(getattr(answer, "content", b"") or b"" for answer in answers).decode()
    headers = str([dict(answer.headers) for answer in answers])
    said = caplog.text + "".join(capfd.readouterr()) + bodies + headers + rows()

    assert vega.username in said
    for one in (people.PASSWORD, secret, wrong, bad, header("vega", people.PASSWORD).split()[1]):
        assert one not in said


def rows():
    """Everything that stands in the database."""
    tables = {model._meta.db_table for model in apps.get_models()} | {"altiplano_cache"}
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        found = []
        for table in sorted(tables & there):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_search_for_secrets_sees_what_stands_in_the_database(guarded):
    make.user("a-name-that-is-seen")
    limits.take("password name", "nobody")

    assert "a-name-that-is-seen" in rows()
    assert "password name:" in rows()
