"""Stands beside one CASA process: claims the attempt directory, starts CASA there, notes how it ended.

Run as a plain script with the attempt directory as working directory, in a session of its own.  The worker that
started it may be gone by the time CASA ends, so this process writes the exit status, once, by rename.  Names are
relative on purpose: when the directory was removed meanwhile, nothing can be created in it, and CASA is not started.
Other machines cannot see this process, so it touches its handle while it lives.
Standard library only, and little of it: this runs before every job.
"""

import errno
import json
import os
import resource
import signal
import subprocess
import sys

HANDLE = "handle.json"
EXIT = "exit"
OUTPUT = "casa.out"
COMMAND_NOT_STARTED = 127
BEAT_SECONDS = 10
_REMOVED = {errno.ENOENT, errno.ESTALE}


def fields(pid: int | str) -> list[str]:
    """/proc/<pid>/stat from field 3 on (proc(5)): state, ..., session at 3, start in clock ticks since boot at 19."""
    # The name in parentheses may hold anything, also parentheses: what counts stands after the last one.
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()


def place() -> str:
    """This boot of this machine, as this pid namespace sees it: where a pid means something."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
        return f"{boot.read().strip()}/{os.readlink('/proc/self/ns/pid')}"


def claim() -> bool:
    """Put our handle where at most one process can: a link fails when the name exists, and is never seen half."""
    draft = f".handle.{os.getpid()}"
    try:
        with open(draft, "x", encoding="ascii") as handle:
            json.dump({"pid": os.getpid(), "started": int(fields("self")[19]), "place": place()}, handle)
        os.link(draft, HANDLE)
    except (FileExistsError, FileNotFoundError):
        return False
    finally:
        if os.path.exists(draft):
            os.unlink(draft)
    return True


def _modest():
    """No core dumps of gigabytes; and when memory ends, CASA goes before the worker does."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
            score.write("500")
    except OSError:
        pass


def beat(*_) -> None:
    """Show that we live; where another machine took us for dead and removed the directory, end with all of ours."""
    try:
        os.utime(HANDLE)
    except OSError as error:
        if error.errno in _REMOVED:
            os.killpg(0, signal.SIGKILL)


def run(command: list[str]) -> int:
    _modest()
    with open(OUTPUT, "ab") as output:
        try:
            return subprocess.call(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        except OSError as error:
            output.write(f"{error}\n".encode())
            return COMMAND_NOT_STARTED


def main(command: list[str]) -> None:
    if not claim():
        return
    signal.signal(signal.SIGALRM, beat)  # a timer rather than a thread: waiting for CASA goes on after each
    signal.setitimer(signal.ITIMER_REAL, BEAT_SECONDS, BEAT_SECONDS)
    status = run(command)
    with open(EXIT + ".new", "w", encoding="ascii") as note:
        note.write(str(status))
    os.rename(EXIT + ".new", EXIT)


if __name__ == "__main__":
    main(sys.argv[1:])
