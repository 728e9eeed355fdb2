"""`python -m altiplano.stack start|stop|status|exec|dump|restore|remove`: the stack from the command line."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from . import dump, servers, temporary
from .ending import remove
from .errors import StackError
from .layout import Layout, here
from .supervisor import stop_all

INTERRUPTED = 130  # as shells say it


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.verb(options)
    except KeyboardInterrupt:
        print("Interrupted. The same command may be run again: no half of it counts.", file=sys.stderr)
        return INTERRUPTED
    except StackError as refusal:
        print(refusal, file=sys.stderr)
    except PermissionError as refusal:
        print(f"{refusal.filename} belongs to another user; act as that user, or set ALTIPLANO_VAR.", file=sys.stderr)
    return 1


def _start(options: argparse.Namespace) -> int:
    started = servers.start(here())
    print(f"Started {' and '.join(started)}." if started else "Nothing to start.")
    return _status(options)


def _stop(options: argparse.Namespace) -> int:
    stopped = stop_all(here())
    print(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")
    return 0


def _status(options: argparse.Namespace) -> int:
    table = Table("name", "state", "where", box=None, pad_edge=False)
    for row in servers.status(here()):
        table.add_row(*row)
    Console().print(table)
    return 0


def _exec(options: argparse.Namespace) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise StackError("exec needs a command after `--`, as in `exec --temporary -- pytest`.")
    if options.temporary:
        return temporary.run(command, postgres_bin=options.postgres_bin)
    servers.start(here())
    return temporary.run_on(here(), command)


def _dump(options: argparse.Namespace) -> int:
    return _say(dump.dump, here(), options.file)


def _restore(options: argparse.Namespace) -> int:
    return _say(dump.restore, here(), options.file, replace=options.replace)


def _remove(options: argparse.Namespace) -> int:
    remove(here())
    return 0


def _say(verb: Callable[..., None], layout: Layout, file: Path, **choices: bool) -> int:
    verb(layout, file, **choices)
    print(f"{verb.__name__} {file}: done.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m altiplano.stack", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    _verb(verbs, "start", _start, "start the servers that do not run yet")
    _verb(verbs, "stop", _stop, "end everything that was started, also web service and workers")
    _verb(verbs, "status", _status, "what runs, and where")
    _verb(verbs, "remove", _remove, "end everything and delete data and secrets")
    run = _verb(verbs, "exec", _exec, "run a command on the stack, or on a temporary one")
    run.add_argument("--temporary", action="store_true", help="fresh directory and free ports, removed afterwards")
    run.add_argument("--postgres-bin", metavar="DIR", help="bin directory of another PostgreSQL (with --temporary)")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    _verb(verbs, "dump", _dump, "write the database to a file").add_argument("file", type=Path)
    back = _verb(verbs, "restore", _restore, "fill an empty database from a dump")
    back.add_argument("file", type=Path)
    back.add_argument("--replace", action="store_true", help="empty the database first")
    return parser


def _verb(verbs, name: str, verb: Callable[[argparse.Namespace], int], purpose: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=purpose, description=purpose)
    parser.set_defaults(verb=verb)
    return parser


if __name__ == "__main__":
    sys.exit(main())
