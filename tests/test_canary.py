"""Unusual words stand in every text of a proprietary and of a confidential project: who comes upon which of them?

Everybody follows every link, opens every route, sends every form, and provokes every error; letters and log lines are
read as well.  A word may only be met by those whom tests/canary/nests.py names.
"""

import html
import logging
import re
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import override_settings
from django.urls import NoReverseMatch

from archive import letters, problems
from archive import notices as decided
from restores import notices
from tests.canary.nests import STAFF, nest
from tests.matrix.asking import address_of, ask, text_of, unchanged
from tests.matrix.expected import Case
from tests.matrix.rows import ROWS
from tests.matrix.walk import routes
from tests.matrix.world import PEOPLE, standing_still, undone

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("canary"), pytest.mark.slow]
ROUTES = routes()
STATES = {"proprietary": "a1", "confidential": "c3"}
LINK = re.compile(r"""(?:href|src|action)="([^"]+)"|"((?:http://testserver)?/[^"\s]*)\"""")
ELSEWHERE = re.compile(r"/static/|/admin/.*/(history|delete|add)/")  # the last three are asked for by the next test
UNKNOWN = (
    "/nothing/", "/projects/1999.1.00001.S/", "/mous/uid___A001_X0_X0/", "/api/nothing/", "/api/mous/x/",
    "/projects/2019.1.c/", "/api/projects/2019.1.c/", "/?q=2019.1.c",
    "/api/products/", "/api/products/?mous=x", "/requests/00000000-0000-0000-0000-000000000000/", "/?q=2019.1",
    "/?q=zq", "/api/products/00000000-0000-0000-0000-000000000000/file", "/healthz", "/readyz",
)  # fmt: skip

# Searches that name nothing of the nests, but find them; of the links that they lead to, one criterion is enough.
FILES = tuple(f"/api/search/export/?format={name}&" for name in ("csv", "votable", "jsonl"))
SEARCHED = [
    f"{address}{criterion}"
    for address in (
        "/search/?",
        "/search/?view=flat&",
        "/search/counts/?",
        "/api/search/?",
        "/api/search/facets/?",
        *FILES,
    )
    for criterion in ("", "project=2019.1.*", "similar=zqrowqz", "target=zq*", "pi=zq", "keyword=zq", "category=zq")
]
NARROWED = re.compile(r"/(api/)?search/.*&")


@pytest.fixture(scope="module")
def nests(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), standing_still(STATES) as world:
        yield world, [nest(world, state, mark) for state, mark in STATES.items()]


CRAWLERS = [*PEOPLE, *(f"{who} {mark}" for who in ("PI", "guest") for mark in STATES.values())]


def leaks(text, person, nests, *, said=""):
    """Labels of words that `person` reads in `text`, may not, and has not just said herself."""
    return [
        f"{each.place.state}: {label}"
        for each in nests
        for label, readers in each.readers(CRAWLERS).items()
        if each.word(label) in text and person not in readers and each.word(label) not in said
    ]


@contextmanager
def overheard():
    """What is logged, at INFO and above."""
    lines, root = [], logging.getLogger()
    ear = logging.Handler(logging.INFO)
    ear.emit = lambda record: lines.append(f"{record.getMessage()} {record.exc_text or ''} {record.exc_info or ''}")
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(ear)
    root.setLevel(before)


def heard(lines, nests, said):
    """The log is read by people who have no right to any project: what a stranger may know may stand in it."""
    return [f"log: {found}" for line in lines for found in leaks(line, "stranger", nests, said=said)]


@pytest.mark.parametrize("person", CRAWLERS)
def test_nobody_reads_a_word_that_is_not_for_her_on_any_page(nests, person):
    world, places = nests
    todo, seen, found = [*UNKNOWN, *SEARCHED, *addresses(places)], set(), []
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        seen.add(address)
        with overheard() as lines:
            text = text_of(world.clients[person, None].get(address))
        said = unquote(address)
        found += [f"{address}: {leak}" for leak in leaks(text, person, places, said=said) + heard(lines, places, said)]
        todo += links(text)

    assert not found, "\n".join([f"{len(seen)} pages", *found[:60]])
    assert len(seen) > 50


def addresses(places):
    """Every route that can be read, for every object of the nests."""
    return [
        address_of(ROUTES[name], row, each.place)
        for name, rows in ROWS.items()
        for row in rows
        for each in places
        if "GET" in row.tables and not needs_more(ROUTES[name], row, each.place)
    ]


def needs_more(route, row, place):
    """Whether the address is complete only with something that is made for it: those are for the next test."""
    try:
        address_of(route, row, place)
    except NoReverseMatch:
        return True
    return False


def links(text):
    """Addresses here; lists of the admin in one order only."""
    for match in LINK.finditer(text):
        parts = urlsplit(html.unescape(match[1] or match[2]))
        if parts.netloc not in {"", "testserver"} or not parts.path.startswith("/") or ELSEWHERE.match(parts.path):
            continue
        query = "" if parts.path.startswith("/admin/") or "next=" in parts.query else parts.query
        address = f"{parts.path}?{query}" if query else parts.path
        if not NARROWED.match(address):  # all that can be narrowed down would be thousands
            yield address


# Whose answers could differ: one of each kind that has nothing, little or much.
ASKERS = ("anonymous", "stranger", "revoked delegee", "one-MOUS delegee", "operator", "scientist", "superuser", "PI a1",
          "guest c3")  # fmt: skip


@pytest.mark.parametrize("person", ASKERS)
def test_nobody_reads_one_in_the_answer_to_any_request(nests, person):
    """Also to those that are refused, by a method that is not there, and with a body that says nothing."""
    world, places = nests
    found = [
        f"{method} {name}: {leak}"
        for name, rows in ROWS.items()
        if person in STAFF or not name.startswith("admin:")
        for row in rows
        for each in places
        for method in unread(ROUTES[name], row, each.place)
        for leak in asked(world, places, person, name, row, each, method)
    ]

    assert not found, "\n".join(found[:60])


def unread(route, row, place):
    """Methods that following links does not try."""
    known = {"GET"} if not needs_more(route, row, place) else set()
    return [*(row.tables.keys() - known), *([] if route.name.startswith("admin:") else ["PATCH"])]


def asked(world, places, person, name, row, each, method):
    client, place = world.clients[person, None], each.place
    with undone(), unchanged(client), overheard() as lines:
        added = row.prepare(Case(world, place, person))
        said = unquote(address_of(ROUTES[name], row, place, added)) + str(row.body(place))
        if name == "invitation":
            said += offered(each, world.people.get(person))
        text = text_of(ask(client, ROUTES[name], row, place, added, method))
    return leaks(text, person, places, said=said) + heard(lines, places, said)


def offered(each, person):
    """Who has the link has it from a letter to this address; who has proved that it is hers learns what is offered."""
    hers = EmailAddress.objects.filter(user=person, email=each.place.invitation.address, verified=True)
    labels = ("address", "code", "title", "pi") if hers.exists() else ("address",)
    return " ".join(each.word(label) for label in labels)


def test_letters_say_only_what_their_readers_may_read(nests):
    world, places = nests
    with undone(), override_settings(ADMINS=[("ops", "ops@example.org")]), overheard() as lines:
        for each in places:
            for request in each.place.requests.values():
                notices.tell(ended(request))
                notices.tell_staff(request)
            letters.invite(each.place.invitation, "a-secret")
        decided.send_waiting()
        problems.send_waiting()
    people = {person.email: name for name, person in world.people.items()} | {"ops@example.org": "operator"}
    guests = {each.place.invitation.address: each.pi for each in places}  # the letter tells its reader her own address
    found = [
        f"{letter.subject} to {to}: {leak}"
        for letter in mail.outbox
        for to in letter.to
        for leak in leaks(letter.subject + letter.body, (people | guests)[to], places, said=to)
    ]

    assert len(mail.outbox) > len(places) * 5
    assert not found + heard(lines, places, ""), "\n".join(found)


def ended(request):
    type(request).objects.filter(pk=request.pk).update(phase="ABORTED", ended_at=request.created_at)
    request.refresh_from_db()
    return request


def test_a_word_in_the_wrong_place_is_seen(nests):
    _, places = nests

    assert leaks(places[1].word("title"), "superuser", places) == ["confidential: title"]
    assert leaks(places[0].word("bytes"), "operator", places) == ["proprietary: bytes"]
    assert leaks(places[0].word("bytes"), "reducer", places) == []
