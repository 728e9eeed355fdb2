"""Brings the inputs of a job into its directory, from the object store alone, every byte checked.

A file has its final name only when it is whole and its SHA-256 is the promised one; so staging may be killed and
repeated, and what CASA finds in `inputs/` is right.
"""

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path

from products.models import Product
from products.store import open_store
from restores.inputs import inputs_of
from restores.models import Request

STAGE = "staging inputs"
AT_ONCE = 3
BEAT_SECONDS = 1.0

Beat = Callable[[str, float], None]


class _GivenUpError(Exception):
    """Ends the transfers of a job that may not go on."""


class _Progress:
    """Bytes that have arrived, counted from several threads."""

    def __init__(self, total: int) -> None:
        self._lock = threading.Lock()
        self._total = max(total, 1)
        self._arrived = 0
        self.given_up = False

    def count(self, size: int) -> None:
        if self.given_up:
            raise _GivenUpError
        with self._lock:
            self._arrived += size

    @property
    def fraction(self) -> float:
        return min(self._arrived / self._total, 1.0)


class _Counted:
    """A file being written that says how far it is."""

    def __init__(self, target, progress: _Progress) -> None:
        self._target = target
        self._progress = progress

    def write(self, piece: bytes) -> int:
        self._progress.count(len(piece))
        return self._target.write(piece)


def stage(request: Request, directory: Path, *, beat: Beat) -> None:
    """Fetch every input of `request` into `directory`/inputs; `beat` is called about once a second and may raise."""
    place = directory / "inputs"
    place.mkdir(parents=True, exist_ok=True)
    wanted = {product.name: product for block in inputs_of(request) for product in block.products()}
    missing = [product for product in wanted.values() if not (place / product.name).exists()]
    progress = _Progress(sum(product.size for product in missing))
    beat(STAGE, 0.0)
    with ThreadPoolExecutor(AT_ONCE, "staging") as pool:
        # The largest first: what is left at the end should be short.
        transfers = [
            pool.submit(_fetch, product, place, progress)
            for product in sorted(missing, key=lambda product: -product.size)
        ]
        try:
            _watch(transfers, progress, beat)
        except BaseException:
            progress.given_up = True
            pool.shutdown(cancel_futures=True)
            raise
    beat(STAGE, 1.0)


def _watch(transfers: list[Future], progress: _Progress, beat: Beat) -> None:
    pending = set(transfers)
    while pending:
        done, pending = wait(pending, BEAT_SECONDS, FIRST_EXCEPTION)
        for transfer in done:
            transfer.result()
        beat(STAGE, progress.fraction)


def _fetch(product: Product, place: Path, progress: _Progress) -> None:
    unverified = place / f".{product.name}.part"
    with unverified.open("wb") as target:
        open_store().fetch(product.key, _Counted(target, progress), product.sha256)
    unverified.rename(place / product.name)
