"""The rounds of `bench/api_search.py`: questions written down once, asked of the service and of its peer by turns."""

import contextlib
import json
import pickle
import subprocess
import sys
from urllib.parse import urlencode

import psycopg
from django.conf import settings
from django.test import Client

from archive.models import ApiToken
from bench import search_mix, search_tables
from tests import service

PEOPLE = ("pi", "staff")
CURSORS = ("RawCursor", "ClientCursor", "Cursor")  # of psycopg: each is one of the last as well
ROUTES = {"search": "/api/search/", "count": "/api/search/count/", "facets": "/api/search/facets/"}


def run(place, options) -> list[dict]:
    people = search_tables.fill(place, options.rows, told=print)
    tokens = {name: ApiToken.objects.create(people[name], scopes=["search"])[1] for name in PEOPLE}
    asked = list(_asked(options, tokens))
    _write(place / "search.json", [_request("search", *each) for each in asked])
    for name in ("count", "facets"):
        plain = [(query, token) for query, token in asked if "sort" not in query]
        _write(place / f"{name}.json", [_request(name, *each) for each in plain])
    _write(place / "peer.json", [[f"/{number}", ""] for number in range(len(asked))])
    (place / "statements.pickle").write_bytes(pickle.dumps([_statements(query, token) for query, token in asked]))
    peer = {
        "application": "bench.api_peer:application",
        "ALTIPLANO_BENCH_STATEMENTS": str(place / "statements.pickle"),
        "ALTIPLANO_BENCH_DATABASE_OPTIONS": settings.DATABASES["default"]["OPTIONS"]["options"],
    }
    with service.running(place / "service.log") as ours, service.running(place / "peer.log", **peer) as theirs:
        ports = {"search": ours, "peer": theirs, "count": ours, "facets": ours}
        for what in ("search", "peer"):
            _load(place / f"{what}.json", ports[what], options.clients, min(3, options.seconds))  # to warm up
        rounds = [
            {
                what: _load(place / f"{what}.json", port, options.clients, options.seconds)
                for what, port in ports.items()
            }
            for _ in range(options.rounds)
        ]
    return [_together(what, [each[what] for each in rounds]) for what in ports]


def _asked(options, tokens):
    """What is sent, without later pages, and whose token with it."""
    for number, asked in enumerate(search_mix.drawn(options.questions, options.rows)):
        yield asked.given, tokens[PEOPLE[number % len(PEOPLE)]]


def _request(route, query, token):
    return [f"{ROUTES[route]}?{urlencode(query)}", f"Authorization: Token {token}\r\n"]


def _write(path, requests):
    path.write_text(json.dumps(requests))


def _statements(query, token) -> list[tuple]:
    """What the service asks of the database for a question: the kind of cursor, text and values."""
    found, execute = [], psycopg.Cursor.execute

    def noted(cursor, text, values=None, **named):
        kind = next(name for name in CURSORS if isinstance(cursor, getattr(psycopg, name)))
        found.append((kind, text, values))
        return execute(cursor, text, values, **named)

    with _instead(psycopg.Cursor, "execute", noted):
        path, _ = _request("search", query, token)
        response = Client(SERVER_NAME="127.0.0.1", headers={"authorization": f"Token {token}"}).get(path)
    if response.status_code not in {200, 404}:
        raise SystemExit(f"{path} was answered with {response.status_code}: {response.content[:300]!r}")
    return found


@contextlib.contextmanager
def _instead(owner, name, stand_in):
    whole = getattr(owner, name)
    try:
        setattr(owner, name, stand_in)
        yield
    finally:
        setattr(owner, name, whole)


def _load(requests, port, clients, seconds) -> dict:
    asking = [sys.executable, "-m", "bench.api_clients", str(requests), str(port)]
    done = subprocess.run(
        [*asking, str(clients), str(seconds)], cwd=service.layout.REPOSITORY, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def _together(what, rounds) -> dict:
    total = sum(each["answered"] for each in rounds)
    return {
        "what": what,
        "per_second": round(total / sum(each["seconds"] for each in rounds), 1),
        "p50_ms": round(sum(each["p50_ms"] for each in rounds) / len(rounds), 2),
        "p95_ms": round(sum(each["p95_ms"] for each in rounds) / len(rounds), 2),
        "kilobytes": round(sum(each["bytes"] for each in rounds) / max(1, total) / 1e3, 1),
        "refused": sum(each["refused"] for each in rounds),
        "asking_cpu": round(max(each["cpu"] for each in rounds), 2),
    }
