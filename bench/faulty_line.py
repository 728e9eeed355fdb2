"""A line between a client and the service that cuts connections and flips bits of files, as often as it is told.

Where is drawn at random from a fixed seed; only bytes of bodies of files count.
"""

import contextlib
import random
import re
import socket
import threading

PIECE = 64 * 1024
_FILE = re.compile(rb"GET \S+/file[ ?]")


class Faults:
    """What is still to be done, one fault each `mean` bytes; `cuts` and `flips` count down to zero."""

    def __init__(self, cuts, flips, mean_cut, mean_flip):
        self.cuts, self.flips = cuts, flips
        self.made = {"cuts": 0, "flips": 0}
        self.bytes = 0
        self._chance = random.Random(5)
        self._means = mean_cut, mean_flip
        self._lock = threading.Lock()
        self._to_cut, self._to_flip = self._drawn(0), self._drawn(1)

    def _drawn(self, which):
        return 1 + int(self._chance.expovariate(1 / self._means[which]))

    def spoil(self, piece):
        """The bytes that arrive of `piece`, and whether the line is cut behind them."""
        with self._lock:
            piece = bytearray(piece)
            cut = self._cut(piece)
            self._flip(piece)
            self.bytes += len(piece)
            return bytes(piece), cut

    def _cut(self, piece):
        if not self.cuts:
            return False
        if self._to_cut > len(piece):
            self._to_cut -= len(piece)
            return False
        del piece[self._to_cut :]
        self.cuts, self._to_cut = self.cuts - 1, self._drawn(0)
        self.made["cuts"] += 1
        return True

    def _flip(self, piece):
        at = self._to_flip
        while self.flips and at <= len(piece):
            piece[at - 1] ^= 1 << self._chance.randrange(8)
            self.flips -= 1
            self.made["flips"] += 1
            at += self._drawn(1)
        self._to_flip = at - len(piece) if self.flips else at


@contextlib.contextmanager
def between(port, faults):
    """The port of a line that leads to `port`."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=_accept, args=(listening, port, faults), daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def _accept(listening, port, faults):
    with contextlib.suppress(OSError):
        while True:
            near, _ = listening.accept()
            threading.Thread(target=_carry, args=(near, port, faults), daemon=True).start()


def _carry(near, port, faults):
    """One request and its answer; the service is asked to close behind it."""
    with near, contextlib.suppress(OSError, ValueError), socket.create_connection(("127.0.0.1", port)) as far:
        request, _ = _head(near)
        lines = [line for line in request.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
        far.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
        head, rest = _head(far)
        near.sendall(head)
        of_file = _FILE.match(request) and head.split(b" ", 2)[1] in {b"200", b"206"}
        while rest or (rest := far.recv(PIECE)):
            piece, cut = faults.spoil(rest) if of_file else (rest, False)
            near.sendall(piece)
            if cut:
                near.shutdown(socket.SHUT_RDWR)
                return
            rest = b""


def _head(link):
    """Everything to the empty line, and what came behind it."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = link.recv(PIECE)
        if not piece:
            raise ValueError
        got += piece
    head, _, rest = got.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest
