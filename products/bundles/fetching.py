"""The bytes of a part of an archive in order, asked for while others are on their way to the reader.

An object of a few kilobytes takes as long to be found as to be read, so several are fetched at once.  A large one is
read by a thread of its own that is a few pieces ahead; the next one is asked for when the store has sent all of it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Semaphore

from products.bundles.layout import Slice

SMALL_BYTES = 2**20
AT_ONCE = 6
AHEAD = 24  # parts that are looked at beforehand, of two for each file: 12 MiB at most are held
BATCH_BYTES = 2**20
BATCHES_AHEAD = 4  # of the large object
TOGETHER = 1000  # texts in one piece
OWN = -1  # bytes of the archive itself, of no member

Read = Callable[[Slice], Iterator[bytes]]


def fetched(parts: Iterable[bytes | Slice], read: Read) -> Iterator[tuple[int, bytes]]:
    """(number of the member or `OWN`, bytes); `read` gives those of a slice, and is called by several threads."""
    coming: deque[bytes | Small | Large] = deque()
    pools = ThreadPoolExecutor(AT_ONCE, "bundle"), ThreadPoolExecutor(1, "bundle-large")
    try:
        for part in _joined(parts):
            coming.append(part if isinstance(part, bytes) else _begun(part, read, *pools))
            while len(coming) > AHEAD or (coming and isinstance(coming[0], bytes)):
                yield from _arrived(coming.popleft())
        while coming:
            yield from _arrived(coming.popleft())
    finally:
        _leave(coming, pools)


def _begun(part, read, small, large):
    if part.size <= SMALL_BYTES:
        return Small(part.number, small.submit(lambda: b"".join(read(part))))
    found = Large(part.number)
    large.submit(found.fill, read(part))
    return found


def _leave(coming, pools):
    for part in coming:
        if isinstance(part, Large):
            part.stop()
    for pool in pools:
        pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Small:
    number: int
    content: Future

    def pieces(self) -> Iterator[bytes]:
        yield self.content.result()


@dataclass
class Large:
    """The pieces of an object, which one thread reads and another hands on: several at once, since threads wait."""

    number: int
    _come: SimpleQueue = field(default_factory=SimpleQueue)
    _room: Semaphore = field(default_factory=lambda: Semaphore(BATCHES_AHEAD))
    _stopped: bool = False

    def fill(self, pieces: Iterator[bytes]) -> None:
        try:
            with closing(pieces):
                while self._has_room() and (batch := _batch(pieces)):
                    self._come.put(batch)
            self._come.put([])
        except Exception as error:  # noqa: BLE001 (it is raised where the piece is missed)
            self._come.put(error)

    def pieces(self) -> Iterator[bytes]:
        try:
            while batch := self._come.get():
                if isinstance(batch, Exception):
                    raise batch
                self._room.release()
                yield from batch
        finally:
            self.stop()

    def stop(self) -> None:
        self._stopped = True
        self._room.release()

    def _has_room(self) -> bool:
        self._room.acquire()
        return not self._stopped


def _batch(pieces):
    batch, size = [], 0
    while size < BATCH_BYTES and (piece := next(pieces, b"")):
        batch.append(piece)
        size += len(piece)
    return batch


def _joined(parts):
    """Texts that stand beside each other as one: the directory of a zip has thousands of them."""
    held: list[bytes] = []
    for part in parts:
        if held and (isinstance(part, Slice) or len(held) == TOGETHER):
            yield b"".join(held)
            held = []
        if isinstance(part, Slice):
            yield part
        else:
            held.append(part)
    if held:
        yield b"".join(held)


def _arrived(part):
    if isinstance(part, bytes):
        yield OWN, part
    else:
        with closing(part.pieces()) as pieces:
            for piece in pieces:
                yield part.number, piece
