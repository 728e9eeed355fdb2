"""The bytes of a product on their way to a reader, watched and written down.

Access may end while a terabyte flows, so the rule is asked again every few megabytes; a reader who has lost it gets
fewer bytes than were promised, never a clean end.  The access log has a record before the first byte leaves, and
another of what was really taken from us, which is not always what was asked for.
"""

import functools
import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, islice

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Exists, IntegerField, Q, Subquery, UUIDField
from django.utils import timezone

from archive import access, access_log, repeated
from archive.errors import ArchiveError
from archive.models import ApiToken
from products import download, listing, store

# With what the server and the sockets hold on their way, a reader who has lost her right gets 8 MiB at most (0040).
CHECK_BYTES = 3 * 2**20
HELD_PIECES = 4  # are read while the database is asked
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
    coming = Coming(pieces)
    for piece in coming:
        if unchecked >= CHECK_BYTES or time.monotonic() - checked_at > CHECK_SECONDS:
            _require_still(product, by, token, coming.hold)
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


def _require_still(product, by, token, meanwhile):
    """The same question as at the start, asked of the rows as they are now; no connection is held after it."""
    now = timezone.now()
    try:
        require_still(product.pk, by, token, now, meanwhile=meanwhile)
    except ArchiveError as error:
        log.warning("Cut off a download of product %s: %s", product.pk, error.code)
        raise
    finally:
        give_connection_back()


def require_still(product_id, by, token, now, *, meanwhile=None):
    """Pass while `by`, with the same password and `token`, may have the bytes: one question, if she may.

    `meanwhile` is called while the database thinks.
    """
    answer = _stills(access.has_account(by), settings.PUBLIC_CALIBRATOR_IMAGES).asked(
        product=product_id, reader=by.pk, token=token and token.pk, now=now
    )
    try:
        if meanwhile:
            meanwhile()
    finally:
        row = answer()
    if row is None or row != credentials(by, token):
        require_same_reader(by, token, now)
        download.permitted(product_id, by=by, now=now)


def credentials(by, token):
    """What `with_credentials` says while the account and the token are as when the download was begun."""
    account = (by.password, by.is_active, by.is_staff) if by.is_authenticated else (None, None, None)
    return (*account, token is not None)


@functools.cache
def _stills(account, calibrators):
    """Of a product that is handed out to the reader: her account, and whether her token lasts."""
    rows = listing.handed_out(repeated.Reader() if account else AnonymousUser(), repeated.now())
    return with_credentials(rows.filter(pk=repeated.Blank("product", UUIDField())).order_by())


def with_credentials(rows, *first):
    """A question for the columns `first` of `rows`, and behind them for the account of `reader` and her `token`."""
    person = get_user_model().objects.filter(pk=repeated.Blank("reader", IntegerField()))
    columns = {f"reader_{name}": Subquery(person.values(name)) for name in ("password", "is_active", "is_staff")}
    token = ApiToken.objects.filter(_lasting(repeated.now()), pk=repeated.Blank("token", ApiToken._meta.pk))
    told = rows.annotate(**columns, has_token=Exists(token))
    return repeated.Repeated(told.values_list(*first, *columns, "has_token"))


def require_same_reader(by, token, now):
    """The account and the token with which a download was begun are good still."""
    if by.is_authenticated:
        _require_same_password(by, token)
    if token is not None and not ApiToken.objects.filter(_lasting(now), pk=token.pk).exists():
        raise TokenEndedError


def _require_same_password(by, token):
    """Whoever changes a password means to end what was begun with it; a token is another credential."""
    before = by.password
    by.refresh_from_db(fields=["password", "is_active", "is_staff"])
    if token is None and by.password != before:
        raise PasswordChangedError


def _lasting(now):
    return Q(expiry=None) | Q(expiry__gt=now)


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
