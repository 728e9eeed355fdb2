"""What comes back to a PUT, and what becomes of the connection then."""

import os
import threading

import pytest

from products import lines
from tests.scripted import TAKEN

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
