"""Starts services in sessions of their own, remembers them by pid and start time, and ends all it started.

A service outlives the command that started it.  What is known of it is one JSON record under `var/run`; a record whose
process is gone counts as nothing and is overwritten by the next start.
"""

import contextlib
import fcntl
import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .account import Account, server_account
from .errors import NotReadyError, StackError
from .layout import Layout
from .processes import Identity, end_all, identify, wait_until

# Together below 10 s: what uses the servers ends first, then the servers.
DEPENDANT_SECONDS = 4.0
SERVER_SECONDS = 4.0


@dataclass(frozen=True)
class Service:
    """One process to keep running.

    `environment` is all of its environment, `ready` says whether it answers, `leftovers` are files to delete when it
    has ended, because it does not always do so itself.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    cwd: Path
    ready: Callable[[], bool]
    seconds_to_ready: float = 30.0
    stop_signal: signal.Signals = signal.SIGTERM
    server: bool = False
    account: Account | None = None
    leftovers: Sequence[Path] = ()


@dataclass(frozen=True)
class Record:
    name: str
    identity: Identity
    stop_signal: signal.Signals
    server: bool
    leftovers: tuple[Path, ...]


def start_service(layout: Layout, service: Service) -> bool:
    """Starts it and waits until it is ready; False if it was running already."""
    with alone(layout, service.name), contextlib.ExitStack() as undo:
        if service.name in running(layout):
            return False
        log = _log(layout, service)
        child = _spawn(service, log)
        undo.callback(stop_service, layout, service.name)
        remember(layout, service, child.pid)
        _await(service, child, log)
        undo.pop_all()
        return True


def stop_service(layout: Layout, name: str, *, seconds: float = DEPENDANT_SECONDS) -> bool:
    """Ends it and all of its session; False if it was not running."""
    records = [record for record in _records(layout) if record.name == name]
    return bool(_end(layout, records, seconds))


def stop_all(layout: Layout) -> list[str]:
    """Ends everything with a record, dependants before servers; the names of those that ran."""
    records = _records(layout)
    dependants = _end(layout, [record for record in records if not record.server], DEPENDANT_SECONDS)
    return dependants + _end(layout, [record for record in records if record.server], SERVER_SECONDS)


def running(layout: Layout) -> dict[str, int]:
    """The pids of the services that live, by name."""
    return {record.name: record.identity.pid for record in _records(layout) if record.identity.alive()}


@contextlib.contextmanager
def alone(layout: Layout, name: str) -> Iterator[None]:
    """Two starts of one service at the same moment: the second waits and finds it running."""
    layout.records.mkdir(parents=True, exist_ok=True)
    with open(layout.records / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def log_of(layout: Layout, name: str) -> Path:
    return layout.logs / f"{name}.log"


def last_lines(log: Path, count: int = 8) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-count:])


def _log(layout: Layout, service: Service) -> Path:
    layout.logs.mkdir(parents=True, exist_ok=True)
    return log_of(layout, service.name)


def _spawn(service: Service, log: Path) -> subprocess.Popen:
    account = service.account or server_account()
    drop = account.drop() if service.account else {}
    try:
        with open(log, "ab") as output:
            return subprocess.Popen(
                list(service.argv),
                cwd=service.cwd,
                env=dict(service.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **drop,
            )
    except FileNotFoundError as missing:
        raise StackError(
            f"{service.name} cannot be started: {missing.filename} is missing. "
            "Install the requirements again (`make clean`, then `make demo` or `make test`)."
        ) from missing


def _await(service: Service, child: subprocess.Popen, log: Path) -> None:
    answered = wait_until(lambda: child.poll() is not None or service.ready(), service.seconds_to_ready)
    if answered and child.poll() is None:
        return
    what = "ended at once" if answered else f"did not answer within {service.seconds_to_ready:.0f} s"
    raise NotReadyError(f"{service.name} {what}; its log {log} ends with:\n{last_lines(log)}")


def remember(layout: Layout, service: Service, pid: int) -> None:
    """Keeps a record of a process, so that `stop_all` ends it; one that has already ended needs none."""
    identity = identify(pid)
    if identity is None:
        return
    record = {
        "name": service.name,
        "pid": identity.pid,
        "started": identity.started,
        "stop_signal": service.stop_signal.name,
        "server": service.server,
        "leftovers": [str(path) for path in service.leftovers],
    }
    path = layout.records / f"{service.name}.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(record))
    draft.replace(path)


def forget(layout: Layout, name: str) -> None:
    (layout.records / f"{name}.json").unlink(missing_ok=True)


def _records(layout: Layout) -> list[Record]:
    return [_read(path) for path in sorted(layout.records.glob("*.json"))]


def _read(path: Path) -> Record:
    try:
        kept = json.loads(path.read_text())
        identity = Identity(kept["pid"], kept["started"])
        leftovers = tuple(Path(name) for name in kept.get("leftovers", ()))
        return Record(kept["name"], identity, signal.Signals[kept["stop_signal"]], kept["server"], leftovers)
    except (ValueError, KeyError, TypeError) as damage:
        raise StackError(
            f"The process record {path} is damaged ({damage}). Delete it, and end the process by hand if it runs."
        ) from damage


def _end(layout: Layout, records: Sequence[Record], seconds: float) -> list[str]:
    lived = [record.name for record in records if record.identity.alive()]
    end_all([(record.identity, record.stop_signal) for record in records], seconds=seconds)
    for record in records:
        for path in (*record.leftovers, layout.records / f"{record.name}.json"):
            path.unlink(missing_ok=True)
    return lived
