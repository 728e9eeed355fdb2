"""What Linux tells of processes: whether one is the same as before, and which belong to an attempt.

A pid alone proves nothing, it is given again; with the time the process started, the boot and the pid namespace it
names one process for good.  Standard library only.
"""

import contextlib
import functools
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from restores.launchers import supervise

PROC = Path("/proc")
_DEAD = frozenset("ZXx")
EXEC_LOOKS = 1000  # a millisecond apart


class Stat(NamedTuple):
    session: int
    started: int  # clock ticks since boot


def stat(pid: int) -> Stat | None:
    """None for a process that is gone; a zombie is gone."""
    try:
        fields = supervise.fields(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in _DEAD else Stat(int(fields[3]), int(fields[19]))


@functools.cache
def place() -> str:
    return supervise.place()


def identity(pid: int) -> str:
    """Names a living process for good."""
    found = stat(pid)
    return f"{place()}/{pid}/{found.started if found else 0}"


def is_gone(identity: str) -> bool:
    """Whether the process was one of ours here and is no more; of other machines we know nothing."""
    where, _, rest = identity.partition("]/")
    if not rest or f"{where}]" != place():
        return False
    pid, _, started = rest.partition("/")
    found = stat(int(pid))
    return found is None or found.started != int(started)


def environment(pid: int) -> list[bytes]:
    """Empty for a process that is gone or not ours.

    In the midst of an exec the kernel shows a new program without environment; that is waited for.
    """
    empty = None
    for _ in range(EXEC_LOOKS):
        if told := _environ(pid):
            return told.split(b"\0")
        before, empty = empty, _empty_at(pid)
        if empty == 0 or (empty and empty == before):
            break
        time.sleep(0.001)
    return []


def _environ(pid: int) -> bytes:
    try:
        return (PROC / str(pid) / "environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def _empty_at(pid: int) -> int | None:
    """Where the environment begins and ends at once (proc(5), stat 50 and 51), None in the midst of an exec.

    For a moment an exec, too, shows that, but never twice at the same place.  What is gone or not ours, and a thread
    of the kernel, has it at 0.
    """
    try:
        begin, end = (int(field) for field in supervise.fields(pid)[47:49])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    if begin == end != 0:
        return begin
    return None if os.access(PROC / str(pid) / "exe", os.R_OK) else 0


def _with_home(pid: int, home: str) -> bool:
    return f"HOME={home}".encode() in environment(pid)


def members(home: str, leader: int, started: int) -> Iterator[int]:
    """The processes of an attempt: the session of its supervisor, and whatever inherited its HOME.

    The session's number alone is trusted only while its leader lives: after that it could have been given again.
    """
    first = stat(leader) if leader else None
    led = first is not None and first.started == started
    for entry in os.listdir(PROC):
        found = stat(int(entry)) if entry.isdigit() else None
        if found and ((led and found.session == leader) or _with_home(int(entry), home)):
            yield int(entry)


def kill_members(home: str, leader: int, started: int) -> None:
    """End the processes of an attempt; one that forks while we kill is met in the next round."""
    for _ in range(500):
        found = list(members(home, leader, started))
        if not found:
            return
        for pid in found:
            _kill(pid)
        reap(leader)
        time.sleep(0.01)
    raise TimeoutError(f"The processes {found} of {home} do not end.")


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def reap(pid: int) -> None:
    """Take the leave of a child that ended, when it is ours."""
    with contextlib.suppress(ChildProcessError):
        if pid:
            os.waitpid(pid, os.WNOHANG)
