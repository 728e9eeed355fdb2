"""A name resolver outside: asked only when a reader says so, and never trusted."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from archive import name_resolver
from archive.search import criteria
from archive.search.refusals import CriterionError

SESAME = "# NGC 1052\n#=Simbad\n%C.0 GiG\n%J 040.26999 -08.25576 = 02 41 04.7985 -08 15 20.751\n"
ANSWERS = {
    "/sesame?NGC%201052": (200, SESAME),
    "/sesame?json": (200, '{"ra": 40.26999, "dec": -8.25576}'),
    "/sesame?nothing": (200, "# nothing\n#!Simbad: nothing found\n"),
    "/sesame?beyond": (200, "%J 040.0 -98.2 = x"),
    "/sesame?nan": (200, '{"ra": "nan", "dec": 0}'),
    "/sesame?list": (200, "[1, 2]"),
    "/sesame?broken": (500, "oops"),
}


class _Sesame(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/sesame?slow":
            self.server.patience.wait(5)
        status, text = ANSWERS.get(self.path, (404, ""))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        """Tests need no log of requests."""


@pytest.fixture
def resolver(settings):
    server = HTTPServer(("127.0.0.1", 0), _Sesame)
    server.patience = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.NAME_RESOLVER_URL = f"http://127.0.0.1:{server.server_port}/sesame?"
    settings.NAME_RESOLVER_SECONDS = 0.5
    yield server
    server.patience.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["NGC 1052", "json"])
def test_a_name_has_the_position_that_the_resolver_says(resolver, name):
    place = name_resolver.resolve(name)

    assert (place.ra_deg, place.dec_deg) == (40.26999, -8.25576)


@pytest.mark.parametrize("name", ["nothing", "unknown", "beyond", "nan", "list"])
def test_what_it_does_not_know_or_says_wrongly_is_refused(resolver, name):
    with pytest.raises(name_resolver.ResolverError, match=f"knows no '{name}'"):
        name_resolver.resolve(name)


@pytest.mark.parametrize(("name", "how"), [("slow", "did not answer within 0.5 s"), ("broken", "with status 500")])
def test_a_resolver_that_fails_says_so(resolver, name, how):
    with pytest.raises(name_resolver.ResolverError, match=how):
        name_resolver.resolve(name)


def test_a_search_asks_it_only_where_the_reader_says_name(resolver):
    asked = criteria.parse({"position": ["name:NGC 1052"], "radius": ["5arcsec"]})

    assert asked.cone.ra_deg == 40.26999
    with pytest.raises(CriterionError, match="position: the name resolver knows no 'unknown'"):
        criteria.parse({"position": ["name:unknown"]})
    resolver.server_close()
    assert criteria.parse({"target": ["NGC 1052"], "position": ["40.2 -8.2"]})


def test_without_the_setting_nobody_is_asked():
    with pytest.raises(name_resolver.ResolverError, match="no name resolver is set up"):
        name_resolver.resolve("NGC 1052")
