"""The bytes of a part of an archive in order: small objects are asked for while others are on their way.

An object of a few kilobytes takes as long to be found as to be read, so several are fetched at once; a large one is
read piece by piece, and needs no memory.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from products.bundles.layout import Slice

SMALL_BYTES = 2**20
AT_ONCE = 6
AHEAD = 24  # parts that are looked at beforehand, of two for each file: 12 MiB at most are held
TOGETHER = 1000  # texts in one piece
OWN = -1  # bytes of the archive itself, of no member

Read = Callable[[Slice], Iterator[bytes]]


def fetched(parts: Iterable[bytes | Slice], read: Read) -> Iterator[tuple[int, bytes]]:
    """(number of the member or `OWN`, bytes); `read` gives those of a slice, and is called by several threads."""
    coming: deque[bytes | Slice | tuple[int, Future]] = deque()
    pool = ThreadPoolExecutor(AT_ONCE, "bundle")
    try:
        for part in _joined(parts):
            coming.append(_begun(part, read, pool))
            if len(coming) > AHEAD:
                yield from _arrived(coming.popleft(), read)
        while coming:
            yield from _arrived(coming.popleft(), read)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


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


def _begun(part, read, pool):
    if isinstance(part, Slice) and part.size <= SMALL_BYTES:
        return part.number, pool.submit(lambda: b"".join(read(part)))
    return part


def _arrived(part, read):
    if isinstance(part, Slice):
        with closing(read(part)) as pieces:
            yield from ((part.number, piece) for piece in pieces)
    elif isinstance(part, tuple):
        yield part[0], part[1].result()
    else:
        yield OWN, part
