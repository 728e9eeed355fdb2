"""A stack for one command: fresh directory, free ports, gone without a trace when the command ends, however it ends.

Two at the same moment do not meet.  What a run leaves that was killed outright is removed by the next one.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from . import servers
from .account import reachable, server_account
from .ending import remove
from .errors import NotReadyError, PortInUseError, StackError
from .layout import Layout, from_environment
from .ports import free_block
from .processes import Identity, identify, myself, wait_until
from .supervisor import Service, forget, remember, stop_all

_PREFIX = "altiplano-stack-"
_ATTEMPTS = 4
_CHILD_SECONDS = 10
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(command: Sequence[str], *, postgres_bin: str | None = None) -> int:
    """Runs `command` on a temporary stack; its exit status, 128 + n if signal n ended it."""
    _on_endings(_keep)
    with temporary_stack(postgres_bin=postgres_bin) as layout:
        return run_on(layout, command)


def run_on(layout: Layout, command: Sequence[str]) -> int:
    _on_endings(_keep)
    # At a terminal the child must stay in our session to read from it; Ctrl-C then reaches it without us.
    apart = not sys.stdin.isatty()
    try:
        child = subprocess.Popen(list(command), env=servers.environment_for(layout), start_new_session=apart)
    except OSError as problem:
        raise StackError(f"The command {command[0]} cannot be run: {problem.strerror}.") from problem
    remember(layout, _as_service(command), child.pid)
    identity = identify(child.pid)
    try:
        _on_endings(_leave)
        status = child.wait()
    finally:
        _on_endings(signal.SIG_IGN)
        _end(child, identity if apart else None)
        forget(layout, _name())
    return 128 - status if status < 0 else status


def _as_service(command: Sequence[str]) -> Service:
    """What the next run needs to end this command, if ours is killed outright."""
    return Service(name=_name(), argv=command, environment={}, cwd=Path.cwd(), ready=lambda: True)


def _name() -> str:
    return f"exec-{os.getpid()}"


@contextlib.contextmanager
def temporary_stack(*, postgres_bin: str | None = None) -> Iterator[Layout]:
    parents = _parents()
    for parent in parents:
        _sweep(parent)
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parents[0]))
    try:
        # mkdtemp makes it 0700, and `nobody` must pass; data and secrets below have private directories.
        home.chmod(0o755)
        (home / "owner.json").write_text(json.dumps(asdict(myself())))
        yield _start(home, postgres_bin)
    finally:
        if signal.getsignal(signal.SIGTERM) in (_keep, _leave):
            _on_endings(signal.SIG_IGN)
        _remove(home)


def _start(home: Path, postgres_bin: str | None) -> Layout:
    for attempt in range(_ATTEMPTS):
        layout = _layout(home, postgres_bin)
        try:
            servers.start(layout)
        except (PortInUseError, NotReadyError):
            # Somebody took a port between our look and the server's; other ports, then.
            stop_all(layout)
            shutil.rmtree(layout.runtime / "s3", ignore_errors=True)
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            return layout
    raise AssertionError("unreachable")


def _layout(home: Path, postgres_bin: str | None) -> Layout:
    postgres_port, s3_port = free_block()
    described = {
        "ALTIPLANO_VAR": str(home),
        "ALTIPLANO_POSTGRES_PORT": str(postgres_port),
        "ALTIPLANO_S3_PORT": str(s3_port),
        "ALTIPLANO_STACK_TEMPORARY": "1",
        "ALTIPLANO_POSTGRES_MEMORY": os.environ.get("ALTIPLANO_POSTGRES_MEMORY", ""),  # what a measurement asks for
    }
    return from_environment(described | ({"ALTIPLANO_POSTGRES_BIN": postgres_bin} if postgres_bin else {}))


def _parents() -> list[Path]:
    """Where temporary directories may be, those that the account of the servers cannot pass left out."""
    wanted = dict.fromkeys([Path(tempfile.gettempdir()), Path("/var/tmp")])  # noqa: S108 (mkdtemp makes the directory)
    usable = [directory for directory in wanted if reachable(directory / "any", server_account())]
    if not usable:
        raise StackError(f"The account of the servers reaches none of {list(wanted)}; set TMPDIR to one open to all.")
    return usable


def _sweep(parent: Path) -> None:
    for owner in parent.glob(f"{_PREFIX}*/owner.json"):
        with contextlib.suppress(OSError, ValueError, TypeError, StackError):
            if owner.stat().st_uid == os.getuid() and not Identity(**json.loads(owner.read_text())).alive():
                _remove(owner.parent)


def _remove(home: Path) -> None:
    remove(from_environment({"ALTIPLANO_VAR": str(home)}))


def _on_endings(act: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    """Kept while something is being born, obeyed while the command runs, ignored while we clean up, which is short."""
    for ending in _ENDINGS:
        signal.signal(ending, act)
    if act is _leave and _came:
        _leave(_came[0], None)


_came: list[int] = []


def _keep(number: int, frame: FrameType | None) -> None:
    _came.append(number)


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _end(child: subprocess.Popen, session: Identity | None) -> None:
    """Asks the command, and what it left running in its session, to end; kills what has not after some seconds."""
    for pid in session.session() if session else []:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        if child.poll() is None:
            child.terminate()
            child.wait(_CHILD_SECONDS)
    if session:
        wait_until(lambda: not session.session(), _CHILD_SECONDS)
        session.kill_session()
    if child.poll() is None:
        child.kill()
        child.wait()
