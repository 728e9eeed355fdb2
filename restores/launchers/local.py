"""CASA on this machine, one process per attempt, outliving the worker that started it.

All that is known of a job lies in its attempt directory: `handle.json` (who runs it, and where), `exit` (how it ended).
Every function may be repeated, by this process or by another.  Where several machines share the directories, what
runs on one is left to the workers there, until its supervisor has been silent for so long that it must be gone: the
machine has died or was started anew.
"""

import json
import os
import subprocess
import sys
import time
from enum import Enum
from pathlib import Path

from django.conf import settings

from archive.errors import ArchiveError, TransientError
from restores.launchers import processes, supervise

SUPERVISOR = Path(supervise.__file__)
START_SECONDS = 20
POLL_SECONDS = 0.005
# The handle is touched every few seconds; other machines may see that a minute late (the attribute cache of NFS).
SILENT_SECONDS = 180


class Lost(Enum):
    LOST = "gone without a word"


LOST = Lost.LOST


class RuntimeMissingError(ArchiveError):
    status = 503
    code = "casa-missing"

    def __init__(self, casa_version):
        super().__init__(
            f"CASA {casa_version} is not installed on this machine.",
            "Staff: install it below ALTIPLANO_CASA_DIR, then request the work again.",
        )


class ElsewhereError(TransientError):
    """Only the workers of another machine can watch or end what runs there."""

    def __init__(self, directory):
        super().__init__(f"The work in {directory} runs on another machine and is left to the workers there.")


def submit(directory: Path, casa_version: str) -> dict:
    """Start CASA on the order in `directory`, or find it started; its handle."""
    interpreter = settings.CASA_DIR / casa_version / "bin" / "python"
    if not os.access(interpreter, os.X_OK):
        raise RuntimeMissingError(casa_version)
    if not (directory / supervise.HANDLE).exists():
        command = [str(interpreter), "-m", "restores.casa.run", str(directory)]
        subprocess.Popen(
            [sys.executable, "-I", "-S", str(SUPERVISOR), *command],
            cwd=directory,
            env=_environment(directory),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ).returncode = 0  # it outlives us: `outcome` reaps it, not the garbage collector
    return _await_handle(directory)


def _environment(directory: Path) -> dict[str, str]:
    """Nothing of ours but what CASA needs: no secret of the service reaches the code that runs deliveries."""
    kept = {name: os.environ[name] for name in ("PATH", "CASA_DATA", "TZ") if name in os.environ}
    return kept | {
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUNBUFFERED": "1",
        "CASASITECONFIG": str(settings.BASE_DIR / "restores" / "casa" / "casasiteconfig.py"),
        "CASA_LOGFILE": str(directory / "casa.log"),
        "MPLCONFIGDIR": str(settings.SCRATCH_DIR / "matplotlib"),  # its font list takes a second to make: once
        "OMP_NUM_THREADS": "1",
    }


def _await_handle(directory: Path) -> dict:
    deadline = time.monotonic() + START_SECONDS
    while (handle := handle_of(directory)) is None:
        if time.monotonic() > deadline:
            raise TransientError(f"The supervisor in {directory} does not start.")
        time.sleep(POLL_SECONDS)
    return handle


def handle_of(directory: Path) -> dict | None:
    """Who claimed the directory, if anybody did."""
    try:
        return json.loads((directory / supervise.HANDLE).read_text())
    except FileNotFoundError:
        return None


def outcome(directory: Path, handle: dict) -> int | Lost | None:
    """None while it runs, then the exit status of CASA; `LOST` when the supervisor died before it could tell.

    `ElsewhereError` while it runs on another machine.
    """
    if _is_here(handle):
        processes.reap(handle["pid"])
    status = _exit_status(directory)
    if status is None and _is_running(directory, handle):
        return None
    # It may have ended between the two looks.
    status = _exit_status(directory) if status is None else status
    return LOST if status is None else status


def _exit_status(directory: Path) -> int | None:
    try:
        return int((directory / supervise.EXIT).read_text())
    except FileNotFoundError:
        return None


def _is_running(directory: Path, handle: dict) -> bool:
    if not _is_here(handle):
        _require_silent(directory)
        return False
    found = processes.stat(handle["pid"])
    return found is not None and found.started == handle["started"]


def _is_here(handle: dict) -> bool:
    return handle.get("place", processes.place()) == processes.place()


def _require_silent(directory: Path) -> None:
    """Both times are the file server's: the clocks of the machines may differ."""
    try:
        last = (directory / supervise.HANDLE).stat().st_mtime
    except FileNotFoundError:
        return
    probe = directory / f".now.{os.getpid()}.{time.monotonic_ns()}"
    probe.touch()
    now = probe.stat().st_mtime
    probe.unlink()
    if now - last < SILENT_SECONDS:
        raise ElsewhereError(directory)


def cancel(directory: Path) -> None:
    """End whatever works in `directory`, and whatever could begin to: where nobody has claimed it, we do."""
    if not directory.is_dir():
        return
    handle = _claimed(directory)
    if _is_here(handle):
        processes.kill_members(str(directory), handle["pid"], handle["started"])
    elif _exit_status(directory) is None:
        _require_silent(directory)


def _claimed(directory: Path) -> dict:
    nobody = {"pid": 0, "started": 0}
    draft = directory / f".handle.{os.getpid()}.{time.monotonic_ns()}"
    draft.write_text(json.dumps(nobody))
    try:
        os.link(draft, directory / supervise.HANDLE)
    except FileExistsError:
        return json.loads((directory / supervise.HANDLE).read_text())
    finally:
        draft.unlink()
    return nobody
