"""The door: what nobody has declared is closed, for pages and programs, whatever the view would have said."""

import pytest
from django.http import HttpResponse
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.response import Response

from altiplano import policies
from altiplano.urls import handler404, urlpatterns
from archive.models import Scope
from archive.policy import Rule, Who
from archive.staff import Role
from tests import make, people

__all__ = ["handler404"]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
CALLED = []


def page(request):
    CALLED.append(request.path)
    return HttpResponse("inside")


@api_view(["GET", "POST"])
def answer(request):
    CALLED.append(request.path)
    return Response("inside")


urlpatterns = [
    *urlpatterns,
    path("new/", page, name="new"),
    path("unnamed/", page),
    path("api/page/", page, name="api-page"),
    path("api/new/", answer, name="api-new"),
]


@pytest.fixture(autouse=True)
def _nobody_was_inside():
    CALLED.clear()


@pytest.fixture
def declare(monkeypatch):
    return lambda name, **rules: monkeypatch.setitem(policies.POLICIES, name, rules)


@pytest.mark.parametrize("address", ["/new/", "/unnamed/", "/api/new/", "/api/page/"])
@pytest.mark.parametrize("person", ["nobody", "superuser"])
def test_a_route_without_a_policy_is_closed_to_everybody(address, person):
    caller = people.client(None if person == "nobody" else make.user("root", is_staff=True, is_superuser=True))

    refused = caller.get(address)

    assert refused.status_code == 403
    assert CALLED == []
    if address.startswith("/api/"):
        assert refused.json()["error"]["code"] == "no-policy"
    else:
        assert "nobody has declared who may use it" in refused.content.decode()


def test_what_is_closed_by_oversight_stands_in_the_log(client, caplog):
    client.get("/new/")

    assert "No policy is declared for the route new" in caplog.text


@pytest.mark.parametrize("address", ["/new/", "/api/new/"])
def test_a_method_that_is_not_declared_is_closed_even_where_the_view_has_it(client, declare, address):
    declare("new", GET=Rule(Who.ANYONE))
    declare("api-new", GET=Rule(Who.ANYONE))

    refused = client.post(address)

    assert (refused.status_code, refused["Allow"], CALLED) == (405, "GET, HEAD", [])
    assert client.get(address).status_code == 200


def test_who_must_log_in_is_led_there_or_told_so(client, declare):
    for name in ("new", "api-new", "api-page"):
        declare(name, GET=Rule(Who.ACCOUNT))

    assert client.get("/new/?a=1")["Location"] == "/login/?next=/new/%3Fa%3D1"
    for address in ("/api/new/", "/api/page/"):
        refused = client.get(address)
        assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Token")
        assert set(refused.json()["error"]) == {"code", "sentence", "remedy"}
    assert CALLED == []


@pytest.mark.parametrize("address", ["/new/", "/api/new/"])
def test_staff_means_one_of_the_roles(declare, address):
    for name in ("new", "api-new"):
        declare(name, GET=Rule(Who.STAFF, roles=(Role.OPERATOR,)))

    assert people.client(make.user("stranger")).get(address).status_code == 403
    assert people.client(make.staff("scientist", Role.ARCHIVE_SCIENTIST)).get(address).status_code == 403
    assert people.client(make.user("flagged", is_staff=True)).get(address).status_code == 403
    assert CALLED == []
    assert people.client(make.staff("operator", Role.OPERATOR)).get(address).status_code == 200


def with_token(*scopes):
    from_token = people.token(make.user("vega"), scopes)
    return people.Client(headers={"Authorization": from_token})


def test_a_token_is_good_for_its_scopes_alone_also_where_nobody_needs_one(declare):
    declare("api-new", GET=Rule(Who.ANYONE, Scope.SEARCH))

    refused = with_token("download").get("/api/new/").json()["error"]

    assert refused["code"] == "token-scope"
    assert refused["sentence"] == "This token lacks the scope search."
    assert "Make one that has it" in refused["remedy"]
    assert with_token("search").get("/api/new/").status_code == 200


def test_without_a_scope_no_token_is_enough(declare):
    declare("api-new", GET=Rule(Who.ACCOUNT))

    assert with_token(*Scope.values).get("/api/new/").json()["error"]["code"] == "session-only"
    assert people.client(make.user("vega")).get("/api/new/").status_code == 200


def test_what_depends_on_the_caller_is_kept_out_of_shared_caches(client, declare):
    declare("new", GET=Rule(Who.ANYONE, guarded=True))

    assert client.get("/new/")["Cache-Control"] == "private"
