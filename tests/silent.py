"""Servers that take every connection and never say a word, as those do that hang; or begin to answer and hang then."""

import contextlib
import socket
import threading


@contextlib.contextmanager
def server(begin: bytes = b""):
    """Its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:  # the kernel takes connections by itself
        if begin:
            threading.Thread(target=_begin, args=(listening, begin), daemon=True).start()
        yield listening.getsockname()[1]


def _begin(listening, begin):
    taken = []  # or they would be closed
    with contextlib.suppress(OSError):  # the test is over
        while True:
            taken.append(listening.accept()[0])
            taken[-1].recv(65536)
            taken[-1].sendall(begin)
