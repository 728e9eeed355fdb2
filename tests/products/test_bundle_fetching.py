"""Bytes that are fetched while others are sent: in order, a few at a time, and no longer than somebody wants them."""

import threading
import time

import pytest

from archive.errors import TransientError
from products.bundles import fetching
from products.bundles.layout import Slice

MIB = 2**20
LARGE = 20 * MIB


class Shop:
    """Members that are made of their own numbers, and how many pieces of which were taken."""

    def __init__(self, broken=None):
        self.pieces, self.open, self._broken = 0, 0, broken
        self._given = []  # so that nothing ends because it is forgotten

    def read(self, part):
        self._given.append(self._pieces_of(part))
        return self._given[-1]

    def _pieces_of(self, part):
        self.open += 1
        try:
            for start in range(part.start, part.stop, MIB):
                if part.number == self._broken and start:
                    raise TransientError("The object store stopped answering.")
                self.pieces += 1
                yield bytes([part.number]) * min(MIB, part.stop - start)
        finally:
            self.open -= 1


def taken(parts, shop):
    return [(number, len(piece), set(piece)) for number, piece in fetching.fetched(parts, shop.read)]


def until(true):
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


def test_pieces_come_in_order_however_large_their_files_are():
    parts = [b"head", Slice(1, 0, 10), Slice(2, 0, 3 * MIB), b"between", b"two", Slice(3, 0, 7), Slice(4, 5, 2 * MIB)]

    found = taken(parts, Shop())

    assert found[0] == (fetching.OWN, 4, set(b"head"))
    assert [number for number, *_ in found] == [fetching.OWN, 1, 2, 2, 2, fetching.OWN, 3, 4, 4]
    assert [size for number, size, _ in found if number > 0] == [10, MIB, MIB, MIB, 7, MIB, MIB - 5]
    assert all(told == {number} for number, _, told in found if number > 0)


def test_a_large_file_is_read_when_its_bytes_are_wanted_and_the_next_is_asked_for_shortly_before():
    shop = Shop()
    pieces = fetching.fetched([Slice(number, 0, LARGE) for number in range(1, 6)], shop.read)

    before = (LARGE - fetching.LAST_BYTES) // MIB
    for taken in range(1, before):
        next(pieces)
        assert (shop.pieces, shop.open) == (taken, 1)
    next(pieces)

    assert until(lambda: shop.pieces == before + 1)
    time.sleep(0.05)
    assert (shop.pieces, shop.open) == (before + 1, 2)
    pieces.close()


def test_a_large_file_is_asked_for_while_small_ones_before_it_are_sent():
    shop = Shop()
    pieces = fetching.fetched([Slice(1, 0, 10), Slice(2, 0, 10), Slice(3, 0, LARGE)], shop.read)

    next(pieces)

    assert until(lambda: shop.pieces == 3)
    pieces.close()


def test_when_the_reader_leaves_nothing_is_fetched_any_more():
    shop = Shop()
    pieces = fetching.fetched([b"head", Slice(1, 0, LARGE), Slice(2, 0, LARGE), Slice(3, 0, 10)], shop.read)
    for _ in range(18):
        next(pieces)
    assert until(lambda: shop.pieces == 17 + 1 + 1)

    pieces.close()

    assert until(lambda: not shop.open)
    assert until(lambda: not [one for one in threading.enumerate() if one.name.startswith("bundle")])


def test_a_store_that_fails_in_the_middle_is_told_where_the_bytes_are_missed():
    with pytest.raises(TransientError, match="stopped answering"):
        taken([Slice(1, 0, 3 * MIB), Slice(2, 0, 3 * MIB)], Shop(broken=2))
