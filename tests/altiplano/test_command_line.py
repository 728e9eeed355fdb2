"""What `manage.py` says where a command cannot go on, in one sentence and an exit status."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection

from altiplano import command_line
from altiplano.stack import __main__ as stack
from altiplano.stack import dump
from archive.errors import TransientError
from products.ingest import ingest_products
from products.journal import Staged
from products.models import IngestRun, Product
from products.store import Store
from tests import make, service, silent
from tests.products.fits import written

PLACE = "127.0.0.1:9/archive"  # nothing listens there
# After some files it takes its time: a new bucket answers its first writes late, and then all that wait at once
SLOW = """
import itertools, runpy, sys, time, django
django.setup()
from products.storing import Storing
keep = Storing.keep
number = itertools.count()
Storing.keep = lambda self, file: (time.sleep(0.3 if next(number) < 4 else 3), keep(self, file))[1]
sys.argv = ["manage.py", *sys.argv[1:]]
runpy.run_path("manage.py", run_name="__main__")
"""
HANGING = """
import runpy, sys, time, django
django.setup()
from products import fixity
fixity._look = lambda *args: (print("reading", flush=True), time.sleep(60))
sys.argv = ["manage.py", *sys.argv[1:]]
runpy.run_path("manage.py", run_name="__main__")
"""

EARLY = """
import os, runpy, signal, sys
class Press:
    def find_spec(name, *where):
        if name == "altiplano.command_line":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Press)
sys.argv = ["manage.py", "sweep"]
runpy.run_path("manage.py", run_name="__main__")
"""


def begun(*words, program=("manage.py",), **variables):
    return subprocess.Popen(
        [sys.executable, *program, *map(str, words)],
        cwd=settings.BASE_DIR,
        env=os.environ | service.environment() | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_command_without_a_database_ends_at_once_with_one_sentence_that_names_it():
    commands = ("sweep", "audit_storage")
    address = f"postgresql://altiplano:geheim@{PLACE}"
    processes = [begun(name, ALTIPLANO_DATABASE_URL=address) for name in commands]

    answers = {name: (*one.communicate(timeout=60), one.returncode) for name, one in zip(commands, processes, strict=1)}

    sentence = (
        f"The database at {PLACE} does not answer (Connection refused). See whether it runs and whether "
        "ALTIPLANO_DATABASE_URL is right, then run the same command again.\n"
    )
    assert answers == {
        "sweep": ("", sentence, 1),
        "audit_storage": ("", sentence, 2),  # 1 says that something is wrong (docs/operating.md)
    }


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["sweep"], True),
        (["migrate"], True),
        (["sweep", "--help"], False),
        (["simulate_delivery", "out"], False),
        (["makemigrations"], False),
        (["help", "sweep"], False),
    ],
)
def test_who_needs_the_database_asks_for_it(monkeypatch, words, asked):
    questions = []
    monkeypatch.setattr(command_line, "require_database", lambda: questions.append("is it there?"))

    command_line.CommandLine(["manage.py", *words]).fetch_command(words[0] if words[0] != "help" else words[1])

    assert bool(questions) == asked


def test_a_database_that_takes_the_connection_and_says_nothing_is_waited_for_seconds_only(monkeypatch):
    monkeypatch.setattr(command_line, "PATIENCE_SECONDS", 2)  # the least that the driver takes
    with silent.server() as port:
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
        before = time.monotonic()

        with pytest.raises(command_line.DatabaseAwayError, match=f"127.0.0.1:{port}/.* does not answer"):
            command_line.require_database()

    assert time.monotonic() - before < 4


def test_a_wrong_password_is_said_and_never_quoted(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "geheim")

    with pytest.raises(command_line.DatabaseAwayError, match="password authentication failed") as refusal:
        command_line.require_database()

    assert "geheim" not in str(refusal.value)


def failing(monkeypatch, error):
    def fail(line):
        raise error

    monkeypatch.setattr(command_line.CommandLine, "execute", fail)
    return command_line.main(["manage.py", "sweep"])


def test_a_database_that_goes_away_meanwhile_is_told_in_the_same_words(monkeypatch, capsys):
    lost = OperationalError("terminating connection due to administrator command")
    lost.__cause__ = psycopg.errors.AdminShutdown(*lost.args)

    assert failing(monkeypatch, lost) == 1
    assert "does not answer (terminating connection" in capsys.readouterr().err


def test_a_statement_that_fails_is_our_own_mistake(monkeypatch):
    wrong = OperationalError("deadlock")
    wrong.__cause__ = psycopg.errors.DeadlockDetected("deadlock detected")

    with pytest.raises(OperationalError):
        failing(monkeypatch, wrong)


@pytest.mark.parametrize("kind", [psycopg.errors.DiskFull, psycopg.errors.OutOfMemory])
def test_a_database_that_is_full_is_told_without_a_traceback(monkeypatch, capsys, kind):
    full = OperationalError('could not extend file "base/5/1": No space left on device')
    full.__cause__ = kind(*full.args)

    assert failing(monkeypatch, full) == 1
    said = capsys.readouterr().err
    assert "is out of room (could not extend file" in said
    assert said.endswith("Make room there, then run this again.\n")


def test_a_database_without_tables_is_told_what_makes_them(monkeypatch, capsys):
    lacking = ProgrammingError('relation "products_product" does not exist')
    lacking.__cause__ = psycopg.errors.UndefinedTable(*lacking.args)

    assert failing(monkeypatch, lacking) == 1
    assert capsys.readouterr().err.endswith("lacks tables of ours. Make them with `manage.py migrate`.\n")


def test_a_store_that_does_not_answer_is_told_without_a_traceback(monkeypatch, capsys):
    assert failing(monkeypatch, TransientError("The object store cannot be reached.")) == 1
    assert capsys.readouterr().err == "The object store cannot be reached.\n"


def test_a_session_that_ctrl_c_has_cut_off_is_not_taken_for_a_database_that_is_away(monkeypatch, capsys):
    cut_off = OperationalError("sending query failed: another command is already in progress")
    cut_off.__context__ = OperationalError("the connection is closed")
    cut_off.__context__.__context__ = KeyboardInterrupt()

    assert failing(monkeypatch, cut_off) == 130
    assert capsys.readouterr().err.startswith("Interrupted. ")


@pytest.mark.django_db(transaction=True)
def test_a_store_that_hangs_is_given_up_by_a_command():
    with silent.server() as port:
        address = f"http://127.0.0.1:{port}"
        keys = {f"ALTIPLANO_S3_{name.upper()}": settings.S3[name] for name in ("access_key_id", "secret_access_key")}
        audit = begun("audit_storage", **keys, ALTIPLANO_S3_ENDPOINT=address, ALTIPLANO_S3_SECONDS="0.3")
        told = audit.communicate(timeout=60)[1].splitlines()[-1]

    assert audit.returncode == 2
    assert told.startswith(
        f'CommandError: The object store cannot be reached: Read timeout on endpoint URL: "{address}'
    )
    assert told.endswith("The audit is not done.")


@pytest.fixture
def images(tmp_path):
    make.source(make.mous(), "NGC1052")
    for number in range(12):
        name = f"member.{make.MOUS.replace('://', '___').replace('/', '_')}.NGC1052_sci.spw{number}.cube.I.pbcor.fits"
        (tmp_path / name).write_bytes(written.image(OBJECT="NGC1052"))
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_ends_an_ingestion_with_a_sentence_and_the_next_one_goes_on_from_there(images, monkeypatch):
    ingestion = begun("ingest_products", images, "--workers", 2, program=("-c", SLOW))
    until = time.monotonic() + 60
    while not Staged.objects.exists() and time.monotonic() < until and ingestion.poll() is None:
        time.sleep(0.1)
    ingestion.send_signal(signal.SIGINT)
    told = ingestion.communicate(timeout=60)[1]

    assert ingestion.returncode == 130
    assert "Traceback" not in told
    assert told.rstrip().endswith(
        "Interrupted. Nothing of a package is seen before all of it is in; what was stored is kept. "
        "Run the same command again."
    )
    assert not Product.objects.exists()
    run = IngestRun.objects.get()
    assert (run.phase, run.reason) == (
        "failed",
        "It was interrupted with Ctrl-C; the same command goes on where it was.",
    )

    stored, put, again = Staged.objects.count(), Store.put, []
    monkeypatch.setattr(Store, "put", lambda store, key, *a, **k: again.append(key) or put(store, key, *a, **k))
    ingest_products([images])
    assert Product.objects.count() == 12
    assert 0 < stored == 12 - len(again)


def test_a_reader_who_has_enough_ends_a_command_without_a_word(monkeypatch, capsys):
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(command_line.CommandLine, "execute", lambda _: print("row\n" * 100_000))
        status = command_line.main(["manage.py", "search"])

    assert status == 141
    assert not capsys.readouterr().err


def test_ctrl_c_while_a_command_is_loaded_ends_it_without_a_word():
    early = begun(program=("-c", EARLY))

    assert (*early.communicate(timeout=60), early.returncode) == ("", "", -signal.SIGINT)  # 130 in a shell


@pytest.mark.parametrize("verb", ["dump", "restore"])
def test_ctrl_c_ends_a_dump_of_the_database_with_a_sentence(monkeypatch, capsys, tmp_path, verb):
    def press(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(dump, verb, press)

    assert stack.main([verb, str(tmp_path / "archive.dump")]) == 130
    assert capsys.readouterr().err == "Interrupted. The same command may be run again: no half of it counts.\n"


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_ends_a_check_of_bytes_with_its_own_words(mous_with_a_file):
    check = begun("check_fixity", program=("-c", HANGING))
    assert check.stdout.readline() == "reading\n"
    check.send_signal(signal.SIGINT)

    told = check.communicate(timeout=60)[1]

    assert (check.returncode, told) == (130, "Interrupted. What was read is noted; run it again for the rest.\n")


@pytest.fixture
def mous_with_a_file(images):
    ingest_products([images])
