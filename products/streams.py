"""The bytes of a product on their way to a reader, watched and written down.

Access may end while a terabyte flows, so the rule is asked again every few megabytes; a reader who has lost it gets
fewer bytes than were promised, never a clean end.  The access log has a record before the first byte leaves, and
another of what was really taken from us, which is not always what was asked for.
"""

import functools
import logging
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import chain

from django.contrib.auth import get_user_model
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import IntegerField, Q
from django.utils import timezone

from archive import access_log, repeated
from archive.errors import ArchiveError
from archive.models import ApiToken
from products import download, store

# With what the server and the sockets hold on their way, a reader who has lost her right gets 8 MiB more at most.
CHECK_BYTES = 2 * 2**20
CHECK_SECONDS = 10.0  # a slow reader must not keep her access longer than a fast one

log = logging.getLogger(__name__)


class PasswordChangedError(ArchiveError):
    status = 401
    code = "password-changed"

    def __init__(self):
        super().__init__("The password was changed after this download had begun.", "Log in again, and resume it.")


class TokenEndedError(ArchiveError):
    status = 401
    code = "token-ended"

    def __init__(self):
        super().__init__("The token of this download was revoked, or has expired.", "Make a new one on the site.")


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
    for piece in pieces:
        if unchecked >= CHECK_BYTES or time.monotonic() - checked_at > CHECK_SECONDS:
            _require_still(product, by, token)
            unchecked, checked_at = 0, time.monotonic()
        yield piece
        unchecked += len(piece)


def _require_still(product, by, token):
    """The same question as at the start, asked of the rows as they are now; no connection is held after it."""
    now = timezone.now()
    try:
        require_same_reader(by, token, now)
        download.require_still(product.pk, by=by, now=now)
    except ArchiveError as error:
        log.warning("Cut off a download of product %s: %s", product.pk, error.code)
        raise
    finally:
        give_connection_back()


def require_same_reader(by, token, now):
    """The account and the token with which a download was begun are good still; of `by` the rest is read again."""
    if by.is_authenticated:
        _require_same_password(by, token)
    if token is not None and not _tokens().first(token=token.pk, now=now):
        raise TokenEndedError


def _require_same_password(by, token):
    """Whoever changes a password means to end what was begun with it; a token is another credential."""
    row = _accounts().first(person=by.pk)
    if row is None:
        raise PasswordChangedError
    before = by.password
    by.password, by.is_active, by.is_staff = row
    if token is None and by.password != before:
        raise PasswordChangedError


@functools.cache
def _accounts():
    rows = get_user_model().objects.filter(pk=repeated.Blank("person", IntegerField())).order_by()
    return repeated.Repeated(rows.values_list("password", "is_active", "is_staff"))


@functools.cache
def _tokens():
    lasting = Q(expiry=None) | Q(expiry__gt=repeated.now())
    rows = ApiToken.objects.filter(lasting, pk=repeated.Blank("token", ApiToken._meta.pk)).order_by()
    return repeated.Repeated(rows.values_list("pk"))


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
