"""Every route, by every method, as everybody, in every state of the data: who gets what is as tests/matrix says.

The routes come from the URL resolver.  One that has no row there, and one that has no policy, fails by its name.
"""

import json
from contextlib import contextmanager
from copy import copy

import pytest
from django.urls import reverse

from altiplano import policies
from archive.policy import Declared
from tests.matrix.expected import LOG_IN, MOVED, Case
from tests.matrix.rows import ROWS
from tests.matrix.walk import METHODS, routes
from tests.matrix.world import WAYS, standing_still, undone

ROUTES = routes()
SAFE = {"GET", "HEAD", "OPTIONS"}
A_FEW = ("anonymous", "superuser")
pytestmark = pytest.mark.django_db


def half(name):
    """One world for many cases: those of the admin may have another, in another process."""
    return pytest.mark.xdist_group("matrix of the admin" if name.startswith("admin:") else "matrix")


CASES = [
    pytest.param(name, method, marks=half(name), id=f"{name}-{method}")
    for name in sorted(ROUTES)
    if name in ROWS
    for method in METHODS
]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), standing_still() as made:
        yield made


def test_every_route_has_a_policy_and_every_policy_a_route():
    without = [name for name in ROUTES if name not in policies.POLICIES and not name.startswith("admin:")]

    assert without == [], "add a row for each to altiplano/policies.py"
    assert sorted(set(policies.POLICIES) - set(ROUTES)) == [], "altiplano/policies.py names routes that are gone"


def test_every_route_has_a_row_in_the_matrix_and_every_row_a_route():
    assert sorted(set(ROUTES) - set(ROWS)) == [], "add a row for each to tests/matrix/rows.py"
    assert sorted(set(ROWS) - set(ROUTES)) == [], "tests/matrix/rows.py names routes that are gone"


def test_no_api_view_has_a_permission_of_its_own():
    """The table is the only place that says who may come."""
    own = [name for name, route in ROUTES.items() if route.is_api and route.view.cls.permission_classes != [Declared]]

    assert own == []


@pytest.mark.parametrize(("name", "method"), CASES)
def test_who_gets_what(world, name, method):
    asked = [case for row in ROWS[name] for case in cases(world, ROUTES[name], row, method)]
    wrong = [sentence for case in asked if (sentence := difference(world, ROUTES[name], method, *case))]

    assert not wrong, "\n".join([f"{len(wrong)} of {len(asked)} requests of {method} {name}:", *wrong[:50]])


def cases(world, route, row, method):
    """All (row, state, person, scopes, outcome) that a row has for a method."""
    table = table_of(row, method, route)
    if table is None and any(table_of(each, method, route) for each in ROWS[route.name]):
        return
    states = [*row.states]
    for state in states if table and (method in {"GET", "POST", "DELETE"} or writes_head(route)) else states[:1]:
        for person in people_for(row, table, route, method):
            for scopes in ways(route, person, every=state == states[0]):
                yield row, state, person, scopes, outcome(table, row, state, person, scopes)


def people_for(row, table, route, method):
    """All, but where what is asked of one has nothing to do with who she is: HEAD is a GET, the rest is refused."""
    return A_FEW if table is None or (method in {"HEAD", "OPTIONS"} and not writes_head(route)) else row.people


def writes_head(route):
    """Whether HEAD has code of its own."""
    return route.is_api and "head" in vars(route.view.cls)


def table_of(row, method, route):
    if method == "HEAD":
        return row.tables.get("HEAD", row.tables.get("GET"))
    if method == "OPTIONS":
        return row.tables.get("GET") if route.is_api else None
    return row.tables.get(method)


def ways(route, person, *, every):
    """By session, and where a token may say who calls, by one with all scopes; in one state also with each alone."""
    if person == "anonymous" or not route.is_api:
        return [None]
    return WAYS if every else WAYS[:2]


def outcome(table, row, state, person, scopes):
    if table is None:
        return 405
    if scopes is not None and row.scope not in scopes:
        return 403
    lines = next(lines for states, lines in table if state in states)
    return next(what for people, what in lines if person in people)


def difference(world, route, method, row, state, person, scopes, wanted):
    """A sentence where the answer is another than expected."""
    place, client = world.places[state], world.clients[person, scopes]
    with undone(), unchanged(client):
        added = row.prepare(Case(world, place, person))
        got = classified(ask(client, route, row, place, added, method))
    if got == wanted or got == without_object(route, method, wanted):
        return None
    with_token = f" with a token for {', '.join(scopes)}" if scopes is not None else ""
    return f"{person}{with_token}, {state}: {got}, not {wanted}"


def without_object(route, method, wanted):
    """OPTIONS describes the address, and some views have no HEAD: both the same for every object, and for none."""
    if wanted in {401, 403, 405}:
        return wanted
    return {"OPTIONS": 200, "HEAD": None if route.has_head else 405}.get(method)


@contextmanager
def unchanged(client):
    """Who logs out, or is logged out, is logged in again."""
    kept = copy(client.cookies)
    yield
    client.cookies = kept


def ask(client, route, row, place, added, method):
    address = (row.path or reverse(route.name, args=[*row.address(place), *added])) + row.query(place)
    if method in SAFE:
        return client.generic(method, address)
    form = {} if route.is_api or method != "POST" else {"data": row.body(place)}
    if form:
        return client.post(address, **form)
    return client.generic(method, address, json.dumps(row.body(place)), content_type="application/json")


def classified(answer):
    """What came of it, in the words of the tables; a stream is read to its end."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    if answer.status_code not in {301, 302}:
        return answer.status_code
    return LOG_IN if answer["Location"].startswith(reverse("login")) else MOVED
