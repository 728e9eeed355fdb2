"""Where a measurement runs: a temporary stack of its own, with room on the disk and memory for its database."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEMORY = "ALTIPLANO_POSTGRES_MEMORY"


def require_room(needed: float) -> None:
    """`needed` bytes, where temporary stacks lie."""
    if (free := shutil.disk_usage(tempfile.gettempdir()).free) < needed:
        raise SystemExit(f"{tempfile.gettempdir()} has {free / 1e9:.1f} GB free and needs {needed / 1e9:.1f}.")


def give_memory() -> None:
    """To the stacks that are started after this: a quarter of all, as an operator would; what is set already stays."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4_000_000
    os.environ.setdefault(MEMORY, f"{megabytes}MB")
    print(f"PostgreSQL has {os.environ[MEMORY]} of memory; the load of the machine is {os.getloadavg()[0]:.1f}.")


def command(program: str, *options: str, postgres_bin: Path | None = None) -> list[str]:
    """What runs `program` with these options on a temporary stack."""
    other = ["--postgres-bin", str(postgres_bin)] if postgres_bin else []
    stack = [sys.executable, "-m", "altiplano.stack", "exec", "--temporary", *other, "--"]
    return [*stack, sys.executable, program, *options]


def again(program: str) -> int:
    """The same command line once more, there; the status it ends with."""
    return subprocess.call(command(program, "--on-stack", *sys.argv[1:]), cwd=ROOT)
