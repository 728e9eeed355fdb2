"""The bytes of a product on their way to a reader, watched and written down.

Access may end while a terabyte flows, so the rule is asked again every few megabytes; a reader who has lost it gets
fewer bytes than were promised, never a clean end.  The access log has a record before the first byte leaves, and
another of what was really taken from us, which is not always what was asked for.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from archive import access_log
from archive.errors import ArchiveError
from products import download, store
from products.standing import Standing

# With what the server and the sockets hold on their way, a reader who has lost her right gets 8 MiB at most (0040).
CHECK_BYTES = settings.CHECK_BYTES
HELD_PIECES = 2**20 // settings.PIECE_BYTES  # are read while the database is asked
CHECK_SECONDS = 10.0  # a slow reader must not keep her access longer than a fast one

log = logging.getLogger(__name__)


def open_stream(product, span, *, by, now, token=None) -> Iterator[bytes]:
    """The bytes of `span`.

    When this returns, the store has answered, so that a lost object is still an honest error, and the log has its
    record.  `token` is the one that `by` has shown, if any: it may be revoked as well.
    """
    pieces = _recorded(product, span, by=by, now=now, token=token)
    next(pieces)
    return pieces


def _recorded(product, span, *, by, now, token):
    with closing(store.open_store().stream(product.key, span.start, span.stop)) as stored:
        first = next(stored, b"")
        begun = download.record(access_log.What.DOWNLOAD, product, by=by, now=now, bytes_asked=span.size)
        give_connection_back()
        sent, outcome = 0, access_log.FAILED
        try:
            yield b""
            for piece in _watched(chain([first], stored), product, by, token):
                yield piece
                sent += len(piece)
            outcome = access_log.COMPLETE
        except GeneratorExit:
            outcome = access_log.LEFT
            raise
        except ArchiveError:
            outcome = access_log.CUT_OFF
            raise
        finally:
            _note_end(begun, sent, outcome)


def _watched(pieces, product, by, token):
    unchecked, checked_at = 0, time.monotonic()
    coming, standing = Coming(pieces), Standing(by, token)
    for piece in coming:
        if unchecked >= CHECK_BYTES or time.monotonic() - checked_at > CHECK_SECONDS:
            _require_still(product, standing, coming.hold)
            unchecked, checked_at = 0, time.monotonic()
        yield piece
        unchecked += len(piece)


class Coming:
    """Pieces on their way from the store, some of which are held while the database is waited for.

    None of them leaves before its answer, so nobody is sent more than if it had been waited for alone.
    """

    def __init__(self, pieces):
        self._pieces, self._held = pieces, deque()

    def __iter__(self):
        return self

    def __next__(self):
        return self._held.popleft() if self._held else next(self._pieces)

    def hold(self):
        self._held.extend(islice(self._pieces, HELD_PIECES - len(self._held)))


def _require_still(product, standing, meanwhile):
    """The same question as at the start, asked of the rows as they are now; no connection is held after it."""
    try:
        standing.require(product.pk, timezone.now(), meanwhile=meanwhile)
    except ArchiveError as error:
        log.warning("Cut off a download of product %s: %s", product.pk, error.code)
        raise
    finally:
        give_connection_back()


def _note_end(begun, sent, outcome):
    """The bytes are gone already: where the log does not answer now, the beginning alone stands in it."""
    try:
        access_log.ended(begun, bytes_sent=sent, outcome=outcome)
    except (DatabaseError, InterfaceError):
        log.exception("The end of download %s was not written down: %s bytes, %s", begun.event, sent, outcome)
    finally:
        give_connection_back()


def give_connection_back():
    """To the pool: a terabyte takes hours, and there are fewer connections than readers."""
    if not connection.in_atomic_block:
        connection.close()
