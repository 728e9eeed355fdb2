"""The server of files before readers who do not behave, with nothing in front of it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse

from altiplano import file_server
from altiplano.demo import daemons
from altiplano.stack import layout
from archive.models import AccessRecord
from tests import make, service

THREADS = 4
MIB = 2**20
BLOCK = bytes(range(256)) * 4096
LARGE = 64 * MIB  # more than a server and its sockets hold for a reader who has stopped reading
PATIENCE_SECONDS = 30
QUICK_SECONDS = 1.5
GET = b"GET /a HTTP/1.1\r\nHost: files\r\n"
HALF = b"GET /a HTTP/1.1\r\nHost: fi"


def began(place, **variables):
    """A server whose pid is known; the test stops it."""
    port = service.free_port()
    log = place / "files.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            daemons.file_server(port, THREADS, variables.pop("application", "tests.echo:application")),
            cwd=layout.REPOSITORY,
            env=os.environ | service.environment() | variables,
            stdout=written,
            stderr=written,
        )
    made = SimpleNamespace(port=port, log=log, process=process)
    until = time.monotonic() + PATIENCE_SECONDS
    while not answers(made):
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    return made


def answers(server):
    with contextlib.suppress(OSError):
        return service.ask(server.port, "GET", "/healthz")[0] == 200
    return False


@contextlib.contextmanager
def serving(place, **variables):
    server = began(place, **variables)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(timeout=PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def server(django_db_setup, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("files")) as made:
        yield made


def said(server, *pieces, until_closed=True):
    """All that it answers, and whether it hangs up."""
    with line(server, *pieces) as sock:
        return rest(sock, PATIENCE_SECONDS if until_closed else QUICK_SECONDS)


def line(server, *pieces):
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_SECONDS)
    for piece in pieces:
        sock.sendall(piece)
    return sock


def rest(sock, seconds):
    got = b""
    sock.settimeout(seconds)
    with contextlib.suppress(TimeoutError, ConnectionError):
        while piece := sock.recv(MIB):
            got += piece
        return got, True
    return got, False


def statuses(got):
    return [int(part[:3]) for part in got.split(b"HTTP/1.1 ")[1:]]


def told(got):
    return json.loads(got.partition(b"\r\n\r\n")[2])


def test_requests_behind_each_other_are_answered_one_by_one(server):
    got, _ = said(server, GET + b"\r\n" + GET + b"Connection: close\r\n\r\n")

    assert statuses(got) == [200, 200]


BODIES = {
    "of a length": b"Content-Length: 5\r\n\r\nabcde",
    "in chunks": b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    "in bad chunks": b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabcde\r\n0\r\n\r\n",
    "of no end": b"Content-Length: 99999999999999999999\r\n\r\n",
    "that is waited for": b"Content-Length: 5\r\n\r\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_what_is_sent_as_a_body_is_neither_read_nor_taken_for_a_request(server, method, body):
    begun = time.monotonic()
    got, closed = said(server, GET.replace(b"GET", method) + body + GET + b"\r\n")

    assert statuses(got) == [200]
    assert told(got)["body"] == ""
    assert closed
    assert time.monotonic() - begun < file_server.keepalive


AMBIGUOUS = {
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "the same length twice": b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
    "a list of lengths": b"Content-Length: 5, 5\r\n\r\nabcde",
    "a length with a sign": b"Content-Length: +5\r\n\r\nabcde",
    "a length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Content-Length : 5\r\n\r\nabcde",
    "two hosts": b"Host: other\r\n\r\n",
    "a line that goes on": b"X: a\r\n b\r\n\r\n",
    "a NUL in a value": b"X: a\0b\r\n\r\n",
    "a lone line feed": b"X: a\nY: b\r\n\r\n",
    "line feeds at the end": b"X: a\n\n",
    "many headers": b"".join(b"X-%d: a\r\n" % number for number in range(200)) + b"\r\n",
    "a long header": b"X: " + b"a" * 20_000 + b"\r\n\r\n",
    "a head of no end": b"X: a\r\n" * 20_000,
}


@pytest.mark.parametrize("head", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused_and_ends_the_connection(server, head):
    got, closed = said(server, GET + head)

    assert [status // 100 for status in statuses(got)] in ([4], [5])
    assert closed


@pytest.mark.parametrize(
    "line", [b"GET /a", b"GET /a HTTP/2.0", b"GET  HTTP/1.1", b"GET /a\0b HTTP/1.1", b"get /a HTTP/1.1"]
)
def test_what_is_no_request_line_is_refused(server, line):
    got, closed = said(server, line + b"\r\nHost: files\r\n\r\n")

    assert (statuses(got), closed) == ([400], True)


def test_who_a_reader_is_and_where_a_file_is_cannot_be_said_in_headers(server):
    heads = b"SCRIPT_NAME: /a\r\nPATH_INFO: /b\r\nX_Forwarded_For: 9.9.9.9\r\nREMOTE_ADDR: 9.9.9.9\r\n"
    schemes = b"X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: on\r\nX-Forwarded-Protocol: ssl\r\nConnection: close\r\n"

    environ = told(said(server, GET + heads + schemes + b"\r\n")[0])

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["REMOTE_ADDR"]) == ("", "/a", "127.0.0.1")
    assert environ["wsgi.url_scheme"] == "http"
    assert "HTTP_X_FORWARDED_FOR" not in environ


def test_paths_come_as_they_were_sent(server):
    for path, there in ((b"//a/../b", "//a/../b"), (b"/%00%ff%2e", "/\0\xff."), (b"http://other/a", "/a")):
        got, _ = said(server, GET.replace(b"/a", path) + b"Connection: close\r\n\r\n")
        assert told(got)["PATH_INFO"] == there


STUCK = {
    "who say nothing": b"",
    "with half a head": HALF,
    "with an empty line": b"\r\n\r\n",
    "with half a head behind a request": GET + b"\r\n" + HALF,
    "who do not hang up": GET + b"Connection: close\r\n\r\n",
    "with half a body": GET + b"Content-Length: 10\r\n\r\nab",
}


@pytest.mark.parametrize("sent", STUCK.values(), ids=STUCK)
def test_readers_hold_no_thread(server, sent):
    with contextlib.ExitStack() as stuck:
        for _ in range(10 * THREADS):
            stuck.enter_context(line(server, sent))
        time.sleep(0.5)

        begun = time.monotonic()
        got, _ = said(server, GET + b"Connection: close\r\n\r\n")

        assert statuses(got) == [200]
        assert time.monotonic() - begun < QUICK_SECONDS


def test_half_a_head_is_waited_for_a_few_seconds_however_slowly_it_comes(server):
    begun = time.monotonic()
    with line(server, HALF) as sock, contextlib.suppress(ConnectionError):
        while time.monotonic() - begun < PATIENCE_SECONDS:
            sock.sendall(b"x")
            time.sleep(0.3)

    assert file_server.keepalive - 1 < time.monotonic() - begun < file_server.keepalive + 5


def test_a_head_in_pieces_is_put_together(server):
    with line(server) as sock:
        for letter in GET + b"Connection: close\r\n\r\n":
            sock.sendall(bytes([letter]))
        assert statuses(rest(sock, PATIENCE_SECONDS)[0]) == [200]


@pytest.mark.django_db(transaction=True)
class TestReaders:
    """Of a file that is larger than what is held on its way."""

    @pytest.fixture
    def large(self):
        return make.product(make.mous(release_at=make.LONG_AGO), "large.tar", content=BLOCK * (LARGE // len(BLOCK)))

    def begun(self, server, product):
        """Who has taken a little, and stops."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        sock.settimeout(PATIENCE_SECONDS)
        sock.connect(("127.0.0.1", server.port))
        path = reverse("product-file", args=[product.pk])
        sock.sendall(GET.replace(b"/a", path.encode()).replace(b"files", b"127.0.0.1") + b"\r\n")
        assert b" 200 " in sock.recv(1024)
        return sock

    def test_who_stops_reading_is_given_up_and_written_down(self, tmp_path, large):
        with (
            serving(tmp_path, application=daemons.APPLICATION, ALTIPLANO_READER_SECONDS="3") as server,
            self.begun(server, large),
        ):
            begun = time.monotonic()
            assert ended().outcome == "left"
            assert 2 < time.monotonic() - begun < PATIENCE_SECONDS
            assert "Traceback" not in server.log.read_text()

    def test_who_reads_slowly_is_not(self, tmp_path, large):
        with (
            serving(tmp_path, application=daemons.APPLICATION, ALTIPLANO_READER_SECONDS="3") as server,
            self.begun(server, large) as sock,
        ):
            for _ in range(24):  # less than what the server's side sends at once, in the time that she has
                assert sock.recv(64 * 1024)
                time.sleep(0.4)
            assert not AccessRecord.objects.filter(what="download ended").exists()

    def test_a_server_that_stops_leaves_its_readers_and_writes_down_what_they_got(self, tmp_path, large):
        with serving(tmp_path, application=daemons.APPLICATION) as server, self.begun(server, large):
            begun = time.monotonic()
            server.process.terminate()

            assert server.process.wait(timeout=PATIENCE_SECONDS) == 0
            assert time.monotonic() - begun < 4  # else the supervisor kills it
            assert ended().outcome == "left"

    def test_nothing_is_left_of_a_server_that_was_killed(self, tmp_path, large):
        server = began(tmp_path, application=daemons.APPLICATION)
        [worker] = children(server.process.pid)
        with self.begun(server, large):
            server.process.kill()
            server.process.wait()

            assert ended().outcome == "left"
            until = time.monotonic() + PATIENCE_SECONDS
            while Path(f"/proc/{worker}").exists():
                assert time.monotonic() < until
                time.sleep(0.1)

    def test_a_server_that_is_told_to_reload_answers_all_the_while(self, tmp_path):
        with serving(tmp_path, application=daemons.APPLICATION) as server:
            [before] = children(server.process.pid)
            server.process.send_signal(signal.SIGHUP)
            until = time.monotonic() + PATIENCE_SECONDS
            while before in children(server.process.pid):
                assert service.ask(server.port, "GET", "/healthz")[0] == 200
                assert time.monotonic() < until
            assert answers(server)

    def test_a_ticket_in_a_bad_request_comes_into_no_log(self, tmp_path):
        with serving(tmp_path, application=daemons.APPLICATION) as server:
            got, _ = said(server, b"GET /a?ticket=secret&b=\xff HTTP/1.1\r\n\r\n")

            assert statuses(got) == [400]
            assert "Invalid request" in server.log.read_text()
            assert "secret" not in server.log.read_text()


def ended():
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := AccessRecord.objects.filter(what="download ended").first()):
        assert time.monotonic() < until, "the end of a download was not written down"
        time.sleep(0.1)
    return found


def children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("text", ["0", "-1", "a", "1.5", "90000"])
def test_seconds_that_cannot_be_are_refused_by_name(text):
    command = daemons.file_server(service.free_port(), THREADS)
    environment = os.environ | {"ALTIPLANO_READER_SECONDS": text}
    asked = subprocess.run(
        command,
        check=False,
        cwd=layout.REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert asked.returncode != 0
    assert "ALTIPLANO_READER_SECONDS is" in asked.stderr
