"""The embedded PostgreSQL: made once, listening on loopback only, with a password for every connection.

The cluster has an administrator `postgres` and the role `altiplano`, which owns the database and may create others
(the tests do) but is no superuser.  It listens on TCP alone: no socket file, so no limit on the length of paths.
"""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from .account import private_directory, server_account
from .binaries import postgres_bin
from .errors import StackError
from .layout import DATABASE, Layout
from .ports import require_free
from .supervisor import Service, running, start_service

NAME = "postgres"
_ENVIRONMENT = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # A load of millions of rows is not to stop for a checkpoint at each gigabyte that it writes
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_buffers": "16MB",
}
# From version 18 on, workers read for the others: where files are in memory, as here, handing over takes longer
_SINCE_18 = {"io_method": "sync"}
# In a new cluster's own file, so that who wants replicas or an archive of the log may say so there.  Without them an
# index that is made goes to its own file alone and not into the log as well.
_NO_REPLICAS = "wal_level = minimal\nmax_wal_senders = 0\n"
_INITDB = ("--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")
# Only for a stack that is thrown away: the tests run faster when nothing need survive a power cut.
# A new cluster has no old segments of its log to write over, as one that has run for a while, and zeroes each first.
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "wal_init_zero": "off"}


def start(layout: Layout) -> bool:
    if NAME in running(layout):
        return False
    require_free(layout.postgres_port, server="PostgreSQL", variable="ALTIPLANO_POSTGRES_PORT")
    programs = postgres_bin(layout)
    _require_same_major(layout, programs)
    if not _cluster(layout).exists():
        _make_cluster(layout, programs)
    started = start_service(layout, _service(layout, programs))
    _make_database(layout)
    return started


def _cluster(layout: Layout) -> Path:
    return layout.runtime / "postgres"


def _service(layout: Layout, programs: Path) -> Service:
    own = {"port": str(layout.postgres_port), "shared_buffers": layout.postgres_memory}
    since = _SINCE_18 if int(_major(programs)) >= 18 else {}
    settings = _SETTINGS | since | (_CARELESS if layout.temporary else {}) | own
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Service(
        name=NAME,
        argv=[str(programs / "postgres"), "-D", str(_cluster(layout)), *options],
        environment=_ENVIRONMENT,
        cwd=_cluster(layout),
        ready=lambda: _answers(layout),
        seconds_to_ready=60,
        # SIGINT is PostgreSQL's fast shutdown: sessions are ended, a checkpoint is written.
        stop_signal=signal.SIGINT,
        server=True,
        account=server_account(),
    )


def _require_same_major(layout: Layout, programs: Path) -> None:
    version = _cluster(layout) / "PG_VERSION"
    if not version.exists():
        return
    kept, ours = version.read_text().strip(), _major(programs)
    if kept != ours:
        raise StackError(
            f"The database in {_cluster(layout)} was made by PostgreSQL {kept}, but {programs} holds version {ours}: "
            f"set ALTIPLANO_POSTGRES_BIN to the programs of version {kept}, dump the database with them, move the "
            "directory away, and restore the dump into a new one (docs/operating.md, dump and restore)."
        )


def _major(programs: Path) -> str:
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2].partition(".")[0]


def _make_cluster(layout: Layout, programs: Path) -> None:
    """initdb into a draft directory, which gets its name only when complete."""
    account = server_account()
    draft = layout.runtime / "postgres.draft"
    shutil.rmtree(draft, ignore_errors=True)
    home = private_directory(draft, account)
    with tempfile.NamedTemporaryFile("w", dir=home.parent, prefix="password-") as password:
        password.write(layout.secrets.postgres_admin_password)
        password.flush()
        account.own(Path(password.name))
        made = subprocess.run(
            [str(programs / "initdb"), "-D", str(home), f"--pwfile={password.name}", *_INITDB, *_hurry(layout)],
            check=False,
            cwd=home,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            **account.drop(),
        )
    if made.returncode:
        raise StackError(f"PostgreSQL could not make its data directory {home}: {made.stderr.strip()}")
    with (home / "postgresql.conf").open("a") as settings:
        settings.write(_NO_REPLICAS)
    home.rename(_cluster(layout))


def _hurry(layout: Layout) -> list[str]:
    return ["--no-sync"] if layout.temporary else []


def _connect(layout: Layout, *, user: str, password: str, dbname: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=layout.postgres_port,
        user=user,
        password=password,
        dbname=dbname,
        connect_timeout=5,
        autocommit=True,
    )


def _answers(layout: Layout) -> bool:
    try:
        _connect(layout, user="postgres", password=layout.secrets.postgres_admin_password).close()
    except psycopg.OperationalError as refusal:
        if "password authentication failed" in str(refusal):
            raise StackError(
                f"The database in {_cluster(layout)} was made with other secrets than {layout.var / 'secrets'} holds: "
                "put the right secrets back, or run `make clean` to begin again with an empty archive."
            ) from refusal
        return False
    return True


def _make_database(layout: Layout) -> None:
    """Repeated at every start, so that a start that was cut short is completed by the next."""
    secrets = layout.secrets
    with _connect(layout, user="postgres", password=secrets.postgres_admin_password) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'altiplano'").fetchone():
            connection.execute(
                sql.SQL("CREATE ROLE altiplano LOGIN CREATEDB PASSWORD {}").format(
                    sql.Literal(secrets.postgres_password)
                )
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER altiplano").format(sql.Identifier(DATABASE)))
