"""The shortest way to ask the database the same thing again: the connection prepares it, and libpq asks it in one call.

A cursor takes four times as long before and after the answer, which counts where something is asked hundreds of times
in a gigabyte (docs/decisions/0040).  It has more to say where no answer comes, so it is asked then.
"""

import hashlib
import re
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import ExecStatus

BOOL = psycopg.adapters.types["bool"].oid

Row = tuple[str | bool | None, ...]

_prepared: WeakKeyDictionary[psycopg.Connection, set[bytes]] = WeakKeyDictionary()


class UnansweredError(Exception):
    """Ask by a cursor."""


class Prepared:
    """A question whose first row is wanted; `names` has for each place of a value its name, or None and the value."""

    def __init__(self, text: str, names: Sequence[tuple[str | None, object]]):
        self._order: list[str] = []
        self._fixed: list[bytes | None] = []
        self._text = self._numbered(text, names)
        self._name = b"row_" + hashlib.sha256(self._text).hexdigest()[:40].encode()  # never that of another text

    def _numbered(self, text, names):
        """As the server names the places of values: what is filled in first, each once, then what is fixed."""
        self._order = list(dict.fromkeys(name for name, _ in names if name is not None))
        self._fixed = [_told(value) for name, value in names if name is None]
        fixed, left = iter(range(len(self._order) + 1, len(names) + 1)), iter(names)

        def place(found):
            if found[0] == "%%":
                return "%"
            name, _ = next(left)
            return f"${next(fixed) if name is None else self._order.index(name) + 1}"

        return re.sub("%[%s]", place, text).encode()

    def row(self, connection: psycopg.Connection, filled: dict[str, object]) -> Row | None:
        """As truths and texts; values are sent as their texts."""
        if not connection.autocommit:
            raise UnansweredError  # an error would end the transaction
        there = _prepared.setdefault(connection, set())
        if self._name not in there:
            self._prepare(connection)
        told = [_told(filled[name]) for name in self._order]
        answer = connection.pgconn.exec_prepared(self._name, told + self._fixed)
        if answer.status != ExecStatus.TUPLES_OK:
            there.discard(self._name)  # psycopg forgets all that is prepared with a transaction that is rolled back
            raise UnansweredError
        there.add(self._name)
        return tuple(_read(answer, at) for at in range(answer.nfields)) if answer.ntuples else None

    def _prepare(self, connection):
        if connection.pgconn.prepare(self._name, self._text).status != ExecStatus.COMMAND_OK:
            raise UnansweredError


def _told(value):
    return None if value is None else str(value).encode()


def _read(answer, at):
    value = answer.get_value(0, at)
    if value is None:
        return None
    return value == b"t" if answer.ftype(at) == BOOL else value.decode()
