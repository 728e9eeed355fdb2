"""Connections to the store for PUT requests and for GET of some bytes, kept from one request to the next (RFC 9112).

All that is asked of an answer is whether the bytes were taken, and what ETag they have, or whether just these bytes
come.  Whatever else comes, and whatever interrupts, ends the connection, so that no request ever gets the answer of
another one.
"""

import os
import re
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from typing import BinaryIO
from urllib.parse import SplitResult

from django.conf import settings

from archive.errors import TransientError

CONNECT_SECONDS = 5
IDLE_SECONDS = 5  # servers and what stands before them end connections that nobody uses
TOGETHER_BYTES = 2**18  # up to so many go with their headers in one piece
MOST_ANSWER_BYTES = 2**16
MOST_FREE = 32
PIECE_BYTES = settings.PIECE_BYTES
_END = b"\r\n\r\n"
_TAKEN = re.compile(rb"HTTP/1\.1 200[ \r].*?\r\netag:[ \t]*([^\r\n]+)", re.IGNORECASE | re.DOTALL)
_WITHOUT_BODY = re.compile(rb"\r\ncontent-length:[ \t]*0[ \t]*(?:\r|$)", re.IGNORECASE)
_PART = re.compile(rb"HTTP/1\.1 206[ \r]", re.IGNORECASE)
_SPAN = re.compile(rb"\ncontent-range:[ \t]*bytes (\d+)-(\d+)/", re.IGNORECASE)
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*(\d+)[ \t]*\r", re.IGNORECASE)
_ENCODED = re.compile(rb"\n(?:transfer|content)-encoding:", re.IGNORECASE)
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
        self._keep(line)
        return etag

    def get(self, target: str, headers: dict[str, str], start: int, stop: int) -> Iterator[bytes] | None:
        """Bytes `start` to before `stop`, in pieces; None where the server was not reached or sends anything else.

        `TransientError` where they end before their time.
        """
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        line = self._taken()
        try:
            if line.begin(f"GET {target} HTTP/1.1\r\n{said}\r\n".encode("ascii"), start, stop):
                return self._pieces(line, stop - start)
        except OSError:
            pass  # boto3 asks again, and says what is wrong
        line.close()
        return None

    def _pieces(self, line: "_Line", left: int) -> Iterator[bytes]:
        try:
            if left > PIECE_BYTES:
                line.wait_for_all()
            while left:
                piece = line.read(min(left, PIECE_BYTES))
                left -= len(piece)
                yield piece
            line.rest()
        except OSError as error:
            line.close()
            raise TransientError(f"The object store stopped answering: {error}") from error
        except BaseException:
            line.close()
            raise
        self._keep(line)

    def _keep(self, line: "_Line") -> None:
        if len(self._free) < MOST_FREE:
            self._free.append(line)
        else:
            line.close()

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
        self._held, self._flags = b"", 0

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

    def begin(self, head: bytes, start: int, stop: int) -> bool:
        """Whether the bytes `start` to before `stop` are the answer to `head`; `read` gives them."""
        sock = self._sock()
        sock.sendall(head)
        told, end, self._held = _answer(sock).partition(_END)
        told += end
        span, length = _SPAN.search(told), _LENGTH.search(told)
        self._closing = bool(_CLOSING.search(told))
        if not (_PART.match(told) and span and length) or _ENCODED.search(told):
            return False
        return (int(span[1]), int(span[2]) + 1, int(length[1])) == (start, stop, stop - start)

    def wait_for_all(self) -> None:
        """From here on `read` waits in the kernel, once for each piece: TLS has to look at what comes."""
        sock = self._connection.sock
        if not isinstance(sock, ssl.SSLSocket):
            sock.settimeout(None)
            self._flags = socket.MSG_WAITALL

    def read(self, size: int) -> bytes:
        piece, self._held = self._held[:size], self._held[size:]
        while len(piece) < size:
            more = self._connection.sock.recv(size - len(piece), self._flags)
            if not more:
                raise ConnectionError("The answer ended before its time.")
            piece = piece + more if piece else more  # nearly always the whole, which is not copied
        return piece

    def rest(self) -> None:
        """All of the answer was read; a server that says more than that is not asked on this connection again."""
        sock = self._connection.sock
        sock.settimeout(0)
        with suppress(BlockingIOError, ssl.SSLWantReadError):
            self._closing |= bool(self._held) or sock.recv(1) is not None
        sock.settimeout(self._seconds)
        self._flags, self._used = 0, time.monotonic()
        if self._closing:
            self.close()

    def close(self) -> None:
        self._connection.close()

    def _sock(self):
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        if not self._connection.sock:
            self._connection.connect()
            self._connection.sock.settimeout(self._seconds)
            self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(self._seconds))
            self._flags = 0
        return self._connection.sock


def _timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))


def _answer(sock) -> bytes:
    told = b""
    while _END not in told:
        piece = sock.recv(MOST_ANSWER_BYTES)
        if not piece or len(told) > MOST_ANSWER_BYTES:
            raise ConnectionError("The answer has no end.")
        told += piece
    return told
