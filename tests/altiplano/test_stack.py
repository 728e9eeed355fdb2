"""The local stack, for real: every test here talks to servers it started itself."""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from botocore.exceptions import ClientError

from altiplano.stack import binaries, dump, s3, servers
from altiplano.stack.account import Account, reachable
from altiplano.stack.ending import remove
from altiplano.stack.errors import PortInUseError, StackError
from altiplano.stack.keys import read_or_make
from altiplano.stack.layout import REPOSITORY, from_environment
from altiplano.stack.ports import free_block
from altiplano.stack.processes import identify, wait_until
from altiplano.stack.supervisor import Service, running, start_service, stop_all, stop_service
from altiplano.stack.temporary import temporary_stack

ENDING = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from altiplano.stack import ending; ending.main()"
EXEC = [sys.executable, "-m", "altiplano.stack", "exec", "--temporary", "--"]


@pytest.fixture(scope="module")
def stack():
    with temporary_stack() as layout:
        yield layout


@pytest.fixture
def bare(tmp_path):
    """A stack that is described but not started."""
    postgres_port, s3_port = free_block()
    layout = from_environment(
        {
            "ALTIPLANO_VAR": str(tmp_path / "var"),
            "ALTIPLANO_POSTGRES_PORT": str(postgres_port),
            "ALTIPLANO_S3_PORT": str(s3_port),
        }
    )
    yield layout
    remove(layout)


@pytest.fixture
def open_directory():
    """A directory that the account of the servers can pass, unlike pytest's own when we are root."""
    with tempfile.TemporaryDirectory(prefix="altiplano-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_second_start_starts_nothing(stack):
    before = running(stack)

    assert servers.start(stack) == []
    assert running(stack) == before
    assert set(before) == {"postgres", "s3"}


def test_the_database_is_ours_in_utf8_and_no_superuser_owns_it(stack):
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), rolname, rolsuper, rolcreatedb"
            " FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba WHERE datname = 'altiplano'"
        ).fetchone()

    assert row == ("UTF8", "altiplano", False, True)


@pytest.mark.parametrize("user", ["altiplano", "postgres"])
def test_a_wrong_password_is_refused(stack, user):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://{user}:guess@127.0.0.1:{stack.postgres_port}/altiplano")


def test_every_way_in_asks_for_a_scram_password(stack):
    address = f"postgresql://postgres:{stack.secrets.postgres_admin_password}@127.0.0.1:{stack.postgres_port}/altiplano"
    with psycopg.connect(address) as connection:
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()

    assert methods == [("scram-sha-256",)]


def test_secrets_are_for_their_owner_only(stack):
    file = stack.var / "secrets" / "stack.json"

    assert stack.secrets.s3_secret_access_key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_data_directories_are_closed_to_others(stack):
    for name in ("postgres", "s3"):
        assert stat.S_IMODE((stack.runtime / name).stat().st_mode) == 0o700


def test_servers_listen_on_loopback_only(stack):
    def addresses():
        return [address for pid in running(stack).values() for address in _listening(pid)]

    # The kernel writes the four bytes of 127.0.0.1 in the order of the machine.
    assert wait_until(lambda: len(addresses()) >= 9, 120)
    assert set(addresses()) == {"0100007F"}


def test_the_object_store_asks_for_our_key(stack):
    store = s3.client(stack)
    store.put_object(Bucket="altiplano", Key="greeting", Body=b"hello")
    assert store.get_object(Bucket="altiplano", Key="greeting")["Body"].read() == b"hello"

    stranger = s3.client(_with(stack, ALTIPLANO_S3_ACCESS_KEY_ID="A" * 20, ALTIPLANO_S3_SECRET_ACCESS_KEY="guess"))
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        stranger.get_object(Bucket="altiplano", Key="greeting")


def test_two_processes_that_ask_first_get_the_same_secrets(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: read_or_make(tmp_path / "secrets" / "stack.json"), range(8)))

    assert len(made) == 1
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["stack.json"]


@pytest.mark.parametrize("variable", ["ALTIPLANO_POSTGRES_PORT", "ALTIPLANO_S3_PORT"])
def test_a_port_in_use_is_named_with_the_variable_that_changes_it(stack, bare, variable):
    port, _ = free_block()
    with socket.create_server(("127.0.0.1", port)):
        taken = from_environment(dict(bare.environment) | {variable: str(port)})
        with pytest.raises(PortInUseError, match=rf"Port {port}, .* in use .* set {variable} to a free port"):
            servers.start(taken)


def test_a_port_that_is_no_number_is_refused():
    with pytest.raises(StackError, match="ALTIPLANO_S3_PORT is 'seven'; it must be a port number from 1024 to 55530"):
        from_environment({"ALTIPLANO_S3_PORT": "seven"})


def test_a_database_of_another_major_version_is_refused_with_the_way_out(bare):
    (bare.runtime / "postgres").mkdir(parents=True)
    (bare.runtime / "postgres" / "PG_VERSION").write_text("14\n")

    with pytest.raises(StackError, match=r"made by PostgreSQL 14, but .* holds version 18: set ALTIPLANO_POSTGRES_BIN"):
        servers.start(bare)


def asked(layout, setting):
    with psycopg.connect(layout.database_url) as connection:
        return connection.execute("SELECT current_setting(%s)", [setting]).fetchone()[0]


def test_a_new_database_keeps_no_log_for_replicas_unless_its_own_file_says_so(bare):
    servers.start(bare)
    try:
        assert asked(bare, "wal_level") == "minimal"
        stop_all(bare)
        own = bare.runtime / "postgres" / "postgresql.conf"
        own.write_text(own.read_text().replace("wal_level = minimal", "wal_level = replica"))
        servers.start(bare)
        assert asked(bare, "wal_level") == "replica"
    finally:
        stop_all(bare)


def test_missing_programs_are_named():
    layout = from_environment({"ALTIPLANO_VAR": "/nowhere", "ALTIPLANO_POSTGRES_BIN": "/opt/none/bin"})

    with pytest.raises(StackError, match=r"/opt/none/bin/postgres is missing\. Set ALTIPLANO_POSTGRES_BIN"):
        binaries.postgres_bin(layout)


def test_an_external_server_is_neither_started_nor_given_secrets(tmp_path):
    layout = from_environment(
        {
            "ALTIPLANO_VAR": str(tmp_path / "var"),
            "ALTIPLANO_DATABASE_URL": "postgresql://archive@db.example.org/alma",
            "ALTIPLANO_S3_ENDPOINT": "https://s3.example.org",
            "ALTIPLANO_S3_ACCESS_KEY_ID": "key",
            "ALTIPLANO_S3_SECRET_ACCESS_KEY": "secret",
        }
    )

    assert servers.start(layout) == []
    assert layout.database_url == "postgresql://archive@db.example.org/alma"
    assert layout.s3_public_endpoint == "https://s3.example.org"
    assert layout.s3_credentials == ("key", "secret", "us-east-1")
    assert not (layout.var / "secrets").exists()


def test_an_external_store_without_keys_is_refused():
    layout = from_environment({"ALTIPLANO_S3_ENDPOINT": "https://s3.example.org"})

    with pytest.raises(StackError, match="needs ALTIPLANO_S3_ACCESS_KEY_ID and ALTIPLANO_S3_SECRET_ACCESS_KEY"):
        _ = layout.s3_credentials


def test_a_closed_home_is_out_of_reach_for_strangers_only(tmp_path):
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)

    assert not reachable(closed / "var" / "stack", Account(uid=65534, gid=65534))
    assert reachable(closed / "var" / "stack", Account(uid=os.getuid(), gid=os.getgid()))


def test_stop_leaves_no_process_and_a_later_start_finds_the_data(bare):
    servers.start(bare)
    with psycopg.connect(bare.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    pids = [pid for leader in running(bare).values() for pid in _family(leader)]

    began = time.monotonic()
    assert stop_all(bare) == ["postgres", "s3"]
    assert time.monotonic() - began < 30  # within 10 on a quiet machine
    assert wait_until(lambda: not any(identify(pid) for pid in pids), 60)
    assert running(bare) == {}

    assert servers.start(bare) == ["postgres", "s3"]
    with psycopg.connect(bare.database_url) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_stopping_ends_casa_too_which_outlives_its_worker_and_has_no_record(bare):
    """And nobody else whose home happens to lie there."""
    attempt = bare.scratch / "0ba1c38d-7d5b-4dc5-9a4c-0f1d4c4c0b6e" / "2"
    sleep = {"args": ["sleep", "600"], "start_new_session": True}
    casa = subprocess.Popen(**sleep, env=os.environ | {"HOME": str(attempt)})
    bystander = subprocess.Popen(**sleep, env=os.environ | {"HOME": str(bare.scratch / "somebody" / "2")})

    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ENDING], env=bare.environment, capture_output=True, text=True, check=True
    )

    assert casa.wait(60) == -signal.SIGKILL
    assert told.stdout == "Stopped CASA (1 processes).\n"
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_other_secrets_than_the_database_was_made_with_are_told(bare):
    servers.start(bare)
    stop_all(bare)
    (bare.var / "secrets" / "stack.json").unlink()

    with pytest.raises(StackError, match="was made with other secrets"):
        servers.start(bare)
    assert running(bare) == {}


def test_a_service_runs_detached_with_its_log_until_it_is_stopped(bare, tmp_path):
    service = _service(tmp_path, "echo hello; sleep 600 & sleep 600")

    assert start_service(bare, service) is True
    assert start_service(bare, service) is False
    leader = identify(running(bare)["sleeper"])
    assert wait_until(lambda: len(leader.session()) == 3, 60)
    assert (bare.logs / "sleeper.log").read_text() == "hello\n"

    assert stop_service(bare, "sleeper") is True
    assert leader.session() == []
    assert stop_service(bare, "sleeper") is False


def test_a_service_that_ignores_the_signal_is_killed(bare, tmp_path):
    start_service(bare, _service(tmp_path, "trap '' TERM; while true; do sleep 1; done"))
    leader = identify(running(bare)["sleeper"])

    stop_service(bare, "sleeper", seconds=0.5)

    assert leader.session() == []


def test_a_service_that_dies_at_once_shows_the_end_of_its_log(bare, tmp_path):
    with pytest.raises(StackError, match=r"sleeper ended at once; its log .* ends with:\nno such table"):
        start_service(bare, _service(tmp_path, "echo no such table >&2; exit 1", ready=False))


def test_a_record_whose_pid_belongs_to_another_process_counts_as_nothing(bare, tmp_path):
    start_service(bare, _service(tmp_path, "sleep 600"))
    path = bare.records / "sleeper.json"
    record = json.loads(path.read_text())
    leader = identify(record["pid"])
    path.write_text(json.dumps(record | {"started": record["started"] - 1}))

    assert running(bare) == {}
    assert stop_service(bare, "sleeper") is False
    assert leader.alive()
    leader.kill_session()


def test_what_does_not_look_like_ours_is_not_removed(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.tex").write_text("chapter 1")

    with pytest.raises(StackError, match="does not look like a directory of this service"):
        remove(from_environment({"ALTIPLANO_VAR": str(home)}))
    assert (home / "thesis.tex").exists()


def test_a_dump_restores_into_an_empty_database_only(bare, tmp_path):
    servers.start(bare)
    with psycopg.connect(bare.database_url) as connection:
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("CREATE TABLE observed AS SELECT 'uid://A001/X1/X2' AS uid")
    dump.dump(bare, tmp_path / "archive.dump")
    assert stat.S_IMODE((tmp_path / "archive.dump").stat().st_mode) == 0o600

    with pytest.raises(StackError, match="is not empty"):
        dump.restore(bare, tmp_path / "archive.dump")
    with psycopg.connect(bare.database_url) as connection:
        connection.execute("DROP TABLE observed")
        connection.execute("DROP EXTENSION btree_gist")
    dump.restore(bare, tmp_path / "archive.dump")
    dump.restore(bare, tmp_path / "archive.dump", replace=True)

    with psycopg.connect(bare.database_url) as connection:
        assert connection.execute("SELECT uid FROM observed").fetchall() == [("uid://A001/X1/X2",)]


def test_two_temporary_stacks_at_once_do_not_meet(open_directory):
    command = [*EXEC, sys.executable, "-c", _STAMP, str(open_directory)]
    runs = [subprocess.Popen([*command, name], cwd=REPOSITORY, env=_environment(open_directory)) for name in ("a", "b")]

    assert [run.wait(400) for run in runs] == [0, 0]
    assert (open_directory / "a").read_text() != (open_directory / "b").read_text()
    assert list(open_directory.glob("altiplano-stack-*")) == []


def test_the_exit_status_of_the_command_is_handed_on(open_directory):
    ended = subprocess.run([*EXEC, "sh", "-c", "exit 7"], cwd=REPOSITORY, env=_environment(open_directory), check=False)

    assert ended.returncode == 7
    assert list(open_directory.glob("altiplano-stack-*")) == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_run_leaves_neither_process_nor_file(open_directory, ending):
    run, home, pids = _run_in_background(open_directory)

    run.send_signal(ending)

    assert run.wait(120) == 128 + ending
    assert [pid for pid in pids if identify(pid)] == []
    assert not home.exists()


def test_what_a_killed_run_leaves_is_removed_by_the_next(open_directory):
    run, home, pids = _run_in_background(open_directory)
    run.kill()
    run.wait()
    assert home.exists()

    subprocess.run([*EXEC, "true"], cwd=REPOSITORY, env=_environment(open_directory), check=True)

    assert not home.exists()
    assert wait_until(lambda: not any(identify(pid) for pid in pids), 60)


# Waits until both runs are there, so that they overlap for certain.
_STAMP = """
import os, pathlib, sys, time
here = pathlib.Path(sys.argv[1])
(here / sys.argv[2]).write_text(os.environ["ALTIPLANO_DATABASE_URL"] + os.environ["ALTIPLANO_S3_ENDPOINT"])
end = time.time() + 300
while not all((here / name).exists() for name in "ab"):
    assert time.time() < end
    time.sleep(0.1)
"""


def _run_in_background(open_directory):
    sleeper = subprocess.Popen([*EXEC, "sleep", "600"], cwd=REPOSITORY, env=_environment(open_directory))
    # The record of the command itself: the next run knows it by that alone.
    assert wait_until(lambda: any(open_directory.glob("altiplano-stack-*/run/exec-*.json")), 120)
    home = next(open_directory.glob("altiplano-stack-*"))
    assert wait_until(lambda: _children(sleeper.pid, b"sleep"), 120)
    pids = [json.loads(path.read_text())["pid"] for path in home.glob("run/*.json")]
    return sleeper, home, [*pids, *_children(sleeper.pid, b"sleep")]


def _children(parent, name):
    names = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in names if _read(f"/proc/{pid}/cmdline").startswith(name)]


def _read(path):
    """Of a process that may be gone by now."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _family(pid):
    return [pid, *(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def _environment(open_directory):
    """Temporary stacks of these runs go below the test's own directory, which strangers may pass through."""
    return os.environ | {"TMPDIR": str(open_directory)}


def _with(layout, **variables):
    return from_environment(dict(layout.environment) | variables)


def _service(cwd, script, *, ready=True):
    return Service(
        name="sleeper",
        argv=["/bin/sh", "-c", script],
        environment={"PATH": "/usr/bin:/bin"},
        cwd=cwd,
        ready=lambda: ready,
        seconds_to_ready=60,
    )


def _listening(pid):
    """Local addresses of the sockets on which a process listens, as the kernel writes them (proc_pid_net(5))."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a server opens and closes files meanwhile
            inodes.add(os.readlink(link))
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return [row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
