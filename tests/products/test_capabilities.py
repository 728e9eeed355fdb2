"""What the store can do is found out by trying, and acted upon."""

import io

import pytest
from botocore.exceptions import ClientError

from archive.errors import TransientError
from products import capabilities, keys
from products.capabilities import Capabilities
from products.losses import RefusedError
from products.parts import PART_BYTES
from products.store import Store, open_store
from products.unfinished import listed
from products.uploads import Uploading

pytestmark = pytest.mark.usefixtures("own_bucket")
ABLE = Capabilities(True, True, True, True, True, "off")
BIG = bytes(range(256)) * (PART_BYTES // 256 + 1)  # more than one part


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch):
    monkeypatch.setattr(capabilities, "_known", {})


def without(monkeypatch, *words):
    """A server that takes no notice of these words of a request."""
    plain = Store.ask

    def ask(self, verb, **params):
        return plain(self, verb, **{word: said for word, said in params.items() if word not in words})

    monkeypatch.setattr(Store, "ask", ask)


def refusing(monkeypatch, verb, status, *, when=lambda params: True):
    plain = Store.ask

    def ask(self, asked, **params):
        if asked == verb and when(params):
            answer = {"Error": {"Code": "Refused"}, "ResponseMetadata": {"HTTPStatusCode": status}}
            raise RefusedError(ClientError(answer, verb))
        return plain(self, asked, **params)

    monkeypatch.setattr(Store, "ask", ask)


def test_the_embedded_server_can_do_all():
    assert capabilities.probe(open_store()) == ABLE
    assert list(ABLE.warnings()) == []


def test_nothing_is_left_of_a_probe():
    before = len(list(listed()))

    capabilities.probe(open_store())

    assert list(open_store().objects()) == []
    assert len(list(listed())) == before


def test_what_a_killed_probe_leaves_is_known_for_ours(monkeypatch):
    monkeypatch.setattr(capabilities._Trial, "clear", lambda trial: None)

    capabilities.probe(open_store())

    left = [key for key, _ in open_store().objects()]
    assert left
    assert all(keys.is_ours(key) for key in left)


def test_a_server_that_does_not_look_at_checksums_is_found_out(monkeypatch):
    without(monkeypatch, "ChecksumCRC32")

    found = capabilities.probe(open_store())

    assert (found.checksums, found.part_checksums, found.verifies) == (False, False, False)
    assert "everything is read back" in " ".join(found.warnings())


def test_a_server_that_does_not_look_at_conditions_is_found_out(monkeypatch):
    without(monkeypatch, "IfNoneMatch")

    found = capabilities.probe(open_store())

    assert (found.conditions, found.upload_conditions) == (False, False)
    assert "would write over" in " ".join(found.warnings())
    assert list(open_store().objects()) == []


def test_a_server_that_knows_no_conditions_is_sent_none(monkeypatch):
    refusing(monkeypatch, "put_object", 501, when=lambda params: "IfNoneMatch" in params)

    found = capabilities.probe(open_store())

    assert (found.conditions, found.upload_conditions) == (False, True)


def test_what_we_are_not_allowed_to_try_stays_unknown(monkeypatch):
    refusing(monkeypatch, "get_bucket_versioning", 403)
    assert capabilities.probe(open_store()) == Capabilities(True, True, True, True, True, "unknown")

    refusing(monkeypatch, "put_object", 403)
    assert capabilities.probe(open_store()) == Capabilities()


def test_a_server_that_fails_has_said_nothing_of_what_it_can_do(monkeypatch):
    refusing(monkeypatch, "put_object", 503, when=lambda params: "IfNoneMatch" in params)

    with pytest.raises(TransientError):
        capabilities.known(open_store())


def test_a_bucket_that_keeps_versions_is_told(monkeypatch):
    plain = Store.ask

    def ask(self, verb, **params):
        return {"Status": "Enabled"} if verb == "get_bucket_versioning" else plain(self, verb, **params)

    monkeypatch.setattr(Store, "ask", ask)

    found = capabilities.probe(open_store())

    assert found.versioning == "on"
    assert "takes room" in " ".join(found.warnings())


def test_a_process_asks_once_and_again_only_while_nothing_answers(monkeypatch):
    calls = []

    def probe(bucket):
        calls.append(bucket.place)
        if len(calls) == 1:
            raise TransientError("silent")
        return ABLE

    monkeypatch.setattr(capabilities, "probe", probe)

    with pytest.raises(TransientError):
        capabilities.known(open_store())
    assert capabilities.known(open_store()) is capabilities.known(open_store()) is ABLE
    assert len(calls) == 2


@pytest.mark.parametrize("content", [b"one", BIG], ids=["whole", "in parts"])
@pytest.mark.parametrize("tells_size", [True, False])
def test_no_key_is_ever_written_over(content, tells_size):
    doors, size = open_store(), len(content) if tells_size else 0
    doors.put("taken/a", io.BytesIO(content), size=size)
    other = content[:-1] + b"?"

    with pytest.raises(TransientError, match="does not hold the bytes it was sent"):
        doors.put("taken/a", io.BytesIO(other), size=size)

    assert b"".join(doors.stream("taken/a")) == content


@pytest.mark.parametrize("content", [b"one", BIG], ids=["whole", "in parts"])
def test_a_try_whose_answer_was_lost_is_taken_for_what_it_was(content):
    doors = open_store()
    first = doors.put("taken/a", io.BytesIO(content), size=len(content))

    assert doors.put("taken/a", io.BytesIO(content), size=len(content)) == first
    assert not [upload for upload in listed() if upload.key == "taken/a"]


def test_where_no_checksum_is_verified_what_came_wrong_is_found_by_reading_it_back(monkeypatch):
    monkeypatch.setattr(capabilities, "probe", lambda bucket: Capabilities(False, False, True, True, True, "off"))
    doors, plain = open_store(), Uploading._whole

    def wrong(self, reader, body):
        plain(self, reader, body)
        open_store().keep("a/b", b"0ne")

    assert doors.put("a/a", io.BytesIO(b"one"), size=3).size == 3
    monkeypatch.setattr(Uploading, "_whole", wrong)
    with pytest.raises(TransientError, match="does not hold the bytes it was sent"):
        doors.put("a/b", io.BytesIO(b"one"), size=3)


def test_where_checksums_are_verified_nothing_is_read_back(monkeypatch):
    monkeypatch.setattr(Store, "fetch", None)

    assert open_store().put("a/a", io.BytesIO(b"one"), size=3).size == 3
