"""Start and stop the embedded servers together, and the environment in which everything else finds them."""

import os
import sysconfig
from collections.abc import Callable

from . import postgres, s3
from .errors import StackError
from .layout import Layout
from .supervisor import alone, running

# What would point somewhere else; a program run on this stack must not inherit it.
_ADDRESSES = (
    "ALTIPLANO_DATABASE_URL",
    "ALTIPLANO_POSTGRES_",
    "ALTIPLANO_S3_",
    "ALTIPLANO_VAR",
    "ALTIPLANO_RUNTIME_DIR",
)


def start(layout: Layout) -> list[str]:
    """Starts the servers that are not external and not running; the names of those it started."""
    wanted: list[tuple[str, Callable[[Layout], bool]]] = []
    if not layout.external_database_url:
        wanted.append((postgres.NAME, postgres.start))
    if not layout.external_s3_endpoint:
        wanted.append((s3.NAME, s3.start))
    if not wanted:
        return []
    with alone(layout, "stack"):
        _own_runtime(layout)
        return [name for name, begin in wanted if begin(layout)]


def status(layout: Layout) -> list[tuple[str, str, str]]:
    """Name, state and address or pid of each server and service."""
    pids = running(layout)
    rows = [
        ("postgres", _state("postgres", pids, layout.external_database_url), f"127.0.0.1:{layout.postgres_port}"),
        ("s3", _state("s3", pids, layout.external_s3_endpoint), layout.s3_endpoint),
    ]
    return rows + [(name, "running", f"pid {pid}") for name, pid in pids.items() if name not in {"postgres", "s3"}]


def environment_for(layout: Layout) -> dict[str, str]:
    """Our own environment, with every address pointing at this stack, for the programs that run on it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_ADDRESSES)}
    key, secret, region = layout.s3_credentials
    return kept | {
        "ALTIPLANO_VAR": str(layout.var),
        "ALTIPLANO_RUNTIME_DIR": str(layout.runtime),
        "ALTIPLANO_POSTGRES_PORT": str(layout.postgres_port),
        "ALTIPLANO_S3_PORT": str(layout.s3_port),
        "ALTIPLANO_DATABASE_URL": layout.database_url,
        "ALTIPLANO_S3_ENDPOINT": layout.s3_endpoint,
        "ALTIPLANO_S3_PUBLIC_ENDPOINT": layout.s3_public_endpoint,
        "ALTIPLANO_S3_BUCKET": layout.s3_bucket,
        "ALTIPLANO_S3_ACCESS_KEY_ID": key,
        "ALTIPLANO_S3_SECRET_ACCESS_KEY": secret,
        "ALTIPLANO_S3_REGION": region,
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "/usr/bin:/bin")]),
    }


def _state(name: str, pids: dict[str, int], external: str | None) -> str:
    if external:
        return "external"
    return f"running (pid {pids[name]})" if name in pids else "stopped"


def _own_runtime(layout: Layout) -> None:
    """Where all may write, a directory that somebody else put there under our name is not trusted."""
    layout.runtime.mkdir(mode=0o755, parents=True, exist_ok=True)
    if layout.runtime.stat().st_uid != os.getuid():
        raise StackError(
            f"The runtime directory {layout.runtime} belongs to another user; "
            "delete it, or set ALTIPLANO_RUNTIME_DIR to a directory of your own."
        )
    if os.getuid() == 0:
        layout.runtime.chmod(0o755)
