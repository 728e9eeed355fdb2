"""The bytes of a part of an archive in order, asked for while others are on their way to the reader.

An object of a few kilobytes takes as long to be found as to be read, so several are fetched at once.  A large one is
read by whoever hands on its bytes, since to give a gigabyte from one thread to another takes time of both; only its
first piece is fetched ahead, shortly before it is wanted.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

from products.bundles.layout import Slice

SMALL_BYTES = 2**20
AT_ONCE = 6
AHEAD = 24  # parts that are looked at beforehand, of two for each file: 12 MiB at most are held
LAST_BYTES = 2**24  # of a large object, while which the next one is asked for
TOGETHER = 1000  # texts in one piece
OWN = -1  # bytes of the archive itself, of no member

Read = Callable[[Slice], Iterator[bytes]]


def fetched(parts: Iterable[bytes | Slice], read: Read) -> Iterator[tuple[int, bytes]]:
    """(number of the member or `OWN`, bytes); `read` gives those of a slice, and is called by several threads."""
    coming: deque[bytes | Small | Large] = deque()
    pool = ThreadPoolExecutor(AT_ONCE, "bundle")
    try:
        for part in _joined(parts):
            coming.append(part if isinstance(part, bytes) else _begun(part, read, pool))
            while len(coming) > AHEAD or (coming and isinstance(coming[0], bytes)):
                yield from _arrived(coming)
        while coming:
            yield from _arrived(coming)
    finally:
        for part in coming:
            if isinstance(part, Large):
                part.leave()
        pool.shutdown(wait=False, cancel_futures=True)


def _begun(part, read, pool):
    if part.size <= SMALL_BYTES:
        return Small(part.number, pool.submit(lambda: b"".join(read(part))))
    return Large(part, read, pool)


@dataclass(frozen=True)
class Small:
    number: int
    content: Future


@dataclass
class Large:
    """The pieces of an object that is asked for when `begin` is said, and read by whom they are handed to."""

    part: Slice
    _read: Read
    _pool: ThreadPoolExecutor
    _opened: Future | None = None

    @property
    def number(self) -> int:
        return self.part.number

    def begin(self) -> None:
        if self._opened is None:
            self._opened = self._pool.submit(_with_first, self._read(self.part))

    def pieces(self, almost: Callable[[], None]) -> Iterator[bytes]:
        """`almost` is called with the last of them."""
        self.begin()
        first, pieces = self._opened.result()
        left = self.part.size
        with closing(pieces):
            for piece in chain([first], pieces):
                left -= len(piece)
                if left <= LAST_BYTES:
                    almost()
                yield piece

    def leave(self) -> None:
        if self._opened and not self._opened.cancel():
            self._opened.add_done_callback(_closed)


def _with_first(pieces):
    return next(pieces, b""), pieces


def _closed(opened):
    if not opened.cancelled() and not opened.exception():
        opened.result()[1].close()


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


def _arrived(coming):
    part = coming.popleft()
    if isinstance(part, bytes):
        yield OWN, part
    elif isinstance(part, Small):
        _begin_next(coming)
        yield part.number, part.content.result()
    else:
        with closing(part.pieces(lambda: _begin_next(coming))) as pieces:
            for piece in pieces:
                yield part.number, piece


def _begin_next(coming):
    for part in coming:
        if isinstance(part, Large):
            part.begin()
            return
