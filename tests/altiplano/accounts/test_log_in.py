"""Logging in with a password: by name or address, not too often, and without a word about who has an account."""

import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.urls import reverse

from altiplano.stack import layout
from archive import passwords
from tests import make, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vega(settings):
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS
    return make.user("vega", password=people.PASSWORD)


@pytest.fixture
def limits(settings):
    settings.RATE_LIMITS = True
    settings.RATES = settings.RATES | {"password name": (5, 3600), "password address": (20, 3600)}
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/h/key", "confirm_email": "1/h/key"}


def log_in(client, login="vega", password=people.PASSWORD, query="", **headers):
    return client.post(f"/login/{query}", {"login": login, "password": password}, headers=headers)


def who(client):
    return client.get("/").wsgi_request.user


def text(answer):
    return answer.content.decode()


@pytest.mark.parametrize("login", ["vega", "VEGA", "vega@example.org", "Vega@Example.org", " vega "])
def test_a_name_or_an_address_logs_in(client, vega, login):
    assert log_in(client, login)["Location"] == "/"
    assert who(client) == vega


@pytest.mark.parametrize("login", ["vega", "nobody", "vega@example.org", "nobody@example.org"])
def test_a_wrong_password_says_nothing_of_whether_there_is_the_account(client, login):
    answer = log_in(client, login, "wrong")

    kind = "email address" if "@" in login else "username"
    assert f"The {kind} and/or password you specified are not correct." in text(answer)
    assert not who(client).is_authenticated


def test_one_is_led_on_to_where_one_wanted_but_not_to_other_sites(client):
    assert log_in(client, query="?next=/requests/")["Location"] == "/requests/"
    assert log_in(Client(), query="?next=https://evil.example/")["Location"] == "/"
    assert log_in(Client(), query="?next=//evil.example/")["Location"] == "/"


def test_logging_in_gives_the_session_a_new_name(client):
    client.get("/login/")
    client.session["before"] = 1
    client.session.save()
    before = client.session.session_key
    log_in(client)

    assert client.session.session_key != before


def test_a_log_in_form_of_another_site_is_refused():
    assert log_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_logging_out_ends_the_session_and_is_no_link(client):
    log_in(client)
    assert client.get("/logout/").status_code == 405

    assert client.post("/logout/")["Location"] == "/"
    assert not who(client).is_authenticated


def test_a_closed_account_does_not_log_in(client, vega):
    get_user_model().objects.update(is_active=False)

    assert log_in(client)["Location"] == reverse("account_inactive")
    assert not who(client).is_authenticated
    assert "This account is closed" in text(client.get(reverse("account_inactive")))


def test_an_account_whose_address_is_not_proved_does_not_log_in(client, mailoutbox):
    EmailAddress.objects.update(verified=False)

    assert log_in(client)["Location"] == reverse("account_email_verification_sent")
    assert not who(client).is_authenticated
    assert mailoutbox[0].to == ["vega@example.org"]


def too_often(answer):
    return (
        answer.status_code == 429
        and int(answer.headers["Retry-After"]) > 0
        and "Too many wrong passwords" in text(answer)
    )


def test_the_sixth_guess_of_a_password_is_refused_even_if_right(client, limits):
    for login in ("vega", "VEGA", "vega@example.org", "Vega@example.org", "vega"):
        assert log_in(client, login, "wrong").status_code == 200

    assert too_often(log_in(client, "vega"))
    assert too_often(log_in(client, "vega@example.org"))
    assert not who(client).is_authenticated
    assert log_in(Client(), "nobody", "wrong").status_code == 200


def test_guesses_with_a_file_request_are_the_same_count(client, limits):
    for _ in range(3):
        assert log_in(client, "vega", "wrong").status_code == 200
    for _ in range(2):
        assert passwords.owner("vega", "wrong", RequestFactory().get("/")) is None

    assert too_often(log_in(client, "vega"))


def test_the_21st_guess_from_one_address_is_refused(limits):
    for number in range(20):
        assert log_in(Client(), f"nobody{number}", "wrong").status_code == 200

    assert too_often(log_in(Client()))
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert log_in(elsewhere).status_code == 302


def test_right_passwords_are_not_counted(limits):
    for _ in range(30):
        assert log_in(Client()).status_code == 302


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 200)])
def test_the_address_is_what_a_proxy_of_ours_says(settings, limits, proxies, status):
    """Whatever stands before the last hop, the sender wrote herself."""
    settings.TRUSTED_PROXIES = proxies
    for number in range(20):
        log_in(Client(), f"nobody{number}", "wrong", x_forwarded_for=f"198.51.100.{number}, 192.0.2.{number}")

    answer = log_in(Client(), "last", "wrong", x_forwarded_for="198.51.100.99, 192.0.2.99")
    same = log_in(Client(), "last", "wrong", x_forwarded_for="203.0.113.5, 192.0.2.99")

    assert (answer.status_code, same.status_code) == (status, status)


def test_the_hops_before_our_proxy_do_not_multiply_an_address(settings, limits):
    settings.TRUSTED_PROXIES = 1
    for number in range(20):
        log_in(Client(), f"nobody{number}", "wrong", x_forwarded_for=f"198.51.100.{number}, 192.0.2.1")

    assert too_often(log_in(Client(), x_forwarded_for="198.51.100.77, 192.0.2.1"))


def test_staff_log_in_on_the_same_page(client):
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/login/?next=")
    assert log_in(client)["Location"] == "/"
    assert client.get("/admin/login/").status_code == 403  # vega is no staff

    chief = make.user("chief", password=people.PASSWORD, is_staff=True, is_superuser=True)
    log_in(client := Client(), "chief", query="?next=/admin/")
    assert who(client) == chief
    assert client.post("/admin/login/", {"username": "chief", "password": "x"}).status_code != 500


PRODUCTION = {
    "ALTIPLANO_PRODUCTION": "1",
    "ALTIPLANO_SECRET_KEY": "s" * 60,
    "ALTIPLANO_ALLOWED_HOSTS": "archive.example",
    "ALTIPLANO_DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c",
    "ALTIPLANO_S3_ENDPOINT": "https://s3.example",
    "ALTIPLANO_S3_ACCESS_KEY_ID": "a",
    "ALTIPLANO_S3_SECRET_ACCESS_KEY": "b",
}
HARDENED = {
    "SESSION_COOKIE_NAME": "__Host-session",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "CSRF_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "CSRF_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": "/",
    "SESSION_COOKIE_AGE": 604800,
    "SECURE_HSTS_SECONDS": 31536000,
    "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
    "SECURE_SSL_REDIRECT": True,
    "ACCOUNT_DEFAULT_HTTP_PROTOCOL": "https",
    "ACCOUNT_RATE_LIMITS": {"login_failed": "5/m/key", "confirm_email": "1/m/key"},
    "SOCIALACCOUNT_PROVIDERS": {},
}


def test_production_hardens_cookies_and_transport():
    said = f"from django.conf import settings; print({{name: getattr(settings, name) for name in {list(HARDENED)!r}}})"
    environment = PRODUCTION | {"DJANGO_SETTINGS_MODULE": "altiplano.settings", "PATH": "/usr/bin:/bin"}
    told = subprocess.run(
        [sys.executable, "-c", said], cwd=layout.REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == str(HARDENED)


def test_cookies_are_out_of_the_reach_of_scripts_and_other_sites(client):
    log_in(client)

    for name in ("session", "csrf"):
        client.get("/login/")
        client.get("/account/password/change/")
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
    assert client.cookies["session"]["max-age"] == 604800
