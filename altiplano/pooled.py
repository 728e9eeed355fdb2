"""A connection to the database that is handed from one to the next, each time with the question whether it works.

The pool asks with an empty query, a whole turn to the server, as often as a download asks the access rule.  A server
that ends a connection says so on it, and a line that broke silently is found by a connection that was idle for longer.
"""

import select
import time
from typing import Any

import psycopg

GOOD_SECONDS = 1.0  # after a turn to the server that went well


class Pooled(psycopg.Connection[Any]):
    _answered_at = float("-inf")

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> psycopg.Cursor[Any]:
        """As always, but for the pool's question where its answer is known."""
        if query != "":
            return super().execute(query, *args, **kwargs)
        if not self._is_good():
            super().execute("")
            self._answered_at = time.monotonic()
        return self.cursor()

    def _is_good(self) -> bool:
        """Whether the server answered just now and has said nothing since: a last word lies in the socket."""
        if self.closed or time.monotonic() - self._answered_at > GOOD_SECONDS:
            return False
        heard = select.poll()
        heard.register(self.fileno(), select.POLLIN)
        return not heard.poll(0)
