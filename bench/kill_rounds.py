"""The rounds of bench/ingest_under_kills.py: an ingestion is forked, killed, looked at, and begun again until it ends.

The process that forks has imported everything and holds no connection, so what is forked is as one that was started.
"""

import os
import random
import select
import signal
import statistics
import sys
import time
from collections import Counter
from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from bench import kill_checks, kill_packages
from products import ingest, journal, parts, runs, store
from restores.sweep import sweep

WHERE = {"": "storing", "i": "indexing", "c": "committing", "d": "committed"}
IN_COMMIT = 0.3  # share of the kills that wait for the transaction
MOST_ATTEMPTS = 200


class _Clients:
    """One client is for children alone: the sockets of the other are those of the process that looks after them."""

    def __init__(self):
        self._ours = store._client
        self._place = store._place(settings.S3["endpoint"])
        self._theirs = self._ours.__wrapped__(*self._place, seconds=settings.S3["seconds"])

    def give(self):
        """In the child."""
        store._client = lambda *place, seconds: self._theirs


class Attempt:
    """One forked ingestion; it says by a letter when its transaction begins, is to be committed, and is."""

    def __init__(self, path, clients):
        connections.close_all()
        self._said, says = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            clients.give()
            _take_in(path, says)
        os.close(says)
        self.where, self.status = "", None

    def wait(self, seconds, *, until=""):
        """Until it has ended, has said `until`, or `seconds` are over; whether it lives."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and select.select([self._said], [], [], left)[0]:
            letter = os.read(self._said, 1).decode()
            if not letter:
                return self._ended()
            self.where = letter
            if letter == until:
                break
        return True

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self._ended()

    def _ended(self):
        while self.wait_more():
            pass
        self.status = os.waitpid(self.pid, 0)[1]
        os.close(self._said)
        return False

    def wait_more(self):
        if letter := os.read(self._said, 1).decode():
            self.where = letter
        return bool(letter)


def _take_in(path, says):
    """In the child, which never returns."""
    status = 1
    try:
        with mock.patch.object(ingest, "_mous", _saying(ingest._mous, says, "i")), \
             mock.patch.object(runs.Run, "done", _saying(runs.Run.done, says, after="c")), \
             mock.patch.object(ingest.sidecars, "flush", _saying(ingest.sidecars.flush, says, "d")):  # fmt: skip
            ingest.ingest_delivery([path], workers=2)
        status = 0
    except BaseException as error:  # noqa: BLE001 (whatever it is, the child ends here)
        print(f"the ingestion failed: {error!r}", file=sys.stderr)
    finally:
        os._exit(status)


def _saying(work, says, before="", after=""):
    def said(*args, **kwargs):
        os.write(says, before.encode())
        result = work(*args, **kwargs)
        os.write(says, after.encode())
        return result

    return said


class _Killing:
    """Draws the moments; the length of an ingestion is that of those which nobody killed."""

    def __init__(self, seed):
        self._random, self.clients = random.Random(seed), _Clients()
        self._lengths, self._commits = [], []

    def learn(self, path):
        """From one that is left alone."""
        attempt, begun = Attempt(path, self.clients), time.monotonic()
        attempt.wait(60, until="i")
        indexing = time.monotonic()
        attempt.wait(60, until="c")
        committing = time.monotonic()
        attempt.wait(60, until="d")
        committed = time.monotonic()
        while attempt.wait(60):
            pass
        self._lengths.append(committed - begun)
        self._commits.append((committing - indexing, committed - committing))

    def end(self, attempt):
        """Kill it at a drawn moment; whether it was killed and did not end before."""
        if self._random.random() > IN_COMMIT:
            alive = attempt.wait(self._random.uniform(0, statistics.median(self._lengths)))
        else:
            letter, which = self._random.choice([("i", 0), ("c", 1)])
            alive = attempt.wait(60, until=letter)
            alive = alive and attempt.wait(self._random.uniform(0, statistics.median(c[which] for c in self._commits)))
        if alive:
            attempt.kill()
        return alive


def run(place, kills, seed):
    """A row for each place where kills fell, and what was wrong."""
    connections.close_all()
    connection.close_pool()  # a child must share no connection with us, and no thread
    connection.settings_dict["OPTIONS"].pop("pool")
    with mock.patch.object(parts, "PART_BYTES", kill_packages.PART_BYTES):
        return _run(place, kills, seed)


def _run(place, kills, seed):
    killing, counts, badly = _Killing(seed), Counter(), Counter()
    checks = kill_checks.Checks()
    for number in range(3):
        _taught(killing, checks, kill_packages.package(place, number))
    number = 3
    while sum(counts.values()) < kills:
        _round(kill_packages.package(place, number), killing, checks, (counts, badly))
        number += 1
    checks.wrong += _at_the_end(checks)
    rows = [{"where": where, "kills": counts[where], "wrong": badly[where]} for where in WHERE.values()]
    return rows, checks.wrong


def _taught(killing, checks, package):
    killing.learn(package.path)
    checks.expect(package)
    checks.whole(package)
    package.path.unlink()


def _round(package, killing, checks, tallies):
    """One package until it is in; the kills after which it was in count as the others do."""
    counts, badly = tallies
    checks.expect(package)
    for _ in range(MOST_ATTEMPTS):
        attempt = Attempt(package.path, killing.clients)
        killed = killing.end(attempt)
        before = len(checks.wrong)
        if killed:
            _wait_for_backends()
            counts[WHERE[attempt.where]] += 1
        elif attempt.status:
            checks.wrong.append(f"{package.uid}: an ingestion ended with status {attempt.status}")
        done = checks.after(package)
        badly[WHERE[attempt.where]] += len(checks.wrong) - before
        if done:
            break
    checks.whole(package)
    package.path.unlink()


def _wait_for_backends():
    """PostgreSQL ends what the killed process had begun, or commits what it was told to."""
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                           "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")  # fmt: skip
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.005)
    raise SystemExit("A server process of a killed ingestion did not end.")


def _at_the_end(checks):
    """After the grace of the sweep, and with every sidecar written."""
    journal.Staged.objects.all().update(staged_at=timezone.now() - timedelta(days=10_000))
    later = timezone.now() + timedelta(days=2)
    with mock.patch("restores.sweep.timezone.now", return_value=later):
        sweep()
    return checks.at_the_end()
