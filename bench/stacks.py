"""Where a measurement runs: a temporary stack of its own, with room on the disk and memory for its database."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
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


def options(about: str, short: str, **numbers: tuple[int, str]) -> argparse.ArgumentParser:
    """The command line of a measurement: each number with its default and what it counts; `--short`; `--on-stack`."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    for name, (default, counts) in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=counts)
    parser.add_argument("--short", action="store_true", help=short)
    parser.add_argument("--on-stack", action="store_true", help=argparse.SUPPRESS)
    return parser


def measure(measured: Callable[[Path, argparse.Namespace], dict], asked: argparse.Namespace, **environment: str) -> int:
    """On the stack that `again` started: print what `measured` finds, and return whether a target was missed."""
    import django  # noqa: PLC0415 (settings read the environment)

    os.environ |= {"DJANGO_SETTINGS_MODULE": "altiplano.settings", **environment}
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 (needs Django to be set up)

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory(prefix="altiplano-bench-") as place:
        result = measured(Path(place), asked)
    print(json.dumps(result))
    return 0 if result["met"] else 1


def again(program: str) -> int:
    """The same command line once more, there; the status it ends with."""
    return subprocess.call(command(program, "--on-stack", *sys.argv[1:]), cwd=ROOT)
