"""The shortest way to ask the database the same thing again: the connection prepares it, and libpq asks it in one call.

A cursor takes four times as long before and after the answer, which counts where something is asked hundreds of times
in a gigabyte (docs/decisions/0040).  It has more to say where no answer comes, so it is asked then.
"""

import hashlib
import re
import select
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import ExecStatus

BOOL = psycopg.adapters.types["bool"].oid

Row = tuple[str | bool | None, ...]

_prepared: WeakKeyDictionary[psycopg.Connection, set[bytes]] = WeakKeyDictionary()


class UnansweredError(Exception):
    """Ask by a cursor."""


_BLANK = re.compile(r"%(?:%|s|\((\w+)\)s)")


@lru_cache(maxsize=2000)
def numbered(sql: str) -> tuple[str, list[str | int]]:
    """With $1, $2, ... for its blanks, and where in the values each of these is found: by name, or by its place."""
    names: list[str | int] = []

    def number(found):
        if found[0] == "%%":
            return "%"
        name = found[1] or len(names)
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _BLANK.sub(number, sql), names


class Prepared:
    """A question whose first row is wanted; it names its blanks, and `fixed` has those that are always the same."""

    def __init__(self, sql: str, fixed: Mapping[str, object]):
        text, self._names = numbered(sql)
        self._text, self._fixed = text.encode(), {name: _told(value) for name, value in fixed.items()}
        self._name = b"row_" + hashlib.sha256(self._text).hexdigest()[:40].encode()  # never that of another text

    def asked(self, connection: psycopg.Connection, filled: dict[str, object]) -> Callable[[], Row | None]:
        """What waits for the row, as truths and texts; values are sent, as their texts, when this returns.

        Nothing else may be said on the connection before that is called.
        """
        if not connection.autocommit:
            raise UnansweredError  # an error would end the transaction
        there = _prepared.setdefault(connection, set())
        if self._name not in there:
            self._prepare(connection)
        told = [self._fixed[name] if name in self._fixed else _told(filled[name]) for name in self._names]
        there.add(self._name)
        try:
            connection.pgconn.send_query_prepared(self._name, told)
        except psycopg.OperationalError as error:
            raise UnansweredError from error
        return partial(self._answered, connection.pgconn, there)

    def _answered(self, asked, there):
        answer = _heard(asked)
        if answer is None or answer.status != ExecStatus.TUPLES_OK:
            there.discard(self._name)  # psycopg forgets all that is prepared with a transaction that is rolled back
            raise UnansweredError
        return tuple(_read(answer, at) for at in range(answer.nfields)) if answer.ntuples else None

    def _prepare(self, connection):
        if connection.pgconn.prepare(self._name, self._text).status != ExecStatus.COMMAND_OK:
            raise UnansweredError


def _heard(asked):
    """The answer to what was sent, if it comes; libpq itself would wait for it holding the lock of all Python."""
    try:
        asked.consume_input()  # it may have come while something else was done
        while asked.flush() or asked.is_busy():
            _wait(asked.socket)
            asked.consume_input()
        first = asked.get_result()
        while asked.get_result():
            pass  # there is no more, and libpq wants to say so
    except psycopg.OperationalError:
        return None
    return first


def _wait(socket):
    heard = select.poll()
    heard.register(socket, select.POLLIN)
    heard.poll()


def _told(value):
    return None if value is None else str(value).encode()


def _read(answer, at):
    value = answer.get_value(0, at)
    if value is None:
        return None
    return value == b"t" if answer.ftype(at) == BOOL else value.decode()
