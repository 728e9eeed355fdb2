"""How often one may ask: exactly so often, whoever counts, and whatever a caller writes into her headers."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from altiplano.limit_settings import rate
from archive import limits
from restores import sweep
from tests import make, people

pytestmark = pytest.mark.django_db
PROJECT = f"/api/projects/{make.CODE}/"


@pytest.fixture(autouse=True)
def few(settings):
    settings.RATE_LIMITS = True
    few = dict.fromkeys(settings.RATES, (3, 60))
    settings.RATES = few | {"api known": (5, 60), "file known": (6, 60), "part known": (9, 60)}
    cache.clear()
    make.project()


def statuses(client, path, number, **said):
    return [client.get(path, **said).status_code for _ in range(number)]


def pass_a_minute():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE altiplano_cache SET expires = expires - interval '61 seconds'")


def test_a_stranger_is_refused_with_a_sentence_and_told_when_to_come_back(client):
    assert statuses(client, PROJECT, 3) == [200] * 3

    answer = client.get(PROJECT)

    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    error = answer.json()["error"]
    assert (error["code"], error["sentence"]) == (
        "too-many-requests",
        "Too many requests from you: 3 in 60 s are allowed.",
    )
    assert error["remedy"] == f"Go on in {answer['Retry-After']} s."


def test_after_a_minute_one_may_go_on(client):
    statuses(client, PROJECT, 4)

    pass_a_minute()

    assert statuses(client, PROJECT, 4) == [200] * 3 + [429]


def test_requests_that_are_refused_make_nobody_wait_longer(client):
    statuses(client, PROJECT, 30)

    pass_a_minute()

    assert client.get(PROJECT).status_code == 200


def test_those_we_know_may_ask_more_often_and_each_for_herself(client):
    vega, orion = people.client(make.user("vega"), "token"), people.client(make.user("orion"), "token")

    assert statuses(vega, PROJECT, 6) == [200] * 5 + [429]
    assert statuses(orion, PROJECT, 1) == [200]
    assert statuses(client, PROJECT, 1) == [200]


def test_tokens_and_sessions_of_one_person_are_one_count():
    vega = make.user("vega")
    ways = [people.client(vega, "token"), people.client(vega, "token"), people.client(vega)]

    assert [statuses(way, PROJECT, 2) for way in ways] == [[200, 200], [200, 200], [200, 429]]


@pytest.mark.parametrize(
    ("path", "header"),
    [(reverse("api-restores"), ""), (PROJECT, "Token wrong"), (PROJECT, f"Token {'0' * 64}"), (PROJECT, "Token")],
)
def test_what_is_refused_before_the_view_begins_is_counted_too(client, path, header):
    said = {"headers": {"Authorization": header}} if header else {}

    assert statuses(client, path, 4, **said) == [401] * 3 + [429]


def test_an_unknown_way_to_say_who_one_is_counts_as_saying_nothing(client):
    assert statuses(client, PROJECT, 4, headers={"Authorization": "Bearer x"}) == [200] * 3 + [429]


def test_a_forged_header_escapes_nothing(client):
    forged = [client.get(PROJECT, headers={"X-Forwarded-For": f"203.0.113.{n}"}).status_code for n in range(4)]

    assert forged == [200] * 3 + [429]


def test_behind_a_proxy_of_ours_its_entry_counts_and_those_before_it_do_not(client, settings):
    settings.TRUSTED_PROXIES = 1

    def asked(header):
        return client.get(PROJECT, headers={"X-Forwarded-For": header}).status_code

    assert [asked(f"203.0.113.{n}, 198.51.100.7") for n in range(4)] == [200] * 3 + [429]
    assert asked("198.51.100.8") == 200


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.1", "192.0.2.1"),
        (1, "203.0.113.1, 203.0.113.2", "203.0.113.2"),
        (2, "203.0.113.1, 203.0.113.2", "203.0.113.1"),
        (2, "203.0.113.9, 203.0.113.1, 203.0.113.2", "203.0.113.1"),
        (3, "203.0.113.2", "203.0.113.2"),
        (1, "", "192.0.2.1"),
        (1, "' OR 1=1", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2::1", "2001:db8:1:2::/64"),
        (1, "::ffff:1.2.3.4", "1.2.3.4"),
        (1, "::ffff:9.9.9.9", "9.9.9.9"),
    ],
)
def test_the_address_is_what_the_last_proxies_of_ours_say(rf, settings, proxies, header, address):
    settings.TRUSTED_PROXIES = proxies
    sent = {"HTTP_X_FORWARDED_FOR": header} if header else {}

    assert limits.address(rf.get("/", REMOTE_ADDR="192.0.2.1", **sent)) == address


def test_bytes_of_files_are_counted_apart_and_a_resumed_download_apart_from_that(client, settings):
    product = make.product(make.mous(release_at=make.LONG_AGO), content=b"0123456789")
    path = reverse("product-file", args=[product.pk])

    assert statuses(client, path, 4) == [200] * 3 + [429]
    assert statuses(client, path, 4, headers={"Range": "bytes=5-"}) == [206] * 3 + [429]
    assert statuses(client, PROJECT, 1) == [200]
    vega = people.client(make.user("vega"), "token")
    assert statuses(vega, path, 7) == [200] * 6 + [429]
    assert statuses(vega, path, 10, headers={"Range": "bytes=5-"}) == [206] * 9 + [429]


def test_pages_are_counted_for_strangers_alone(client):
    assert statuses(client, "/", 3) == [200] * 3
    refused = client.get("/")

    assert (refused.status_code, "Retry-After" in refused) == (429, True)
    assert "Too many requests from you" in refused.content.decode()
    assert statuses(people.client(make.user("vega")), "/", 4) == [200] * 4
    assert statuses(client, "/healthz", 4) == [200] * 4


def test_limits_can_be_switched_off(client, settings):
    settings.RATE_LIMITS = False

    assert statuses(client, PROJECT, 5) == [200] * 5


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_the_limit_passes(settings):
    settings.RATES = dict.fromkeys(settings.RATES, (3, 3600))  # on a busy machine the forty may take a minute
    start = threading.Barrier(10)
    limits_of = []

    def ask(number):
        try:
            if number < 10:
                start.wait(60)
            return Client().get(PROJECT).status_code
        finally:
            connections.close_all()

    for _ in range(3):
        cache.clear()
        with ThreadPoolExecutor(10) as pool:
            limits_of.append(sorted(pool.map(ask, range(40))))

    assert limits_of == [[200] * 3 + [429] * 37] * 3


def test_what_is_given_back_counts_no_more_unless_its_time_is_over():
    taken = [limits.take("password name", "vega") for _ in range(3)]
    limits.give_back(taken[0])
    limits.take("password name", "vega")
    with pytest.raises(limits.TooManyRequestsError, match="Too many wrong passwords"):
        limits.take("password name", "vega")

    pass_a_minute()
    for _ in range(3):
        limits.take("password name", "vega")
    limits.give_back(taken[1])
    with pytest.raises(limits.TooManyRequestsError):
        limits.take("password name", "vega")


def test_no_name_or_address_stands_in_the_shared_table():
    limits.take("password name", "vega@example.org")

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM altiplano_cache t")
        assert "vega" not in cursor.fetchone()[0]


@pytest.mark.parametrize("wrong", ["60", "0/min", "-1/min", "60/minute", "many/min", ""])
def test_a_rate_that_cannot_be_read_stops_the_start(monkeypatch, wrong):
    monkeypatch.setenv("ALTIPLANO_API_RATE_KNOWN", wrong)

    with pytest.raises(ImproperlyConfigured, match="ALTIPLANO_API_RATE_KNOWN"):
        rate("ALTIPLANO_API_RATE_KNOWN", "600/min")


def test_the_rates_are_those_that_were_promised():
    assert rate("ALTIPLANO_API_RATE_ANONYMOUS", "60/min") == (60, 60)
    assert rate("ALTIPLANO_NOTHING", "2/h") == (2, 3600)


def test_a_sweep_forgets_the_counts_that_are_over_and_keeps_the_others(client):
    statuses(client, PROJECT, 4)
    pass_a_minute()
    vega = people.client(make.user("vega"), "token")
    statuses(vega, PROJECT, 5)

    sweep.sweep()

    assert statuses(vega, PROJECT, 1) == [429]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM altiplano_cache WHERE expires <= clock_timestamp()")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM altiplano_cache WHERE cache_key LIKE 'api%%'")
        assert cursor.fetchone() == (1,)
