"""What is computed of bytes while they pass."""

import hashlib
import zlib

import pytest

from products.digests import BLOCK_BYTES, Digests

PIECES = [b"SIMPLE  =                    T", bytes(BLOCK_BYTES), b"x" * (2 * BLOCK_BYTES - 11), b"", b"END"]


@pytest.fixture
def told():
    digests = Digests(md5=True)
    for piece in PIECES:
        digests.update(piece)
    return digests


def test_the_digests_are_those_of_the_whole(told):
    whole = b"".join(PIECES)

    assert told.size == len(whole)
    assert told.sha256 == hashlib.sha256(whole).hexdigest()
    assert told.crc32 == zlib.crc32(whole)
    assert told.md5 == hashlib.md5(whole, usedforsecurity=False).hexdigest()


def test_each_block_has_its_checksum_and_the_last_may_be_short(told):
    whole = b"".join(PIECES)
    blocks = [whole[start : start + BLOCK_BYTES] for start in range(0, len(whole), BLOCK_BYTES)]

    assert len(blocks) == 4
    assert told.blocks == b"".join(zlib.crc32(block).to_bytes(4, "big") for block in blocks)


def test_a_file_that_ends_with_a_block_has_no_empty_one_after_it():
    digests = Digests()
    digests.update(bytes(BLOCK_BYTES))

    assert digests.blocks == zlib.crc32(bytes(BLOCK_BYTES)).to_bytes(4, "big")


def test_an_empty_file_has_no_blocks():
    assert (Digests().blocks, Digests().crc32, Digests().md5) == (b"", 0, "")
