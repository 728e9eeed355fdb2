"""Whether anything was committed since a question was answered: if not, its answer is still the same.

PostgreSQL numbers transactions, and tells which of them a question sees.  Another question that sees the same ones sees
the same rows.  To ask for that takes a tenth of what the access rule takes (docs/decisions/0040).
"""

from collections.abc import Callable
from contextlib import suppress

from django.db import connection
from django.db.models import Func, TextField

from archive.prepared import Prepared, UnansweredError

UNKNOWN = ""  # like no moment


class Moment(Func):
    """A column that tells, beside an answer, which transactions it has seen."""

    template, output_field = "pg_current_snapshot()::text", TextField()


_MOMENT = Prepared("SELECT pg_current_snapshot()::text", {})


def asked() -> Callable[[], str]:
    """What waits for the moment of this question, which is sent when this returns; nothing else may be asked before.

    A transaction sees what it has changed itself without a new moment, so there it is `UNKNOWN`.
    """
    connection.ensure_connection()
    with suppress(UnansweredError):
        return _known(_MOMENT.asked(connection.connection, {}))
    return lambda: UNKNOWN


def _known(answer):
    def moment():
        try:
            return answer()[0]
        except UnansweredError:
            return UNKNOWN

    return moment
