"""Tokens are made, listed and ended by the people they stand for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from altiplano import tokens
from archive.models import ApiToken, Scope
from tests import make, people

pytestmark = pytest.mark.django_db
PAGE = "/tokens/"
PROPOSED = {"name": "laptop", "scopes": ["search", "download"], "lifetime": "90"}


@pytest.fixture
def vega():
    return people.client(make.user("vega"))


def text(answer):
    return answer.content.decode()


def answer_to(token, route="api-restores"):
    return Client(headers={"Authorization": f"Token {token}"}).get(reverse(route))


def made(page, **changes):
    return page.post(PAGE, PROPOSED | changes).context["made"]


def test_a_token_is_shown_once_and_works_until_it_is_revoked(vega):
    answer = vega.post(PAGE, PROPOSED | {"scopes": ["request"]})
    token = answer.context["made"]

    assert token in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert token not in text(vega.get(PAGE))
    assert token[:8] in text(vega.get(PAGE))
    assert answer_to(token).status_code == 200

    done = vega.post(reverse("revoke-token", args=[ApiToken.objects.get().token_key]), follow=True)
    assert "You have none" in text(done)
    assert answer_to(token).status_code == 401


def test_a_log_in_of_long_ago_makes_no_token_before_the_password_is_given_again():
    person = make.user("vega", password=people.PASSWORD)
    browser = people.client(person)
    stale(browser)

    asked = browser.post(PAGE, PROPOSED)

    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next=%2Ftokens%2F"
    assert not ApiToken.objects.exists()
    assert "No token was made yet" in text(browser.get(asked["Location"]))
    assert browser.post(asked["Location"], {"password": people.PASSWORD})["Location"] == PAGE
    assert made(browser)


def stale(browser):
    """A log-in of an hour ago."""
    session = browser.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 3600
    session.save()


def test_who_has_nothing_to_say_again_logs_in_through_her_provider_alone(vega):
    person = make.user("vega")
    person.set_unusable_password()
    person.save()
    vega.force_login(person)

    assert made(vega)


def test_a_token_may_do_what_was_ticked_and_no_more(vega):
    token = made(vega, scopes=["search", "download"])

    assert ApiToken.objects.get().scopes == ["search", "download"]
    assert answer_to(token).status_code == 403
    assert answer_to(made(vega, scopes=list(Scope))).status_code == 200


def test_the_page_proposes_to_look_and_download_for_a_season(vega):
    page = text(vega.get(PAGE))

    checked = [line for line in page.splitlines() if "checkbox" in line and "checked" in line]
    assert [("(<code>search</code>)" in line, "(<code>download</code>)" in line) for line in checked] == [
        (True, False),
        (False, True),
    ]
    assert '<option value="90" selected>' in page


@pytest.mark.parametrize(("lifetime", "days"), [("30", 30), ("365", 365), ("", None)])
def test_a_token_lasts_as_long_as_was_chosen(vega, lifetime, days):
    made(vega, lifetime=lifetime)

    kept = ApiToken.objects.get()
    assert (kept.expiry and round((kept.expiry - kept.created) / timedelta(days=1))) == days
    assert ("never</td>" in text(vega.get(PAGE)).split("laptop")[1].split("</tr>")[0].split("<td>")[4]) == (not days)


def test_a_token_that_has_expired_is_told_so_and_marked(vega):
    token = made(vega, scopes=["request"])
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))

    answer = answer_to(token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "expired-token")
    assert "has expired" in answer.json()["error"]["sentence"]
    assert "expired 20" in text(vega.get(PAGE))


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"name": "x" * 65}, {"scopes": []}, {"scopes": ["everything"]}, {"lifetime": "7"}]
)
def test_what_cannot_be_is_said_beside_the_field(vega, wrong):
    answer = vega.post(PAGE, PROPOSED | wrong)

    assert answer.status_code == 400
    assert 'class="wrong" role="alert"' in text(answer)
    assert not ApiToken.objects.exists()


def test_the_page_tells_the_last_use(vega):
    token = made(vega, scopes=["request"])
    assert ">never</td>" in text(vega.get(PAGE))

    answer_to(token)

    assert f"{timezone.now():%Y-%m}" in text(vega.get(PAGE)).split("<td>")[-2]


def test_tokens_of_others_are_neither_seen_nor_ended(vega):
    theirs, token = ApiToken.objects.create(make.user("orion"), scopes=list(Scope))

    assert theirs.token_key[:8] not in text(vega.get(PAGE))
    assert vega.post(reverse("revoke-token", args=[theirs.token_key])).status_code == 404
    assert answer_to(token).status_code == 200


def test_a_token_makes_no_tokens(vega):
    token = made(vega, scopes=list(Scope))

    program = Client(headers={"Authorization": f"Token {token}"})

    assert program.post(PAGE, PROPOSED).status_code in {302, 401, 403}
    assert ApiToken.objects.count() == 1


def test_a_link_or_a_foreign_page_makes_and_ends_nothing(vega):
    kept, _ = ApiToken.objects.create(make.user("vega"), scopes=list(Scope))
    assert vega.get(reverse("revoke-token", args=[kept.token_key])).status_code == 405
    vega.handler.enforce_csrf_checks = True

    assert vega.post(PAGE, PROPOSED).status_code == 403
    assert vega.post(reverse("revoke-token", args=[kept.token_key])).status_code == 403
    assert list(ApiToken.objects.all()) == [kept]


def test_who_is_not_logged_in_gets_no_token(client):
    assert client.post(PAGE, PROPOSED)["Location"].startswith("/login/")
    assert not ApiToken.objects.exists()


def test_there_is_an_end_to_tokens(vega, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)

    assert [vega.post(PAGE, PROPOSED).status_code for _ in range(3)] == [200, 200, 409]


@pytest.mark.django_db(transaction=True)
def test_there_is_an_end_to_tokens_also_when_they_are_made_at_once(monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)
    person = make.user("vega")

    def one(_):
        try:
            return bool(tokens.issue(person, name="x", scopes=["search"], lasts=None))
        except tokens.TooManyTokensError:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(16))) == [False] * 14 + [True] * 2


def test_the_page_is_one_link_away_for_those_who_are_logged_in(vega, client):
    assert f'href="{PAGE}"' in text(vega.get("/"))
    assert f'href="{PAGE}"' not in text(client.get("/"))
