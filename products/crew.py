"""The files of one delivery, several at a time: threads store them, this one keeps the journal and says how far it is.

Threads only read and send, and small files are read ahead by more of them than send at once.  What they have stored is
written into the journal in batches, within `PAUSE` seconds of its end: that much of small files is the most that an
ingestion stores again after it was killed.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import Empty, SimpleQueue

from django.conf import settings

from products import journal
from products.delivered import DeliveredFile
from products.journal import Line
from products.storing import Kept, Storing

PAUSE = 0.5  # seconds
BATCH = 64  # files
MOST_WORKERS = 16
MEMORY = 96 * 2**20  # bytes that all uploads together may hold
AHEAD = 64  # files for each worker, with those that wait for it
READERS = 2  # threads for each file that is sent: while one waits for the store, another reads the next file
DRAWN = 0.02  # seconds in which files that end are taken in together: threads do more when few others wake
Done = list[tuple[DeliveredFile, Kept]]


def workers(wanted: int | None = None) -> int:
    """How many files are stored at once: as many as there are cores, unless it is said otherwise."""
    return min(MOST_WORKERS, wanted or settings.INGEST_WORKERS or os.cpu_count() or 1)


class Meter:
    """Follows an ingestion: told the bytes there are, then the bytes dealt with.  This one keeps quiet."""

    def begin(self, total: int) -> None: ...

    def advance(self, size: int) -> None: ...


class Count:
    """Bytes that were dealt with, told by many threads."""

    def __init__(self) -> None:
        self._lock, self._bytes = threading.Lock(), 0

    def add(self, count: int) -> None:
        with self._lock:
            self._bytes += count

    def since(self, before: int) -> int:
        """What was added to `before`."""
        with self._lock:
            return self._bytes - before


def keep_all(files: Iterable[DeliveredFile], storing: Storing, *, at_once: int,
             heard: Callable[[int], None]) -> dict[str, Kept]:  # fmt: skip
    """Each file by its place, stored and in the journal; `heard` is told of bytes dealt with, by this thread.

    The first file that cannot be stored ends it; those that were stored by then stay in the journal.
    """
    kept: dict[str, Kept] = {}
    storing.turn = threading.BoundedSemaphore(at_once)
    with ThreadPoolExecutor(READERS * at_once, "ingest") as pool:
        try:
            for done in _Crew(pool, storing, at_once, heard).batches(files):
                _note(storing, done)
                kept |= {file.place: one for file, one in done}
        finally:
            storing.stop.set()
            pool.shutdown(cancel_futures=True)
    return kept


class _Crew:
    """Hands out files to threads, and takes in what they have done."""

    def __init__(self, pool: ThreadPoolExecutor, storing: Storing, at_once: int, heard: Callable[[int], None]):
        self._pool, self._storing, self._most, self._heard = pool, storing, at_once * AHEAD, heard
        self._waiting: dict[Future, DeliveredFile] = {}
        self._ended: SimpleQueue[Future] = SimpleQueue()
        self._count, self._told = Count(), 0
        storing.tell = self._count.add

    def batches(self, files: Iterable[DeliveredFile]) -> Iterator[Done]:
        """What was stored since the last batch; all that ended before a failure comes before that is raised."""
        coming, batch, noted = iter(files), [], time.monotonic()
        while self._hand_out(coming):
            batch += self._take_in()
            if len(batch) >= BATCH or time.monotonic() - noted >= PAUSE or _failed(batch):
                yield from _resulting(batch)
                batch, noted = [], time.monotonic()
        yield from _resulting(batch)

    def _hand_out(self, coming: Iterator[DeliveredFile]) -> bool:
        """Whether anything is under way."""
        for file in islice(coming, self._most - len(self._waiting)):
            future = self._pool.submit(self._storing.keep, file)
            self._waiting[future] = file
            future.add_done_callback(self._ended.put)
        return bool(self._waiting)

    def _take_in(self) -> list[tuple[DeliveredFile, Future]]:
        done = [(self._waiting.pop(one), one) for one in self._done()]
        new = self._count.since(self._told)
        self._told += new
        self._heard(new)
        return done

    def _done(self) -> Iterator[Future]:
        """Those that have ended, once there is one, or none for a while."""
        with contextlib.suppress(Empty):
            yield self._ended.get(timeout=PAUSE)
            time.sleep(DRAWN if self._waiting else 0)
            while True:
                yield self._ended.get_nowait()


def _failed(batch: list[tuple[DeliveredFile, Future]]) -> bool:
    return any(future.exception() for _, future in batch)


def _resulting(batch: list[tuple[DeliveredFile, Future]]) -> Iterator[Done]:
    yield [(file, future.result()) for file, future in batch if not future.exception()]
    for _, future in batch:
        future.result()


def _note(storing: Storing, done: Done) -> None:
    journal.note(_line(storing.mous, file, one) for file, one in done if one.is_stored_now and not one.is_journaled)


def _line(mous: str, file: DeliveredFile, kept: Kept) -> Line:
    return Line(mous, file.directory, file.name, file.identity, kept.stored, kept.packed)
