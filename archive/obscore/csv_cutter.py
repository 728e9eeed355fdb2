"""The blocks of a file that `csv_cutting` has cut, as they come, read by a thread while others are cut."""

import fcntl
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO

from archive.obscore import csv_cutting
from archive.obscore.csv_layout import Layout
from archive.obscore.csv_repeats import Cut

_AHEAD = 8  # blocks
_PIPE = 2**20  # bytes: each piece that is taken out of it waits for Python's lock


@contextmanager
def cutting(file: IO[bytes], layout: Layout, used: Mapping[str, str], size: int) -> Iterator[Iterator[Cut]]:
    """Blocks of some `size` bytes from where the file is read now, up to the first that is odd; the place stays."""
    command = [sys.executable, "-I", "-S", csv_cutting.__file__, file.tell(), size, *layout.places]
    # In a session of its own, as Ctrl-C is for this process alone
    with (
        subprocess.Popen(map(str, command), stdin=file, stdout=subprocess.PIPE, start_new_session=True) as process,
        ThreadPoolExecutor(1) as taking,
        ThreadPoolExecutor(1) as reading,
    ):
        with suppress(OSError):  # it may be more than one user gets
            fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE)
        said = partial(taking.submit, _said, process.stdout)
        try:
            yield _ahead(lambda: reading.submit(_read, said(), layout, used))
        finally:
            for thread in (taking, reading):
                thread.shutdown(cancel_futures=True)


def _ahead(following: Callable[[], Future[Cut | None]]) -> Iterator[Cut]:
    coming = deque(following() for _ in range(_AHEAD))
    while (cut := coming.popleft().result()) is not None:
        coming.append(following())
        yield cut


def _said(process: IO[bytes]) -> csv_cutting.Said | None:
    """None at the end."""
    try:
        return pickle.load(process)  # noqa: S301 (our own)
    except (EOFError, pickle.UnpicklingError):
        return None


def _read(coming: Future[csv_cutting.Said | None], layout: Layout, used: Mapping[str, str]) -> Cut | None:
    """None at the end, and at a block that polars does not read as it was counted."""
    said = coming.result()
    cut = said and Cut(layout, said)
    return cut if cut and cut.read(used) else None
