"""Connections to the store for PUT requests, kept from one request to the next (RFC 9112).

All that is asked of an answer is whether the bytes were taken, and what ETag they have.  Whatever else comes, and
whatever interrupts, ends the connection, so that no request ever gets the answer of another one.
"""

import os
import re
import ssl
import time
from collections import deque
from http.client import HTTPConnection, HTTPSConnection
from typing import BinaryIO
from urllib.parse import SplitResult

CONNECT_SECONDS = 5
IDLE_SECONDS = 5  # servers and what stands before them end connections that nobody uses
TOGETHER_BYTES = 2**18  # up to so many go with their headers in one piece
MOST_ANSWER_BYTES = 2**16
_END = b"\r\n\r\n"
_TAKEN = re.compile(rb"HTTP/1\.1 200[ \r].*?\r\netag:[ \t]*([^\r\n]+)", re.IGNORECASE | re.DOTALL)
_WITHOUT_BODY = re.compile(rb"\r\ncontent-length:[ \t]*0[ \t]*(?:\r|$)", re.IGNORECASE)
_CLOSING = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)

Body = bytes | bytearray | BinaryIO


class Lines:
    """To one server, over TLS where a context for it is given; each is in one hand at a time."""

    def __init__(self, place: SplitResult, *, seconds: float, context: ssl.SSLContext | None = None):
        self._place, self._seconds, self._context = place, seconds, context
        self._process, self._free = os.getpid(), deque[_Line]()

    def put(self, target: str, headers: dict[str, str], body: Body) -> str:
        """The ETag; empty where the server was not reached or did not take it."""
        size = len(body) if isinstance(body, bytes | bytearray) else os.fstat(body.fileno()).st_size
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"PUT {target} HTTP/1.1\r\n{said}content-length: {size}\r\n\r\n".encode("ascii")
        try:
            return self._put(head, body, size)
        except OSError:
            return ""

    def _put(self, head: bytes, body: Body, size: int) -> str:
        line = self._taken()
        try:
            etag = line.put(head, body, size)
        except BaseException:
            line.close()
            raise
        self._free.append(line)
        return etag

    def _taken(self) -> "_Line":
        """One that is free; those of the process that this one was forked from are its own."""
        if self._process != os.getpid():
            self._process, self._free = os.getpid(), deque()
        try:
            return self._free.pop()
        except IndexError:
            return _Line(self._opened(), self._seconds)

    def _opened(self) -> HTTPConnection:
        host, port, timeout = self._place.hostname or "", self._place.port, min(CONNECT_SECONDS, self._seconds)
        if self._context is None:
            return HTTPConnection(host, port, timeout=timeout)
        return HTTPSConnection(host, port, timeout=timeout, context=self._context)


class _Line:
    """A connection that is opened when it is needed: http.client knows how, also over TLS."""

    def __init__(self, connection: HTTPConnection, seconds: float):
        self._connection, self._seconds, self._used = connection, seconds, 0.0

    def put(self, head: bytes, body: Body, size: int) -> str:
        sock = self._sock()
        if isinstance(body, bytes | bytearray) and size <= TOGETHER_BYTES:
            sock.sendall(head + body)
        else:
            sock.sendall(head)
            sock.sendall(body) if isinstance(body, bytes | bytearray) else sock.sendfile(body)
        told, _, rest = _answer(sock).partition(_END)
        taken = _TAKEN.match(told)
        if not taken or rest or not _WITHOUT_BODY.search(told) or _CLOSING.search(told):
            self.close()
        self._used = time.monotonic()
        return taken[1].decode("latin-1").strip() if taken else ""

    def close(self) -> None:
        self._connection.close()

    def _sock(self):
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        if not self._connection.sock:
            self._connection.connect()
            self._connection.sock.settimeout(self._seconds)
        return self._connection.sock


def _answer(sock) -> bytes:
    told = b""
    while _END not in told:
        piece = sock.recv(MOST_ANSWER_BYTES)
        if not piece or len(told) > MOST_ANSWER_BYTES:
            raise ConnectionError("The answer has no end.")
        told += piece
    return told
