"""An archive on its way to a reader, watched and written down as each of its files would be.

Before bytes of a file leave, the access rule has been asked for it and the access log has its record: for several
small files at once, and for a large one again with every few megabytes.  A reader who has lost a right gets fewer
bytes than were promised, never a clean end.
"""

import functools
import logging
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, takewhile

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, UUIDField
from django.utils import timezone

from archive import access, access_log, repeated
from archive.errors import ArchiveError, TransientError
from archive.models import MemberOUS
from products import download, listing, standing, store, streams
from products.bundles import contents
from products.bundles.aside import Aside
from products.bundles.fetching import OWN, fetched
from products.models import Product

LOGGED = ("pk", "directory", "name", "mous", "mous__gous__project")  # of a product, in the access log
FACTS = len(LOGGED)
LAST_BYTES = 2**24  # of a member, while which is asked whether the next one may be sent
FIRST_BYTES = 2**17  # of files that are written down before the first byte leaves, which somebody waits for

log = logging.getLogger(__name__)


def open_stream(archive, span, *, by, now, token=None) -> Iterator[bytes]:
    """The bytes of `span`; when this returns, the store has answered, and the log has its first records."""
    pieces = _watched(archive, span, _Journal(archive, span, by=by, token=token))
    next(pieces)
    return pieces


def _watched(archive, span, journal):
    opened = store.open_store()
    files = archive.contents.files

    def read(part):
        return opened.stream(files[part.number - contents.LISTS].key, part.start, part.stop)

    outcome = access_log.FAILED
    try:
        with closing(fetched(archive.layout.part(span.start, span.stop), read)) as pieces:
            first = next(pieces, (OWN, b""))
            journal.permit(first[0])
            yield b""
            coming = streams.Coming(chain([first], pieces))
            for number, piece in coming:
                journal.permit(number, coming.hold)
                yield piece
                journal.note(number, len(piece))
        outcome = access_log.COMPLETE
    except GeneratorExit:
        outcome = access_log.LEFT
        raise
    except ArchiveError as error:
        outcome = access_log.CUT_OFF
        log.warning("Cut off the bundle %s: %s", archive.contents.bundle.pk, error.code)
        raise
    finally:
        journal.close(outcome)


class _Journal:
    """What of a span is permitted, begun and sent."""

    def __init__(self, archive, span, *, by, token):
        self._files = archive.contents.files
        self._todo = archive.layout.amounts(span.start, span.stop)  # members not begun
        self._next = next(self._todo, None)
        self._amounts = {}  # bytes of the members that are begun and not ended
        self._by, self._token, self._standing = by, token, standing.Standing(by, token)
        self._members = {}  # the MOUSs of what was begun
        self._records = {}  # of the members that are begun and not ended
        self._sent = {}
        self._unchecked, self._checked_at = 0, None
        self._aside = Aside()
        self._looked_up = None  # what waits for the permission of the next member, if it is asked for already

    def permit(self, number, meanwhile=lambda: None):
        """Pass if bytes of this member may leave now; `meanwhile` is called while the database thinks."""
        new = number != OWN and number not in self._records
        if not (self._checked_at is None or new or self._is_due()):
            return
        batch = self._batch() if new or self._checked_at is None else {}
        try:
            now = timezone.now()
            if batch:
                self._begin(batch, now, meanwhile)
            elif number == OWN:
                standing.require_same_reader(self._by, self._token, now)
            else:
                self._standing.require(self._files[number - contents.LISTS].id, now, meanwhile=meanwhile)
        finally:
            streams.give_connection_back()
        self._unchecked, self._checked_at = 0, time.monotonic()

    def note(self, number, amount):
        self._unchecked += amount
        if number != OWN:
            self._sent[number] = self._sent.get(number, 0) + amount
            if self._amounts[number] - self._sent[number] <= LAST_BYTES:
                self._look_up_next()

    def close(self, outcome):
        """The bytes are gone already: where the log does not answer now, the beginnings alone stand in it."""
        self._aside.close()
        ends = [self._end(number, outcome) for number in list(self._records)]
        try:
            access_log.write_all(ends)
        except TransientError:
            log.exception("The ends of %s downloads were not written down", len(ends))
        finally:
            streams.give_connection_back()

    def _is_due(self):
        slow = time.monotonic() - self._checked_at > streams.CHECK_SECONDS
        return self._unchecked >= streams.CHECK_BYTES or slow

    def _batch(self):
        """The next members and their bytes, as many as fit between two questions; few at first, and one at least."""
        batch, amount = {}, 0
        most = FIRST_BYTES if self._checked_at is None else streams.CHECK_BYTES
        while self._next and (not batch or amount + self._next[1] <= most):
            number, size = self._next
            batch[number], amount = size, amount + size
            self._next = next(self._todo, None)
        return batch

    def _look_up_next(self):
        """A large member is sent without waiting: by what right is asked before, and once more whether it lasts."""
        if self._looked_up is None and self._next and self._next[1] > streams.CHECK_BYTES:
            number, _ = self._next
            self._looked_up = self._aside.do(self._looked, self._files[number - contents.LISTS].id)

    def _looked(self, key):
        """None where anything is not as it should be: the reader is told why when it is this member's turn."""
        now = timezone.now()
        rows, credentials = self._rows([key], now), standing.credentials(self._by, self._token)
        if [row[FACTS:] for row in rows] != [credentials]:
            return None
        product = self._product(rows[0])
        right = access.ground(self._by, product.mous, now)
        return right and ({key: product}, {key: right})

    def _begin(self, batch, now, meanwhile):
        files = {number: self._files[number - contents.LISTS] for number in batch}
        ids = [file.id for file in files.values()]
        looked, self._looked_up = self._looked_up and self._looked_up(), None
        products, grounds = looked or self._permitted(ids, now)
        self._amounts |= batch
        done = [self._end(number, access_log.COMPLETE) for number in self._ended()]
        begun = {number: self._record(number, products[file.id], grounds) for number, file in files.items()}
        if not looked:
            access_log.write_all([*done, *begun.values()])
            self._records |= begun
            return
        written = self._aside.do(access_log.write_all, [*done, *begun.values()])
        try:
            self._standing.require(ids[0], now, meanwhile=meanwhile)
        finally:
            streams.give_connection_back()  # who waits for the other one shall not keep this one from others
            written()
            self._records |= begun

    def _permitted(self, ids, now):
        """The products and the rights to them by id, of all of them; the first that is not permitted says why."""
        by, token = self._by, self._token
        rows = self._rows(ids, now)
        if not all(row[FACTS:] == standing.credentials(by, token) for row in rows) or len(rows) < len(ids):
            standing.require_same_reader(by, token, now)
        found = {row[0]: self._product(row) for row in rows}
        for lost in [key for key in ids if key not in found]:
            download.permitted(lost, by=by, now=now)
        return found, _grounds(found.values(), by, now)

    def _rows(self, ids, now):
        asked = _handed_out(access.has_account(self._by), settings.PUBLIC_CALIBRATOR_IMAGES)
        return asked.every(products=ids, reader=self._by.pk, token=self._token and self._token.pk, now=now)

    def _product(self, row):
        """What the log says of it; its MOUS is read again where it is another project's by now."""
        key, directory, name, mous, project = row[:FACTS]
        known = self._members.get(mous)
        if known is None or known.project.pk != project:
            known = self._members[mous] = MemberOUS.objects.select_related("gous__project").get(pk=mous)
        return Product(id=key, directory=directory, name=name, mous=known)

    def _record(self, number, product, grounds):
        return access_log.begun(
            access_log.What.DOWNLOAD,
            product.mous,
            by=self._by,
            ground=grounds[product.pk],
            subject=product.pk,
            name=download.place(product),
            bytes_asked=self._amounts[number],
        )

    def _ended(self):
        return list(takewhile(lambda number: self._sent.get(number) == self._amounts[number], list(self._records)))

    def _end(self, number, outcome):
        begun, sent = self._records.pop(number), self._sent.pop(number, 0)
        whole = sent == self._amounts.pop(number)
        return access_log.end_of(begun, bytes_sent=sent, outcome=access_log.COMPLETE if whole else outcome)


def _grounds(products, by, now):
    """By which right `by` has each of the products, by id: nearly always that of its MOUS."""
    members = {product.mous_id: product.mous for product in products}
    rights = {key: access.ground(by, mous, now) for key, mous in members.items()}
    return {product.pk: rights[product.mous_id] or download.ground(product, by=by, now=now) for product in products}


@functools.cache
def _handed_out(account, calibrators):
    """What the log says of those among the products that the reader may have."""
    reader = repeated.Reader() if account else AnonymousUser()
    among = repeated.Among(F("pk"), repeated.Blank("products", ArrayField(UUIDField())))
    rows = listing.handed_out(reader, repeated.now()).filter(among).order_by()
    return standing.with_credentials(rows, *LOGGED)
