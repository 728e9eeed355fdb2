"""Objects that are sent in parts, to a real S3 server."""

import base64
import hashlib
import io
import random
import zlib

import pytest
from django.conf import settings

from archive.errors import TransientError
from products import parts, unfinished
from products.parts import MOST_PARTS, PART_BYTES, UPLOAD_BYTES, needed, plan
from products.sending import Sender
from products.store import open_store

pytestmark = pytest.mark.usefixtures("own_bucket")
MIB = 2**20
PART = 5 * MIB  # the least that S3 takes
CONTENT = random.Random(7).randbytes(3 * PART + 4321)
TERABYTE = 10**12


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_BYTES", PART)


@pytest.fixture
def few_parts(small_parts, monkeypatch):
    """S3 as it would be if it took three parts, so that what is sent here is as large as a terabyte is there."""
    monkeypatch.setattr(parts, "MOST_PARTS", 3)


def put(content=CONTENT, *, size=None, memory=UPLOAD_BYTES):
    doors = open_store()
    stored = doors.put(doors.new_key("cube.fits"), io.BytesIO(content), size=len(content) if size is None else size,
                       memory=memory)  # fmt: skip
    return stored, b"".join(doors.stream(stored.key))


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("length", [1, PART - 1, PART, PART + 1, 2 * PART, len(CONTENT)])
@pytest.mark.parametrize("is_known", [True, False])
def test_what_is_sent_in_parts_is_stored_whole_and_described_by_its_own_bytes(length, is_known):
    stored, read = put(CONTENT[:length], size=length if is_known else 0)

    assert read == CONTENT[:length]
    assert (stored.size, stored.crc32) == (length, zlib.crc32(read))
    assert stored.sha256 == hashlib.sha256(read).hexdigest()
    assert not list(unfinished.listed())


@pytest.mark.usefixtures("few_parts")
def test_parts_that_the_memory_has_no_room_for_go_by_way_of_the_disk(monkeypatch):
    planned = plan(len(CONTENT), memory=PART)
    assert (planned.on_disk, planned.part_bytes) == (True, 6 * MIB)
    monkeypatch.setattr(parts, "Held", None)

    stored, read = put(memory=PART)

    assert read == CONTENT
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.usefixtures("few_parts")
@pytest.mark.parametrize("memory", [PART, UPLOAD_BYTES])
def test_what_the_fast_way_does_not_send_boto3_sends(monkeypatch, memory):
    monkeypatch.setattr(Sender, "put", lambda *args, **kwargs: "")

    assert put(memory=memory)[1] == CONTENT
    assert put(b"small")[1] == b"small"


@pytest.mark.usefixtures("small_parts")
def test_an_upload_that_fails_takes_its_parts_back(monkeypatch):
    class Broken(io.BytesIO):
        def read(self, amount=-1):
            if self.tell() > 2 * PART:
                raise OSError("the disk is gone")
            return super().read(amount)

    doors = open_store()
    with pytest.raises(OSError, match="the disk is gone"):
        doors.put(doors.new_key("a"), Broken(CONTENT), size=len(CONTENT))

    assert not list(unfinished.listed())


@pytest.mark.usefixtures("small_parts")
def test_a_part_that_the_server_refuses_ends_the_upload(monkeypatch):
    real = Sender.put
    wrong = base64.b64encode(bytes(4)).decode()
    monkeypatch.setattr(Sender, "put", lambda *args, **kwargs: real(*args, **kwargs | {"crc32": 1}))
    monkeypatch.setattr("products.uploads.crc_header", lambda crc32: wrong)

    with pytest.raises(TransientError, match="refused"):
        put()


@pytest.mark.parametrize("content", [b"small", CONTENT])
def test_the_server_is_told_the_checksum_and_refuses_other_bytes(content):
    place = settings.S3
    sender = Sender(endpoint=place["endpoint"], bucket=place["bucket"], region=place["region"],
                    keys=(place["access_key_id"], place["secret_access_key"]), seconds=60)  # fmt: skip

    assert sender.put("a b/+ü", content, crc32=zlib.crc32(content))
    assert not sender.put("other", content, crc32=zlib.crc32(content) ^ 1)
    assert [key for key, _ in open_store().objects()] == ["a b/+ü"]


def test_the_largest_object_of_s3_fits_into_the_parts_that_it_allows():
    assert 45 * TERABYTE / plan(45 * TERABYTE).part_bytes <= MOST_PARTS < 10_000
    assert plan(45 * TERABYTE).part_bytes < 5 * 2**30
    assert plan(0).part_bytes == PART_BYTES


@pytest.mark.parametrize("size", [0, 1, 10**7, 10**9, 72 * 10**9, 280 * 10**9, TERABYTE, 45 * TERABYTE])
@pytest.mark.parametrize("uploads", [1, 2, 7, 16])
def test_uploads_that_share_the_memory_fit_into_it_whatever_they_send(size, uploads):
    memory = 96 * MIB // uploads

    assert uploads * needed(size, memory) <= max(96, 10 * uploads) * MIB
    assert plan(size, memory).part_bytes % MIB == 0 or plan(size, memory).is_whole
