"""Processes we started, known by pid and start time: a pid alone may by now belong to somebody else.

Linux only: session and start time (clock ticks since boot) are fields 6 and 22 of /proc/<pid>/stat, see proc(5).
`restores/launchers/supervise.py` reads them too: the stack, which settings need, imports no application, and
applications do not import the stack.
"""

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class _Stat(NamedTuple):
    session: int
    started: int


@dataclass(frozen=True)
class Identity:
    """A process that leads a session of its own; what it starts stays in that session unless it takes care to leave."""

    pid: int
    started: int

    def alive(self) -> bool:
        stat = _stat(self.pid)
        return stat is not None and stat.started == self.started

    def session(self) -> list[int]:
        """The pids of the whole session, also when its leader has died."""
        leader = _stat(self.pid)
        if leader and leader.started != self.started:
            return []  # The number belongs to another process now, so our session has long been empty.
        return [pid for pid in _pids() if (stat := _stat(pid)) and stat.session == self.pid]

    def send(self, number: signal.Signals) -> None:
        if self.alive():
            _signal(self.pid, number)

    def kill_session(self) -> None:
        for pid in self.session():
            _signal(pid, signal.SIGKILL)


def identify(pid: int) -> Identity | None:
    stat = _stat(pid)
    return Identity(pid, stat.started) if stat else None


def myself() -> Identity:
    identity = identify(os.getpid())
    assert identity, "this process lives"  # noqa: S101 (for the type checker)
    return identity


def wait_until(done: Callable[[], bool], seconds: float, *, every: float = 0.05) -> bool:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def end_all(asked: Iterable[tuple[Identity, signal.Signals]], *, seconds: float) -> None:
    """Asks all of them at once with the signal each wants, and kills what is left of their sessions after `seconds`."""
    asked = list(asked)
    for identity, number in asked:
        identity.send(number)
    wait_until(lambda: not any(identity.alive() for identity, _ in asked), seconds)
    for identity, _ in asked:
        identity.kill_session()
    wait_until(lambda: not any(identity.session() for identity, _ in asked), 2)


def end_attempts(scratch: Path, *, seconds: float = 5) -> int:
    """Kills what works in an attempt directory below `scratch`, known by its HOME; how many there were.

    The exact form of the directory is asked for: a slip in a variable must not cost somebody's session.
    """
    home = re.compile(rb"HOME=" + re.escape(os.fsencode(scratch)) + rb"/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/\d+")
    met: set[int] = set()

    def kill() -> bool:
        found = {pid for pid in _pids() if _stat(pid) and any(map(home.fullmatch, _environment(pid)))}
        for pid in found:
            _signal(pid, signal.SIGKILL)
        met.update(found)
        return not found

    wait_until(kill, seconds)  # what forks meanwhile is met in the next round
    return len(met)


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []  # gone, or not ours


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _stat(pid: int) -> _Stat | None:
    """None for a process that is gone, also when nobody has collected its exit status yet."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name in parentheses may hold spaces and parentheses; the other fields follow the last one.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else _Stat(session=int(fields[3]), started=int(fields[19]))
