"""The bytes of an object in order, a few pieces fetched ahead: hashing one hides the transfer of the next."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

FETCH_BYTES = 8 * 2**20
FETCH_AHEAD = 4
Stream = Callable[[str, int, int], Iterator[bytes]]  # of a key, from a byte on to before another


def in_parallel(stream: Stream, key: str, size: int) -> Iterator[bytes]:
    def piece(start: int) -> bytes:
        return b"".join(stream(key, start, min(start + FETCH_BYTES, size)))

    starts = iter(range(0, size, FETCH_BYTES))
    with ThreadPoolExecutor(FETCH_AHEAD, "fetch") as pool:
        coming = deque(pool.submit(piece, start) for start in islice(starts, FETCH_AHEAD))
        try:
            while coming:
                yield coming.popleft().result()
                coming.extend(pool.submit(piece, start) for start in islice(starts, 1))
        finally:
            pool.shutdown(cancel_futures=True)
