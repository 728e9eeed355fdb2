"""Many files at once: what fails is told and the rest goes on; what stops all of them ends the program."""

from __future__ import annotations

import fnmatch
import shutil
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from altiplano_client.bundle import BundleFetch, described
from altiplano_client.errors import ClientError, NoRoomError, RefusedError, StoppedError
from altiplano_client.fetch import Fetch, failed
from altiplano_client.names import part_of
from altiplano_client.part import room_or, sha256_of
from altiplano_client.progress import Progress, size
from altiplano_client.sums import Sums
from altiplano_client.wanted import Item
from altiplano_client.wire import Wire

SPARE_BYTES = 2**20


@dataclass
class Outcome:
    done: list[Item] = field(default_factory=list)
    failures: list[tuple[Item, ClientError]] = field(default_factory=list)

    @property
    def status(self) -> int:
        """1 where some failed; 4 where the archive refused all; what stopped everything speaks for itself."""
        kinds = {error.status for _, error in self.failures}
        grave = kinds & {NoRoomError.status, StoppedError.status}
        if not self.failures or grave:
            return max(grave, default=0)
        return RefusedError.status if kinds == {RefusedError.status} and not self.done else 1


def chosen(items: list[Item], only: list[str], roles: list[str]) -> list[Item]:
    """Of these names and roles; names as a shell matches them."""
    named = [each for each in items if not only or any(fnmatch.fnmatchcase(each.path.name, one) for one in only)]
    return [each for each in named if not roles or each.role in roles]


def run(
    wire: Wire, items: list[Item], directory: Path, *, jobs: int, progress: Progress, repair: bool = False
) -> Outcome:
    require_room(items, directory)
    outcome, sums = Outcome(), Sums(directory)
    pool = ThreadPoolExecutor(jobs)
    one = _One(wire, directory, sums, progress, repair)
    try:
        waiting = {pool.submit(one, item): item for item in items}
        for future in as_completed(waiting):
            _note(outcome, waiting[future], future, progress)
            if outcome.status == NoRoomError.status:
                wire.stop()
    finally:
        wire.stop()
        pool.shutdown(wait=True, cancel_futures=True)
        progress.close()
    return outcome


class _One:
    def __init__(self, wire: Wire, directory: Path, sums: Sums, progress: Progress, repair: bool) -> None:  # noqa: PLR0917
        self._wire, self._directory, self._sums = wire, directory, sums
        self._progress, self._repair = progress, repair

    def __call__(self, item: Item) -> None:
        try:
            self._fetch(item)
        except OSError as wrong:
            raise room_or(wrong, self._directory / item.path) from wrong

    def _fetch(self, item: Item) -> None:
        self._wire.require_going()
        if not item.sha256:
            item = described(self._wire, item)
        fetch = (Fetch if item.sha256 else BundleFetch)(self._wire, item, self._directory, self._progress.came)
        if not fetch.run(repair=self._repair):
            self._progress.had(item.size)
        self._sums.add(item.path, item.sha256 or sha256_of(fetch.target))


def _note(outcome: Outcome, item: Item, future: Future[None], progress: Progress) -> None:
    try:
        future.result()
    except StoppedError:
        return
    except ClientError as error:
        outcome.failures.append((item, error))
        progress.say(f"altiplano: {failed(error, item)}")
    else:
        outcome.done.append(item)
    progress.ended()


def require_room(items: list[Item], directory: Path) -> None:
    """Said before the first byte, not after hours."""
    needed = sum(max(0, item.size - _there(directory, item.path, item.sha256)) for item in items if item.readable)
    existing = next(each for each in (directory.absolute(), *directory.absolute().parents) if each.exists())
    free = shutil.disk_usage(existing).free
    if needed and needed + SPARE_BYTES > free:
        raise NoRoomError(f"{size(needed)} are to come, and {directory} has room for {size(free)}.", "Make room.")


def _there(directory: Path, path: PurePosixPath, sha256: str) -> int:
    target = directory / path
    places = (target, target.with_name(part_of(target.name, sha256)))
    return max((each.stat().st_size for each in places if each.exists()), default=0)
