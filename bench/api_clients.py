"""Clients of `bench/api_search.py`: `python -m bench.api_clients REQUESTS.json PORT CLIENTS SECONDS`.

Each keeps one connection and asks again as soon as it has its answer.  A process of its own, and no more HTTP than is
needed to know where an answer ends, so that the asking is not what is measured.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

KNOWN = (b"200", b"404")  # 404: the code or uid is hidden from this reader


class Told:
    def __init__(self):
        self.milliseconds, self.bytes, self.refused = [], 0, 0


async def _client(port, requests, told, until):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            began = time.perf_counter()
            writer.write(next(requests))
            status, size = await _answer(reader)
            told.milliseconds.append((time.perf_counter() - began) * 1e3)
            told.bytes += size
            told.refused += status not in KNOWN
    finally:
        writer.close()


async def _answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = head[9:12]
    at = head.find(b"content-length:")
    if at < 0:
        raise SystemExit(f"no length in {head!r}")
    size = int(head[at + 15 : head.index(b"\r", at)])
    return status, len(await reader.readexactly(size))


def _endless(requests):
    while True:
        yield from requests


async def _all(path, port, clients, seconds):
    requests = [
        f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n".encode()
        for target, header in json.loads(Path(path).read_text())
    ]
    told, shared = Told(), _endless(requests)
    began, spent = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_client(port, shared, told, began + seconds) for _ in range(clients)))
    took = time.perf_counter() - began
    waited = sorted(told.milliseconds)
    return {
        "answered": len(waited),
        "seconds": took,
        "p50_ms": waited[len(waited) // 2],
        "p95_ms": waited[int(len(waited) * 0.95)],
        "bytes": told.bytes,
        "refused": told.refused,
        "cpu": (time.process_time() - spent) / took,
    }


if __name__ == "__main__":
    path, port, clients, seconds = sys.argv[1:]
    print(json.dumps(asyncio.run(_all(path, int(port), int(clients), float(seconds)))))
