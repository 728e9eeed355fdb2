"""How many files are read, and how many are sent, at the same time."""

import io
import threading

import pytest

from products import crew, storing
from products.delivered import DeliveredFile
from products.sending import Sender
from products.storing import Storing
from tests import make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_bucket")]
WORKERS, FILES = 2, 12
LONG = 10  # seconds, in which anything that is to happen has happened


class Busy:
    """Counts files that are open and requests under way; a request is held up until `enough` files have been opened."""

    def __init__(self, enough):
        self._changed, self._enough = threading.Condition(), enough
        self.opened = self.sent = self.sending = self.most_sending = self.most_open = 0

    def open(self):
        with self._changed:
            self.opened += 1
            self.most_open = max(self.most_open, self.opened - self.sent)
            self._changed.notify_all()
        return io.BytesIO(b"content")

    def put(self, *args, **kwargs):
        with self._changed:
            self.sending += 1
            self.most_sending = max(self.most_sending, self.sending)
            self._changed.notify_all()
            assert self._changed.wait_for(self._has_company, LONG)
            self._changed.wait(0.01)  # for more than there should be
            self.sending, self.sent = self.sending - 1, self.sent + 1
        return "etag"

    def _has_company(self):
        sending = self.most_sending == WORKERS or self.sent >= FILES - WORKERS
        return sending and self.opened >= min(FILES, self.sent + self._enough)


def keep_all(monkeypatch, busy):
    monkeypatch.setattr(Sender, "put", busy.put)
    files = [DeliveredFile(f"{number}.txt", "product", "other", 7, busy.open) for number in range(FILES)]
    kept = crew.keep_all(files, Storing(make.MOUS, {}, {}), at_once=WORKERS, heard=lambda count: None)
    assert len(kept) == busy.sent == FILES


def test_small_files_are_read_while_others_are_sent(monkeypatch):
    busy = Busy(enough=2 * WORKERS)
    keep_all(monkeypatch, busy)

    assert busy.most_sending == WORKERS


def test_of_large_files_no_more_are_read_than_are_sent(monkeypatch):
    monkeypatch.setattr(storing, "SMALL_BYTES", 6)
    busy = Busy(enough=WORKERS)
    keep_all(monkeypatch, busy)

    assert busy.most_open == busy.most_sending == WORKERS
