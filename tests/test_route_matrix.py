"""Every route, by every method, as everybody, in every state of the data: who gets what is as tests/matrix says.

The routes come from the URL resolver.  One that has no row there, and one that has no policy, fails by its name.
"""

import pytest
from django.test import Client
from django.urls import reverse

from altiplano import policies
from archive.models import ApiToken
from archive.policy import Declared
from tests import make
from tests.matrix.asking import ask, unchanged
from tests.matrix.expected import HAVE, LOG_IN, MOVED, Case
from tests.matrix.rows import ROWS
from tests.matrix.walk import METHODS, routes
from tests.matrix.world import PEOPLE, WAYS, standing_still, undone

ROUTES = routes()
A_FEW = ("anonymous", "superuser")
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def changing(rows):
    return sorted({"POST", "PUT", "PATCH", "DELETE"} & {method for row in rows for method in row.tables})


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
    for state in states if table and (method in {"GET", "POST", "DELETE"} or own_head(route, method)) else states[:1]:
        for person in people_for(row, table, route, method):
            for scopes in ways(route, person, every=state == states[0]):
                yield row, state, person, scopes, outcome(table, row, state, person, scopes)


def people_for(row, table, route, method):
    """All, but where what is asked of one has nothing to do with who she is: HEAD is a GET, the rest is refused."""
    return A_FEW if table is None or (method in {"HEAD", "OPTIONS"} and not own_head(route, method)) else row.people


def own_head(route, method):
    """Whether HEAD has code of its own there."""
    return method == "HEAD" and route.is_api and "head" in vars(route.view.cls)


def table_of(row, method, route):
    if method == "HEAD":
        return row.tables.get("HEAD", row.tables.get("GET"))
    if method == "OPTIONS":
        return row.tables.get("OPTIONS", row.tables.get("GET")) if route.is_api else None
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


def classified(answer):
    """What came of it, in the words of the tables; a stream is read to its end."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    if answer.status_code not in {301, 302}:
        return answer.status_code
    return LOG_IN if answer["Location"].startswith(reverse("login")) else MOVED


def test_images_of_calibrators_are_open_where_that_is_set_and_nothing_else_is(world, settings):
    proprietary, confidential = world.places["proprietary"], world.places["confidential"]
    sisters_source = world.places["proprietary sister"].mous.sources.get(name="J0241-0815")
    sisters_source.intents = ["TARGET"]
    sisters_source.save()
    calibrator, target, also_target = (proprietary.images[name] for name in ("J0423-0120", "NGC1052", "J0241-0815"))
    hidden = confidential.images["J0423-0120"]
    for settings.PUBLIC_CALIBRATOR_IMAGES in (False, True):
        opened = {200} if settings.PUBLIC_CALIBRATOR_IMAGES else {401, 403}

        assert outcomes_without_right(world, calibrator) == opened
        assert outcomes_without_right(world, target) == {401, 403}
        assert outcomes_without_right(world, also_target) == {401, 403}
        assert outcomes_without_right(world, hidden) == {404}
        assert outcomes_without_right(world, proprietary.file) == {401, 403}


def outcomes_without_right(world, product):
    address = reverse("product-file", args=[product.pk])
    return {classified(world.clients[person, None].get(address)) for person in PEOPLE if person not in HAVE}


@pytest.mark.parametrize("scopes", [None, ("download",)])
def test_the_next_part_of_a_file_is_refused_once_access_is_taken_back(world, scopes):
    place, address = world.places["proprietary"], reverse("product-file", args=[world.places["proprietary"].file.pk])
    reader = world.clients["delegee process", scopes]
    first = reader.get(address, headers={"Range": "bytes=0-4"})
    assert (first.status_code, b"".join(first.streaming_content)) == (206, b"bytes")

    ended = world.clients["PI", ("delegate",)].delete(reverse("api-delegation", args=[place.delegation.pk]))

    assert ended.status_code == 204
    for method in (reader.get, reader.head):
        answer = method(address, headers={"Range": "bytes=5-"})
        assert answer.status_code == 403
        assert "Content-Range" not in answer


@pytest.mark.parametrize("name", sorted(name for name, rows in ROWS.items() if changing(rows)))
def test_nothing_is_changed_from_another_site(world, name):
    """A browser that is logged in sends its cookies along; without the token of our form they are no good."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.people["superuser"])
    for row in ROWS[name]:
        for method in changing([row]):
            added = row.prepare(Case(world, world.places["public"], "superuser"))
            answer = ask(browser, ROUTES[name], row, world.places["public"], added, method)
            assert answer.status_code == 403


def test_a_token_that_has_ended_is_no_token(world):
    person = world.people["PI"]
    expired = ApiToken.objects.create(person, scopes=["search"], expiry=make.NOW - make.LONG_AGO)
    ApiToken.objects.filter(pk=expired[0].pk).update(expiry=make.NOW)
    revoked = ApiToken.objects.create(person, scopes=["search"])
    revoked[0].delete()
    for secret in (expired[1], revoked[1], "0" * 64):
        answer = Client().get(reverse("api-schema"), headers={"Authorization": f"Token {secret}"})
        assert answer.status_code == 401
