"""CRC-32 of a whole from those of its parts, against zlib's of the whole."""

import zlib

import pytest

from products import crcs


@pytest.mark.parametrize("cut", [0, 1, 5, 100, 4096, 65_537, 299_999, 300_000])
def test_of_two_parts_it_is_that_of_the_whole(cut):
    whole = bytes(range(7, 247)) * 1250
    first, second = whole[:cut], whole[cut:]

    assert crcs.joined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(whole)


def test_zeros_at_the_end_count():
    assert crcs.joined(zlib.crc32(b"a"), zlib.crc32(bytes(9)), 9) == zlib.crc32(b"a" + bytes(9))
