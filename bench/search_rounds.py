"""The rounds of `bench/search.py`: the mix asked of the archive as each reader, timed, and held against brute force."""

import contextlib
import statistics
import time

import numpy as np
import psycopg

from archive.search import criteria, verbs
from archive.search.reader import Reader
from archive.search.refusals import UnknownCodeError, UnknownUidError
from bench.brute_force import FIRST
from bench.search_mix import READERS, Asked

LIMIT = FIRST  # rows of an answer that are compared one by one
CAP = 10_000


class Clock:
    """Milliseconds spent in calls of the database, from sending to having the rows."""

    def __init__(self):
        self.spent = 0.0

    @contextlib.contextmanager
    def ticking(self):
        whole = {name: getattr(psycopg.Cursor, name) for name in ("execute", "fetchone", "fetchmany", "fetchall")}
        try:
            for name, call in whole.items():
                setattr(psycopg.Cursor, name, self._timed(call))
            yield self
        finally:
            for name, call in whole.items():
                setattr(psycopg.Cursor, name, call)

    def _timed(self, call):
        def timed(*arguments, **named):
            began = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                self.spent += (time.perf_counter() - began) * 1e3

        return timed


def wanted(asked: Asked, user) -> criteria.Criteria:
    """As the API reads it.  Who has no account asks for what is public where others ask for what is theirs."""
    given = asked.given
    if given.get("scope") == "mine" and not user.is_authenticated:
        given = given | {"scope": "public"}
    return criteria.parse({name: [value] for name, value in given.items()})


def timed(mix, people, now) -> dict:
    """For each reader, for each kind, pairs of milliseconds: in the database, and altogether."""
    spent = {reader: {} for reader in READERS}
    for number, asked in enumerate(mix):
        reader = READERS[number % len(READERS)]  # by turns, so that a busy minute strikes all alike
        spent[reader].setdefault(asked.kind, []).append(_once(asked, people[reader], now))
    return spent


def _once(asked, user, now):
    cursor = _cursor(asked, user, now)
    clock, began = Clock(), time.perf_counter()
    with clock.ticking(), contextlib.suppress(UnknownUidError, UnknownCodeError):
        verbs.page(wanted(asked, user), Reader.of(user, now), after=cursor)
    return clock.spent, (time.perf_counter() - began) * 1e3


def _cursor(asked, user, now):
    """Of the last page that is meant, or of the last that there is."""
    cursor = None
    for _ in range(asked.pages - 1):
        following = verbs.page(wanted(asked, user), Reader.of(user, now), after=cursor).next
        if following is None:
            break
        cursor = following
    return cursor


def figures(pairs) -> dict:
    database = sorted(pair[0] for pair in pairs)
    return {
        "n": len(pairs),
        **{f"p{part}_ms": round(float(np.percentile(database, part)), 3) for part in (50, 95, 99)},
        "max_ms": round(database[-1], 3),
        "verb_p50_ms": round(statistics.median(pair[1] for pair in pairs), 3),
        "verb_p99_ms": round(float(np.percentile([pair[1] for pair in pairs], 99)), 3),
    }


def mismatches(mix, people, now, brute) -> list[dict]:
    """Questions that the archive answers otherwise than brute force: rows, order, locks, number, end."""
    found = []
    for number, asked in enumerate(mix):
        reader = READERS[number % len(READERS)]
        user = people[reader]
        if wrong := _differences(asked, user, now, brute):
            found.append({"kind": asked.kind, "reader": reader, "given": asked.given, "wrong": wrong})
    return found


def _differences(asked, user, now, brute) -> list[str]:
    places, readable = brute.answer(asked, user.pk if user.is_authenticated else None)
    asked_for, reader = wanted(asked, user), Reader.of(user, now)
    try:
        page = verbs.page(asked_for, reader, limit=LIMIT)
    except (UnknownUidError, UnknownCodeError) as refusal:  # nothing that she may know of has this name
        return [f"refused: {refusal.sentence}"] if len(places) else []
    counted = verbs.count(asked_for, reader, cap=CAP)
    ids = brute.tables.rows["id"][places[:LIMIT]].tolist()
    answered = [row["id"] for row in page.rows]
    wrong = []
    if answered != ids:
        wrong.append(f"{'order' if sorted(answered) == sorted(ids) else 'rows'}: {len(answered)} for {len(ids)}")
    elif [row["readable"] for row in page.rows] != readable[:LIMIT].tolist():
        wrong.append("locks")
    if (counted.rows, counted.more) != (min(len(places), CAP), len(places) > CAP):
        wrong.append(f"count: {counted} for {len(places)}")
    if (page.next is None) != (len(places) <= LIMIT):
        wrong.append("end")
    return wrong
