"""A server that takes requests and answers them as it is told to."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

from products.lines import Lines

TAKEN = b'HTTP/1.1 200 OK\r\nETag: "%d"\r\nContent-Length: 0\r\n\r\n'


class Last(bytes):
    """An answer that the connection ends with."""


class Server:
    """Answers request `n`, counted over all connections, by `say(n)`; None ends the connection without a word."""

    def __init__(self, say, context=None):
        self._say, self._context = say, context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.requests, self.connections = [], 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def endpoint(self):
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def lines(self):
        return Lines(urlsplit(self.endpoint), seconds=1)

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                taken, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=[taken], daemon=True).start()

    def _talk(self, sock):
        with contextlib.suppress(OSError), contextlib.closing(sock):
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
            coming = sock.makefile("rb")
            while head := self._head(coming):
                size = int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r")[0] or 0)
                self.requests.append((head, coming.read(size)))
                answer = self._say(len(self.requests))
                if answer is None:
                    return sock.close()
                sock.sendall(answer)
                if isinstance(answer, Last):
                    return sock.shutdown(socket.SHUT_RDWR)
        return None

    @staticmethod
    def _head(coming):
        head = b""
        while (line := coming.readline()).strip():
            head += line
        return head

    def close(self):
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # else who waits for somebody would still take one
        self._listening.close()
