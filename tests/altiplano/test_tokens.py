"""Tokens are made, listed and ended by the people they stand for."""

import pytest
from django.test import Client
from django.urls import reverse

from altiplano import tokens
from archive.models import ApiToken, Scope
from tests import make, people

pytestmark = pytest.mark.django_db
PAGE = "/tokens/"


@pytest.fixture
def vega():
    return people.client(make.user("vega"))


def text(answer):
    return answer.content.decode()


def status_with(token):
    return Client(headers={"Authorization": f"Token {token}"}).get(reverse("api-restores")).status_code


def test_a_token_is_shown_once_and_works_until_it_is_revoked(vega):
    answer = vega.post(PAGE)
    token = answer.context["made"]

    assert token in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert token not in text(vega.get(PAGE))
    assert token[:8] in text(vega.get(PAGE))
    assert status_with(token) == 200

    done = vega.post(reverse("revoke-token", args=[ApiToken.objects.get().token_key]), follow=True)
    assert "You have none" in text(done)
    assert status_with(token) == 401


def test_tokens_of_others_are_neither_seen_nor_ended(vega):
    theirs, token = ApiToken.objects.create(make.user("orion"), scopes=list(Scope))

    assert theirs.token_key[:8] not in text(vega.get(PAGE))
    assert vega.post(reverse("revoke-token", args=[theirs.token_key])).status_code == 404
    assert status_with(token) == 200


def test_a_link_or_a_foreign_page_makes_and_ends_nothing(vega):
    kept, _ = ApiToken.objects.create(make.user("vega"), scopes=list(Scope))
    assert vega.get(reverse("revoke-token", args=[kept.token_key])).status_code == 405
    vega.handler.enforce_csrf_checks = True

    assert vega.post(PAGE).status_code == 403
    assert vega.post(reverse("revoke-token", args=[kept.token_key])).status_code == 403
    assert list(ApiToken.objects.all()) == [kept]


def test_who_is_not_logged_in_gets_no_token(client):
    assert client.post(PAGE)["Location"].startswith("/login/")
    assert not ApiToken.objects.exists()


def test_there_is_an_end_to_tokens(vega, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 2)

    assert [vega.post(PAGE).status_code for _ in range(3)] == [200, 200, 409]


def test_the_page_is_one_link_away_for_those_who_are_logged_in(vega, client):
    assert f'href="{PAGE}"' in text(vega.get("/"))
    assert f'href="{PAGE}"' not in text(client.get("/"))
