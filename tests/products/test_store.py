"""The door to object storage, against a real S3 server."""

import hashlib
import io
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings

from archive.errors import TransientError
from products import capabilities, lines, store
from products.store import CorruptObjectError, MissingObjectError, SweptError, open_store
from tests import silent

REFUSED = {"POST": {403, 405}}  # a POST that is no form is not even looked at; of all else: 403
CONTENT = bytes(range(256)) * 100_000  # more than one part of a parallel fetch, and of an upload


@pytest.fixture(scope="module")
def stored():
    doors = open_store()
    return doors.put(doors.new_key("image.fits"), io.BytesIO(CONTENT))


def test_what_is_put_is_described_by_its_own_bytes(stored):
    assert stored.size == len(CONTENT)
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_every_key_is_new():
    assert open_store().new_key("a.fits") != open_store().new_key("a.fits")


@pytest.mark.parametrize(("start", "stop"), [(0, None), (10, 20), (len(CONTENT) - 5, None), (7, 7), (0, 1)])
def test_a_range_is_exactly_that_range(stored, start, stop):
    assert b"".join(open_store().stream(stored.key, start, stop)) == CONTENT[start:stop]


def test_a_fetched_object_is_whole_and_verified(stored):
    target = io.BytesIO()
    open_store().fetch(stored.key, target, stored.sha256)

    assert target.getvalue() == CONTENT


@pytest.fixture
def hanging(settings):
    """A store that takes requests and never answers one."""
    with silent.server() as port:
        settings.S3 = settings.S3 | {"endpoint": f"http://127.0.0.1:{port}", "seconds": 0.3}
        yield open_store()


@pytest.mark.parametrize(
    ("question", "silences"),
    [
        (lambda doors: doors.size("key"), 2),
        (lambda doors: doors.put("key", io.BytesIO(b"small")), 3),
        (lambda doors: doors.put("key", io.BytesIO(CONTENT), size=len(CONTENT)), 2),
        (lambda doors: next(doors.stream("key")), 2),
        (lambda doors: next(doors.stream("key", 0, 9)), 3),
        (lambda doors: list(doors.listing()), 2),
        (lambda doors: doors.delete("key"), 2),
    ],
)
def test_a_store_that_hangs_is_given_up_after_two_silences_or_three(hanging, question, silences, monkeypatch):
    monkeypatch.setitem(capabilities._known, hanging.place, capabilities.Capabilities())
    asked, began, taken = [], time.monotonic(), lines.Lines._taken
    monkeypatch.setattr(lines.Lines, "_taken", lambda own: asked.append("own") or taken(own))
    hanging._s3.meta.events.register("before-send.s3", lambda request, **_: asked.append(request.url))

    with pytest.raises(TransientError, match="cannot be reached: Read timeout"):
        question(hanging)

    assert len(asked) == silences
    assert time.monotonic() - began < 3


def test_a_store_that_stops_in_the_middle_of_an_object_is_given_up(settings):
    with silent.server(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1000\r\n\r\nthe first bytes") as port:
        settings.S3 = settings.S3 | {"endpoint": f"http://127.0.0.1:{port}", "seconds": 0.3}
        began = time.monotonic()

        with pytest.raises(TransientError, match="stopped answering"):
            list(open_store().stream("key"))

    assert time.monotonic() - began < 3


def test_who_asks_whether_the_store_is_there_does_not_wait_for_it(hanging, settings, monkeypatch):
    settings.S3 = settings.S3 | {"seconds": 60}
    monkeypatch.setattr(store, "PING_SECONDS", 0.3)
    began = time.monotonic()

    with pytest.raises(TransientError):
        hanging.ping()

    assert time.monotonic() - began < 3


def test_an_empty_object_is_an_object(stored):
    doors, target = open_store(), io.BytesIO()
    empty = doors.put(doors.new_key("empty"), io.BytesIO(b""))
    doors.fetch(empty.key, target, hashlib.sha256(b"").hexdigest())

    assert target.getvalue() == b""
    assert b"".join(doors.stream(empty.key)) == b""


def test_one_flipped_bit_in_the_store_is_noticed():
    doors = open_store()
    damaged = doors.put(doors.new_key("a"), io.BytesIO(b"calibration"))
    doors._s3.put_object(Bucket=settings.S3["bucket"], Key=damaged.key, Body=b"calibratiom")

    with pytest.raises(CorruptObjectError, match="The file a in the store") as damage:
        doors.fetch(damaged.key, io.BytesIO(), damaged.sha256)
    assert damaged.key not in str(damage.value)


def test_a_file_that_is_not_there_is_named_and_its_key_is_for_the_log(caplog):
    with pytest.raises(MissingObjectError, match=r"The file a\.fits is indexed") as missing:
        open_store().fetch("nowhere/a.fits", io.BytesIO(), "0" * 64)

    assert "nowhere" not in str(missing.value)
    assert "nowhere/a.fits" in caplog.text


def test_objects_that_were_swept_before_they_are_indexed_are_missed(stored):
    doors = open_store()
    gone = doors.put(doors.new_key("ms.tar"), io.BytesIO(b"a"))
    doors.require_present([stored, gone])
    doors.delete(gone.key)

    with pytest.raises(SweptError, match=r"ms\.tar was swept"):
        doors.require_present([stored, gone])


@pytest.mark.parametrize("name", ["a.fits", "a.sha256.json", "a.sha256.json.sha256.json", ".sha256.json"])
def test_no_key_can_be_taken_for_the_sidecar_of_another(name):
    assert not open_store().new_key(name).endswith(store.OLD_SIDECAR)


@pytest.fixture
def link(stored):
    return open_store().link(stored.key, name="image.fits", media_type="application/fits")


def status(address, method="GET", **headers):
    """What the S3 server answers to somebody who has nothing but this address."""
    asked = urllib.request.Request(
        address, method=method, headers=headers, data=b"x" if method in {"PUT", "POST"} else None
    )
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_a_link_is_for_reading_and_its_headers_are_fixed(link):
    with urllib.request.urlopen(link, timeout=60) as answer:
        assert answer.headers["Content-Disposition"] == "attachment; filename=image.fits"
        assert answer.headers["Content-Type"] == "application/fits"
        assert answer.read() == CONTENT
    assert "X-Amz-Expires=60" in link


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "HEAD"])
def test_a_link_is_good_for_get_alone(stored, link, method):
    assert status(link, method) in REFUSED.get(method, {403})
    assert open_store().size(stored.key) == len(CONTENT)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("image.fits?", "image.fit?"),
        ("image.fits?", f"image.fits{store.OLD_SIDECAR}?"),
        ("Expires=60", "Expires=6000"),
        ("filename%3Dimage.fits", "filename%3Dimage.html"),
        ("application%2Ffits", "text%2Fhtml"),
        ("response-content-type=application%2Ffits&", ""),
        ("response-content-disposition=attachment%3B%20filename%3Dimage.fits&", ""),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ],
)
def test_a_changed_link_is_good_for_nothing(link, part, other):
    assert part in link

    assert status(link.replace(part, other)) == 403


def test_a_link_is_not_good_for_another_object(stored, link):
    other = open_store().put(open_store().new_key("image.fits"), io.BytesIO(b"proprietary"))

    assert status(link.replace(stored.key, other.key)) == 403


def test_a_link_is_not_good_for_ever(stored, monkeypatch):
    monkeypatch.setattr(settings, "LINK_SECONDS", 1)
    link = open_store().link(stored.key, name="image.fits", media_type="application/fits")
    until = time.monotonic() + 60

    while status(link) != 403:
        assert time.monotonic() < until, "the link is still good a minute after its end"
        time.sleep(0.5)


@pytest.mark.parametrize("path", ["", "/", "/?list-type=2", "/{key}", "/{key}.sha256.json", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
def test_the_bucket_gives_nothing_to_whoever_has_no_link(stored, method, path):
    address = f"{settings.S3['endpoint']}/{settings.S3['bucket']}{path.format(key=stored.key)}"

    assert status(address, method) in REFUSED.get(method, {403})
    assert open_store().size(stored.key) == len(CONTENT)


def test_a_server_that_does_not_answer_is_a_reason_to_wait(monkeypatch):
    monkeypatch.setitem(settings.S3, "endpoint", "http://127.0.0.1:9")

    with pytest.raises(TransientError, match="cannot be reached"):
        open_store().size("a/b")


def test_deleting_takes_the_sidecar_of_earlier_versions_too():
    doors = open_store()
    gone = doors.put(doors.new_key("a"), io.BytesIO(b"a"))
    doors.keep(gone.key + store.OLD_SIDECAR, b"{}")
    doors.delete(gone.key)

    assert not [key for key, _ in doors.objects() if key.startswith(gone.key)]
