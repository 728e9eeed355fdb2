"""Downloads through the real server: what the test client cannot show."""

import contextlib
import hashlib
import http.client

import pytest
from django.urls import reverse

from archive import delegations
from archive.models import Delegation, MemberOUS
from products import streams
from tests import make, people, service

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = 96 * 2**20  # more than the server and the sockets hold for a reader who has stopped reading
SPELLINGS = (
    "uid://A001/X3621/X541",
    "uid%3A%2F%2FA001%2FX3621%2FX541",
    "uid___A001_X3621_X541",
    "A001_X3621_X541",
    "uid:/A001/X3621/X541",  # a proxy that merges slashes
    "UID___a001_x3621_x541",
)
BLOCK = hashlib.sha256(b"altiplano").digest() * 2**15


@pytest.fixture
def mous():
    return make.mous()


@pytest.fixture
def cast(mous):
    return people.cast(mous)


@pytest.fixture
def product(mous):
    return make.product(mous, "large.tar", content=BLOCK * (LARGE // len(BLOCK)))


@pytest.fixture
def port(mous, tmp_path):
    with service.running(tmp_path / "service.log", ALTIPLANO_DATABASE_POOL="2") as port:
        yield port


def address(product):
    return reverse("product-file", args=[product.pk])


def test_a_broken_download_is_resumed_to_the_same_bytes(port, cast, product):
    token = people.token(cast["pi"])
    status, told, body = service.ask(port, "HEAD", address(product), Authorization=token)
    assert (status, int(told["Content-Length"]), body) == (200, LARGE, b"")
    assert told["Content-Disposition"] == "attachment; filename=large.tar"

    link, first = service.begin(port, "GET", address(product), Authorization=token)
    got = first.read(5 * 2**20 + 17)
    link.close()
    status, told, rest = service.ask(
        port, "GET", address(product), Authorization=token, Range=f"bytes={len(got)}-", If_Range=told["ETag"]
    )

    assert (status, told["Content-Range"]) == (206, f"bytes {len(got)}-{LARGE - 1}/{LARGE}")
    assert hashlib.sha256(got + rest).hexdigest() == product.sha256


def test_a_right_revoked_midway_cuts_the_download_short(port, cast, product):
    token = people.token(cast["delegee"])
    begun = [
        service.begin(port, "GET", address(product), Authorization=token, **headers)
        for headers in ({}, {"Range": "bytes=1000-"})
    ]
    got = [len(response.read(2**20)) for _, response in begun]

    granted = Delegation.objects.get(delegee=cast["delegee"])
    delegations.revoke(granted, by=cast["pi"], now=make.NOW)

    for (link, response), first in zip(begun, got, strict=True):
        with contextlib.closing(link), pytest.raises((http.client.IncompleteRead, ConnectionError)) as broken:
            response.read()
        assert first + len(getattr(broken.value, "partial", b"")) < LARGE - 8 * streams.CHECK_BYTES
    assert service.ask(port, "GET", address(product), Authorization=token, Range="bytes=9-")[0] == 403


def test_readers_who_have_stopped_reading_hold_no_database_connection(port, mous, product):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.LONG_AGO)

    with contextlib.ExitStack() as stalled:
        for _ in range(6):
            link, response = service.begin(port, "GET", address(product), Range="bytes=0-")
            stalled.callback(link.close)
            assert response.status == 206
            response.read(1)
        # Two connections in the pool, six readers: one more question is answered all the same.
        assert service.ask(port, "GET", reverse("api-mous", args=[mous.name]))[0] == 200


def test_a_uid_is_understood_in_any_spelling(port, mous):
    for spelling in SPELLINGS:
        for path in (f"/api/mous/{spelling}/", f"/mous/{spelling}/", f"/api/products/?mous={spelling}"):
            assert service.ask(port, "GET", path)[0] == 200, path
