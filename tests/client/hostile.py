"""An archive that lies: it cuts connections, flips bits, lies about lengths, forgets ranges, sends readers elsewhere.

Each answer to a request for a file is spoilt by the next of the `faults`; when there are none left it behaves.
"""

import contextlib
import hashlib
import json
import re
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ID = "11111111-2222-4333-8444-555555555555"
MOUS = "uid://A001/X1/X2"
MIB = 2**20


def sha256(content):
    return hashlib.sha256(content).hexdigest()


class Archive:
    """`seen` are method, path and headers of each request; `prefix` is the path that it lies under."""

    def __init__(self, content=b"", faults=(), **product):
        self.content, self.faults, self.seen = content, list(faults), []
        self.product = {"id": ID, "name": "a.fits", "size": len(content), "sha256": sha256(content), "mous": MOUS,
                        "directory": "product", "readable": True, "role": "image"} | product  # fmt: skip
        self.answers = {}  # path: status, headers, body
        self.prefix = ""
        self.address = ""

    def file_requests(self):
        return [headers for method, path, headers in self.seen if path.endswith("/file")]

    def fetched(self):
        """Of each answer with bytes: how many were asked for."""
        return [headers.get("Range", "whole") for headers in self.file_requests()]

    def answer(self, request):
        path = request.path.partition("?")[0].removeprefix(self.prefix)
        self.seen.append((request.command, path, dict(request.headers)))
        if path in self.answers:
            return _send(request, *self.answers[path])
        if path == f"/api/products/{ID}/":
            return _json(request, self.product)
        if path == "/api/products/":
            return _json(request, {"count": 1, "next": None, "results": [self.product]})
        if path == f"/api/products/{ID}/blocks":
            crcs = [zlib.crc32(self.content[at : at + MIB]) for at in range(0, len(self.content), MIB)]
            return _json(request, {"size": len(self.content), "sha256": sha256(self.content), "block_bytes": MIB,
                                   "crc32": crcs})  # fmt: skip
        if path == f"/api/products/{ID}/file":
            return self._file(request)
        return _json(request, {"error": {"code": "x", "sentence": f"There is no {path}.", "remedy": ""}}, 404)

    def _file(self, request):
        fault = self.faults.pop(0) if self.faults else {}
        if "answer" in fault:
            return _send(request, *fault["answer"])
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        start, stop = 0, len(self.content)
        if asked and not fault.get("forgets_range"):
            start, stop = int(asked[1]), int(asked[2]) + 1 if asked[2] else stop
        body = bytearray(self.content[start:stop])
        if "flip" in fault and start <= fault["flip"] < stop:
            body[fault["flip"] - start] ^= 0x10
        body = bytes(body[: fault.get("cut", len(body))]) + fault.get("more", b"")
        headers = {"Content-Length": str(fault.get("says", stop - start)), "ETag": f'"{self.product["sha256"]}"'}
        if asked and not fault.get("forgets_range"):
            headers["Content-Range"] = fault.get("place", f"bytes {start}-{stop - 1}/{len(self.content)}")
        _send(request, 206 if "Content-Range" in headers else 200, headers, body)
        request.close_connection = True


@contextlib.contextmanager
def running(archive):
    """It answers below `archive.address`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self):
            archive.answer(self)

        do_HEAD = do_GET  # noqa: N815 (the name that http.server looks for)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    archive.address = f"http://127.0.0.1:{server.server_address[1]}{archive.prefix}"
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()


def _json(request, words, status=200):
    body = json.dumps(words).encode()
    _send(request, status, {"Content-Type": "application/json", "Content-Length": str(len(body))}, body)


def _send(request, status, headers, body=b""):
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        with contextlib.suppress(OSError):
            request.wfile.write(body)
