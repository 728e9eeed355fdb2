"""What comes back to a PUT and to a GET of some bytes, and what becomes of the connection then."""

import os
import socket
import threading
import time

import pytest

from archive.errors import TransientError
from products import lines
from tests.scripted import TAKEN, Last

BODY = b"the bytes"


def put(line, body=BODY):
    return line.put("/bucket/key", {"host": "here"}, body)


def test_what_is_taken_is_known_by_its_etag_and_the_connection_is_used_again(served):
    server = served()
    line = server.lines

    assert [put(line), put(line, bytearray(BODY)), put(line, b"")] == ['"1"', '"2"', '"3"']
    assert [body for _, body in server.requests] == [BODY, BODY, b""]
    assert server.requests[0][0].startswith(b"PUT /bucket/key HTTP/1.1\r\nhost: here\r\n")
    assert server.connections == 1


def test_what_is_large_or_lies_in_a_file_arrives_whole(served, tmp_path):
    server = served()
    large = os.urandom(lines.TOGETHER_BYTES + 1)
    (tmp_path / "part").write_bytes(large)

    with (tmp_path / "part").open("rb") as file:
        assert [put(server.lines, large), put(server.lines, file)] == ['"1"', '"2"']
    assert [body for _, body in server.requests] == [large, large]


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 412 Precondition Failed\r\nETag: x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 Slow Down\r\nContent-Length: 5\r\n\r\nlater",
        b"HTTP/1.1 100 Continue\r\n\r\n" + TAKEN,
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000\r\nETag: x\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-something\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000,
        None,
    ],
)
def test_whatever_else_comes_is_not_taken_and_nothing_after_it_is_mistaken_for_an_answer(served, said):
    server = served(lambda number: said if number == 1 else TAKEN % number)
    line = server.lines

    assert [put(line), put(line)] == ["", '"2"']
    assert server.connections == 2


@pytest.mark.parametrize("said", [
    b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    b'HTTP/1.1 200 OK\r\netag:"1"\r\nContent-Length: 4\r\n\r\nmore',
    b'HTTP/1.1 200 OK\r\netag:"1"\r\nContent-Length: 4\r\n\r\n',
    b'HTTP/1.1 200 OK\r\neTag: "1"\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    TAKEN % 1 + TAKEN % 7,
])  # fmt: skip
def test_an_answer_that_goes_on_is_taken_and_ends_the_connection(served, said):
    server = served(lambda number: said if number == 1 else TAKEN % number)
    line = server.lines

    assert [put(line), put(line)] == ['"1"', '"2"']
    assert server.connections == 2


def test_an_interruption_never_leaves_an_answer_for_the_next_request(served, monkeypatch):
    server = served()
    line, heard = server.lines, lines._answer
    put(line)

    def interrupted(sock):
        monkeypatch.setattr(lines, "_answer", heard)
        assert sock.recv(1, socket.MSG_PEEK)  # the answer is there, unread
        raise KeyboardInterrupt

    monkeypatch.setattr(lines, "_answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put(line)

    assert put(line) == '"3"'


def test_a_connection_that_was_idle_for_long_is_not_trusted(served, monkeypatch):
    server = served()
    line = server.lines
    put(line)
    monkeypatch.setattr(lines, "IDLE_SECONDS", -1)

    assert put(line) == '"2"'
    assert server.connections == 2


def test_requests_at_the_same_time_have_connections_of_their_own(served):
    both = threading.Barrier(2, timeout=10)

    def together(number):
        if number <= 2:
            both.wait()
        return TAKEN % number

    server = served(together)
    line, found = server.lines, []
    threads = [threading.Thread(target=lambda: found.append(put(line))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert all(found)
    assert put(line)
    assert server.connections == 2


def test_a_forked_process_does_not_talk_over_the_connection_of_its_parent(served):
    server = served()
    line = server.lines
    put(line)

    child = os.fork()
    if not child:
        os._exit(0 if put(line) else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert put(line)
    assert server.connections == 2


def test_a_server_that_hangs_is_not_waited_for_longer_than_is_said_and_not_heard_later(served):
    ended = threading.Event()

    def hang(number):
        if number == 1:
            ended.wait(10)
        return TAKEN % number

    server = served(hang)
    line = server.lines

    assert put(line) == ""
    ended.set()
    assert put(line) == '"2"'


def test_where_nobody_answers_nothing_is_taken(served):
    server = served()
    line = server.lines
    server.close()

    assert put(line) == ""


# GET

PART = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\nContent-Range: bytes 5-13/20\r\n\r\nthe bytes"


def got(line):
    pieces = line.get("/bucket/key", {"host": "here"}, 5, 14)
    return None if pieces is None else b"".join(pieces)


def test_the_bytes_of_an_object_come_one_after_another_on_one_connection(served):
    server = served(lambda number: PART)
    line = server.lines

    assert [got(line), got(line)] == [BODY, BODY]
    assert server.requests[0] == (b"GET /bucket/key HTTP/1.1\r\nhost: here\r\n", b"")
    assert server.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\n\r\nthe bytes",
        PART.replace(b"206", b"200"),
        PART.replace(b"5-13", b"4-12"),
        PART.replace(b"5-13", b"5-12").replace(b": 9", b": 8"),
        PART.replace(b": 9", b": 8"),
        PART.replace(b"Content-Length: 9", b"Transfer-Encoding: chunked"),
        PART.replace(b"\r\nContent-Range", b"\r\nContent-Encoding: gzip\r\nContent-Range"),
        PART.partition(b"\r\n\r\n")[0],
        None,
    ],
)
def test_other_bytes_than_were_asked_for_are_not_read(served, said):
    server = served(lambda number: said if number == 1 else PART)
    line = server.lines

    assert [got(line), got(line)] == [None, BODY]
    assert server.connections == 2


@pytest.mark.parametrize("broken", [PART[:-3], Last(PART[:-3])], ids=["hangs", "ends"])
def test_bytes_that_break_off_are_an_error_and_end_the_connection(served, broken):
    server = served(lambda number: broken if number == 1 else PART)
    line = server.lines

    with pytest.raises(TransientError):
        got(line)
    assert got(line) == BODY
    assert server.connections == 2


LONG = os.urandom(3 * lines.PIECE_BYTES + 5)
LONG_PART = b"HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\nContent-Range: bytes 0-%d/%d\r\n\r\n" % (
    len(LONG),
    len(LONG) - 1,
    len(LONG),
)


def test_of_what_is_long_all_pieces_but_the_last_are_of_one_size(served):
    server = served(lambda number: LONG_PART + LONG)
    line = server.lines

    for _ in range(2):
        pieces = list(line.get("/bucket/key", {}, 0, len(LONG)))
        assert b"".join(pieces) == LONG
        assert [len(piece) for piece in pieces] == [lines.PIECE_BYTES] * 3 + [5]
    assert put(line) == ""  # the server says the same to everything
    assert server.connections == 1


@pytest.mark.parametrize("broken", [LONG_PART + LONG[:-3], Last(LONG_PART + LONG[:-3])], ids=["hangs", "ends"])
def test_what_is_long_is_an_error_too_where_it_breaks_off(served, broken):
    server = served(lambda number: broken if number == 1 else PART)
    line = server.lines

    begun = time.monotonic()
    with pytest.raises(TransientError):
        list(line.get("/bucket/key", {}, 0, len(LONG)))
    assert time.monotonic() - begun < 3  # of 1 second in which nothing comes
    assert got(line) == BODY
    assert server.connections == 2


@pytest.mark.parametrize(
    "said", [PART + PART, PART + b"x", PART.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")]
)
def test_what_comes_behind_the_bytes_is_no_answer_to_anything(served, said):
    server = served(lambda number: said if number == 1 else PART)
    line = server.lines

    assert [got(line), got(line)] == [BODY, BODY]
    assert server.connections == 2


def test_who_leaves_before_the_end_leaves_nothing_for_the_next(served, monkeypatch):
    monkeypatch.setattr(lines, "PIECE_BYTES", 4)
    server = served(lambda number: PART)
    line = server.lines
    pieces = line.get("/bucket/key", {"host": "here"}, 5, 14)
    assert next(pieces) == BODY[:4]

    pieces.close()

    assert got(line) == BODY
    assert server.connections == 2


def test_no_more_connections_are_kept_than_are_of_use(served, monkeypatch):
    monkeypatch.setattr(lines, "MOST_FREE", 1)
    server = served(lambda number: PART)
    line = server.lines
    for one in [line.get("/bucket/key", {}, 5, 14) for _ in range(3)]:
        assert b"".join(one) == BODY

    assert [got(line), got(line)] == [BODY, BODY]
    assert server.connections == 3
