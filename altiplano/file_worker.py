"""gunicorn's worker with threads, as it has to be where nothing stands before it: a thread is for a whole request.

Who sends half a head, or nothing, or does not hang up, waits beside all others in the one loop, for a few seconds and
without a thread.  Who takes no bytes for `file_server.reader_seconds` is given up by the kernel.
"""

import re
import socket
import sys
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ

from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http.body import Body, LengthReader
from gunicorn.workers.gthread import TConn, ThreadWorker

from altiplano.file_server import reader_seconds
from archive.errors import ArchiveError

ENDS_OF_HEAD = (b"\r\n\r\n", b"\n\n")  # the parser refuses the second one, and empty lines before a head
MOST_HEAD_BYTES = 2**16
UNSENT_BYTES = 2**20  # wait in the socket of who pauses, and may lose her right meanwhile; else the kernel takes 4 MiB
PARTING_SECONDS, PARTING_BYTES = 2.0, 2**16  # that are waited for, and read, after the last byte was sent
STOPPING_SECONDS = 2.0  # for a request that is on its way
TURN_SECONDS = 0.2  # of the loop while the worker stops
_TICKET = re.compile(r"(?<=\bticket=)[^\s&'\"]+", re.IGNORECASE)


class FileWorker(ThreadWorker):
    """What is called by `handle_request` runs in a thread, all else in the loop of the main one."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._waiting: dict[TConn, float] = {}  # of those without a thread, until when
        self._served: set[TConn] = set()
        self._stopped_at: float | None = None

    def accept(self, listener):
        try:
            sock, address = listener.accept()
        except OSError:
            return  # she has left, or there are no file descriptors: the next turn tries again
        self.nr_conns += 1
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, reader_seconds * 1000)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        connection = TConn(self.cfg, sock, address, listener.getsockname())
        connection.init()
        self._await_head(connection)

    def _await_head(self, connection):
        """What came behind an earlier request is a part of it."""
        head = bytearray(connection.parser.unreader.take_buffered())
        self._wait(connection, partial(self._read_head, connection, head), self.cfg.keepalive)
        self._look_at_head(connection, head)

    def _read_head(self, connection, head, sock):
        try:
            more = sock.recv(MOST_HEAD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._drop(connection)
            return
        head += more
        self._look_at_head(connection, head)

    def _look_at_head(self, connection, head):
        if any(end in head for end in ENDS_OF_HEAD):
            self._no_longer_wait(connection)
            connection.parser.unreader.unread(bytes(head))
            self._served.add(connection)
            self.enqueue_req(connection)
        elif len(head) > MOST_HEAD_BYTES:
            self._no_longer_wait(connection)
            self._refuse(connection)

    def _refuse(self, connection):
        with suppress(OSError):
            util.write_error(connection.sock, 431, "Request Header Fields Too Large", "")
        self._part(connection)

    def handle_request(self, req, conn):
        """No request for a file has a body: what is sent as one is not read, so that no thread waits for it."""
        if not (isinstance(req.body.reader, LengthReader) and req.body.reader.length == 0):
            req.force_close()
            req.body = Body(LengthReader(req.unreader, 0))
        return super().handle_request(req, conn)

    def finish_request(self, conn, fs: Future):
        self._served.discard(conn)
        if not fs.cancelled() and fs.exception() is None and fs.result():
            self._await_head(conn)
        else:
            self._part(conn)

    def _part(self, connection):
        """She gets the last bytes only if what she still sends is read (RFC 9112, 9.6)."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
        else:
            self._wait(connection, partial(self._read_rest, connection, [PARTING_BYTES]), PARTING_SECONDS)

    def _read_rest(self, connection, left, sock):
        try:
            left[0] -= len(rest := sock.recv(PARTING_BYTES))
        except BlockingIOError:
            return
        except OSError:
            rest = b""
        if not rest or left[0] <= 0:
            self._drop(connection)

    def _wait(self, connection, read, seconds):
        connection.sock.setblocking(False)
        self._waiting[connection] = time.monotonic() + seconds
        self.poller.register(connection.sock, EVENT_READ, read)

    def _no_longer_wait(self, connection):
        del self._waiting[connection]
        self.poller.unregister(connection.sock)

    def _drop(self, connection):
        self._no_longer_wait(connection)
        self._close(connection)

    def _close(self, connection):
        self.nr_conns -= 1
        connection.close()

    def wait_for_and_dispatch_events(self, timeout):
        super().wait_for_and_dispatch_events(timeout if self.alive else TURN_SECONDS)

    def murder_pending(self):
        """Called with each turn of the loop, a second apart at most, also while the worker stops."""
        now = time.monotonic()
        if not self.alive:
            now += self._stopping(now)
        for connection in [each for each, until in self._waiting.items() if until <= now]:
            self._drop(connection)

    def _stopping(self, now):
        """How much less all are waited for; readers are left in time for their threads to write down what they got."""
        self._stopped_at = self._stopped_at or now
        if now - self._stopped_at >= self.cfg.graceful_timeout / 2:
            for connection in self._served:
                _leave(connection.sock)
        return self.cfg.keepalive - STOPPING_SECONDS

    def is_parent_alive(self):
        """Where it was killed, this one stops as if it had been told to."""
        self.alive = self.alive and super().is_parent_alive()
        return self.alive


def _leave(sock):
    with suppress(OSError):  # she was quicker
        sock.shutdown(socket.SHUT_RDWR)


class FileLog(Logger):
    """A reader who is cut off, or who has stopped reading, is no mistake of ours, and has a line of her own already."""

    def setup(self, cfg):
        super().setup(cfg)
        self.error_log.addFilter(_without_ticket)

    def exception(self, msg, *args, **kwargs):
        error = sys.exception()
        if isinstance(error, ArchiveError | OSError):
            self.info("A reader was left: %s", error)
        else:
            super().exception(msg, *args, **kwargs)


def _without_ticket(record):
    """What is wrong with a request is told with its address, and who has its ticket gets the file."""
    record.msg, record.args = _TICKET.sub("...", record.getMessage()), None
    return True
