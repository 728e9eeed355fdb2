"""Dump the database to a file and restore it, with pg_dump and pg_restore of the same PostgreSQL as the server's.

The objects in the store are not part of it: copy the bucket, after the dump, with any S3 tool.
"""

import os
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from .binaries import postgres_bin
from .errors import StackError
from .layout import Layout
from .supervisor import running

_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def dump(layout: Layout, file: Path) -> None:
    """Writes `file` (mode 0600) in pg_dump's custom format; it appears under its name only when complete."""
    draft = file.with_name(f"{file.name}.draft")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        _call(layout, ["pg_dump", "--format=custom", "--no-owner"], stdout=output)
    draft.replace(file)


def restore(layout: Layout, file: Path, *, replace: bool = False) -> None:
    """Fills an empty database from `file`; with `replace`, empties it first."""
    if not file.is_file():
        raise StackError(f"There is no dump {file}.")
    users = sorted(set(running(layout)) - {"postgres", "s3"})
    if users:
        raise StackError(
            f"{', '.join(users)} still use the database; end them first (`make stop`), then start the stack."
        )
    with psycopg.connect(layout.database_url) as connection:
        if replace:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        elif connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchone():
            raise StackError(
                "The database is not empty; restore into an empty one, or say --replace to empty it first."
            )
    _call(layout, ["pg_restore", "--no-owner", "--single-transaction", "--dbname=", str(file)])


def _call(layout: Layout, command: list[str], **streams) -> None:
    program = postgres_bin(layout) / command[0]
    ended = subprocess.run(  # a failure becomes a sentence below
        [program, *command[1:]], env=_environment(layout), stderr=subprocess.PIPE, text=True, check=False, **streams
    )
    if ended.returncode:
        raise StackError(f"{command[0]} failed: {ended.stderr.strip()}")


def _environment(layout: Layout) -> dict[str, str]:
    """The address in variables: in arguments everybody on this machine could read the password."""
    address = conninfo_to_dict(layout.database_url)
    given = {_VARIABLES.get(name, f"PG{name.upper()}"): str(value) for name, value in address.items()}
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"} | given
