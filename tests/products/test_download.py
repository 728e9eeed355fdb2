"""Who gets which bytes, and what is said beside them.  The traps are those real clients fell into (FEATURES 0.2)."""

import base64
import hashlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone

from archive.access_refusals import ProprietaryError
from archive.models import AccessRecord, Delegation, MemberOUS
from products import download, streams
from products.models import Product
from products.store import Store, open_store
from tests import make, people, silent

pytestmark = pytest.mark.django_db
BYTES = bytes(range(256)) * 40  # 10240 of them, each place telling where it is
STATES = {"proprietary": timedelta(seconds=1), "public": timedelta(days=-30), "released this second": timedelta()}


@pytest.fixture(autouse=True)
def the_moment(monkeypatch, settings):
    monkeypatch.setattr(timezone, "now", lambda: make.NOW)
    settings.PASSWORD_HASHERS = people.QUICK_HASHERS


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


@pytest.fixture
def product(mous):
    return make.product(mous, "member.uid___A001_X3621_X541.session_2.caltables.tgz", content=BYTES)


def address(product):
    return reverse("product-file", args=[product.pk])


def received(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def fetch(client, product):
    return lambda **headers: client.get(
        address(product), headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_a_store_that_hangs_is_told_before_long_and_nothing_is_begun(fetch, settings):
    with silent.server() as port:
        settings.S3 = settings.S3 | {"endpoint": f"http://127.0.0.1:{port}", "public_endpoint": "", "seconds": 0.3}
        answer = fetch()

    assert answer.status_code == 503
    assert b"does not answer at the moment" in answer.content
    assert not AccessRecord.objects.exists()


# Who


@pytest.mark.parametrize("way", people.WAYS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", people.EVERYBODY)
def test_bytes_go_to_those_who_may_have_them(role, state, way, mous, product):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NOW + STATES[state])
    caller = people.client(people.cast(mous)[role], way)
    entitled = state != "proprietary" or role in people.ENTITLED
    denied = 401 if role == "anonymous" or way == "basic" else 403

    head, whole = caller.head(address(product)), caller.get(address(product))
    part = caller.get(address(product), headers={"Range": "bytes=100-199"})

    assert [head.status_code, whole.status_code, part.status_code] == ([200, 200, 206] if entitled else [denied] * 3)
    assert received(part) == BYTES[100:200] if entitled else BYTES[:16] not in received(whole)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("role", people.EVERYBODY)
def test_the_lock_that_is_shown_is_the_lock_there_is(role, state, mous, product):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NOW + STATES[state])
    caller = people.client(people.cast(mous)[role])
    opens = caller.head(address(product)).status_code == 200

    listed = caller.get(reverse("api-products"), {"mous": mous.uid}).json()["results"][0]
    detail = caller.get(reverse("api-product", args=[product.pk])).json()
    shown = caller.get(reverse("api-mous", args=[mous.name])).json()
    page = caller.get(mous.get_absolute_url()).content.decode()

    assert [listed["readable"], detail["readable"], shown["readable"], address(product) in page] == [opens] * 4


def test_who_is_unknown_is_asked_for_a_name_and_password(mous, product):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)

    answer = people.client(None).get(address(product))

    assert answer["WWW-Authenticate"] == 'Basic realm="Altiplano"'
    assert answer.json()["error"]["code"] == "proprietary"
    assert "delegee" in answer.json()["error"]["remedy"]


@pytest.mark.parametrize("said", [b"pi:wrong", b"pi", b"p\0i:wrong", b"\xff\xfe:wrong"])
def test_a_wrong_password_is_asked_for_again_even_where_data_are_public(product, client, said):
    answer = client.get(address(product), headers={"Authorization": "Basic " + base64.b64encode(said).decode()})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Basic realm="Altiplano"'


@pytest.mark.parametrize("route", ["api-restores", "api-images", "api-delegations"])
def test_name_and_password_are_taken_for_files_alone(route):
    answer = people.client(make.user("pi"), "basic").get(reverse(route))

    assert answer.status_code == 401


def test_a_browser_is_told_in_a_page(mous, product, client):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)

    answer = client.get(address(product), headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert answer.status_code == 401
    assert answer["Content-Type"].startswith("text/html")
    assert "proprietary" in answer.content.decode()


@pytest.mark.parametrize(
    ("end", "word"),
    [
        ({"withdrawn_at": make.NOW, "withdrawn_reason": "wrong flux scale"}, "wrong flux scale"),
        ({"expires_at": make.NOW}, "was kept until 2024-06-01"),
    ],
)
def test_what_is_no_longer_handed_out_says_why(end, word, product, client):
    Product.objects.filter(pk=product.pk).update(**end)

    answer = client.get(address(product))

    assert answer.status_code == 410
    assert word in answer.json()["error"]["sentence"]


def test_a_product_that_never_was_is_not_found(client):
    answer = client.get(reverse("product-file", args=["00000000-0000-4000-8000-000000000000"]))

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "unknown-product"


def test_a_lost_object_is_an_error_and_not_an_empty_file(mous, client):
    lost = make.product(mous, "lost.tar")

    answer = client.get(address(lost))

    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "object-missing"


# What is said beside the bytes


def test_head_says_everything_that_get_says(client, product):
    head, whole = client.head(address(product)), client.get(address(product))

    told = {name: value for name, value in whole.items() if name not in {"X-Request-ID"}}
    assert {name: head[name] for name in told} == told
    assert received(head) == b""
    assert int(head["Content-Length"]) == len(BYTES) == len(received(whole))


def test_the_digest_and_the_etag_are_those_of_the_whole_file(fetch):
    digest = hashlib.sha256(BYTES)

    for answer in (fetch(), fetch(Range="bytes=5-9")):
        assert answer["ETag"] == f'"{digest.hexdigest()}"'
        assert answer["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        assert answer["Accept-Ranges"] == "bytes"
        assert "Last-Modified" in answer


def test_the_name_stands_unquoted_because_clients_keep_the_quotes(client, product):
    assert client.head(address(product))["Content-Disposition"] == f"attachment; filename={product.name}"


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("NGC 1052;x.fits", "NGC_1052_x.fits"),
        ('a"b\r\nSet-Cookie: x.tar', "a_b__Set-Cookie__x.tar"),
        ("../../.bashrc", "_.._.bashrc"),
        ("Ångström.fits", "_ngstr_m.fits"),
        ("J2136+0041.cont.I.pbcor.fits", "J2136+0041.cont.I.pbcor.fits"),
        ("...", "product"),
    ],
)
def test_an_unsafe_name_is_made_safe(name, sent):
    assert download.safe_name(name) == sent


def test_a_client_that_wants_nothing_but_fits_is_not_refused(fetch):
    assert fetch(Accept="application/fits").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_file_is_only_read(client, product, method):
    answer = getattr(client, method)(address(product))

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method-not-allowed"


# Ranges (RFC 9110, 14.2)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=10000-", 10000, 10239),
        ("bytes=10239-", 10239, 10239),
        ("bytes=0-999999", 0, 10239),
        ("bytes=-1", 10239, 10239),
        ("bytes=-500", 9740, 10239),
        ("bytes=-99999", 0, 10239),
        (" bytes=7-9 ", 7, 9),
    ],
)
def test_one_range_gives_just_that_part(fetch, asked, first, last):
    answer = fetch(Range=asked)

    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/10240"
    assert answer["Content-Length"] == str(last - first + 1)
    assert received(answer) == BYTES[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=10240-10250", "bytes=-0", "bytes=" + "9" * 25 + "-"])
def test_a_range_behind_the_end_is_refused_with_the_size(fetch, asked):
    answer = fetch(Range=asked)

    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */10240"
    assert answer.json()["error"]["code"] == "range-not-satisfiable"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,5-9",
        "bytes=9-5",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=1-2-3",
        "lines=1-2",
        "bytes 1-2",
        "bytes=٣-٤",
        "bytes=+1-2",
        "bytes=0x1-2",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_what_is_not_one_range_gets_the_whole_file(product, asked):
    assert download.span_asked(product, asked, "") is None


def test_several_ranges_are_answered_with_the_whole(fetch):
    answer = fetch(Range="bytes=0-1,5-9")

    assert answer.status_code == 200
    assert received(answer) == BYTES


def test_a_range_of_head_is_ignored(client, product):
    answer = client.head(address(product), headers={"Range": "bytes=1-2"})

    assert answer.status_code == 200
    assert answer["Content-Length"] == "10240"


def test_an_empty_file_is_sent_whole_whatever_end_of_it_is_asked(mous, client):
    empty = make.product(mous, "empty.txt", content=b"")

    whole, suffix = client.get(address(empty)), client.get(address(empty), headers={"Range": "bytes=-5"})

    assert [whole.status_code, suffix.status_code] == [200, 200]
    assert received(whole) == received(suffix) == b""
    assert client.get(address(empty), headers={"Range": "bytes=0-"}).status_code == 416


# Conditions


def test_a_download_is_resumed_while_the_file_is_the_same(fetch, product):
    for same in (download.etag(product), fetch()["Last-Modified"]):
        assert fetch(Range="bytes=9-", If_Range=same).status_code == 206


@pytest.mark.parametrize("other", ['"' + "0" * 64 + '"', "Wed, 01 Jan 2020 00:00:00 GMT", "nonsense"])
def test_a_part_of_another_file_is_not_continued(fetch, other):
    answer = fetch(Range="bytes=9-", If_Range=other)

    assert answer.status_code == 200
    assert received(answer) == BYTES


def test_a_weak_etag_continues_nothing(fetch, product):
    assert fetch(Range="bytes=9-", If_Range="W/" + download.etag(product)).status_code == 200


def test_who_has_the_file_is_not_sent_it_again(fetch, product):
    answer = fetch(If_None_Match=download.etag(product))

    assert answer.status_code == 304
    assert answer["ETag"] == download.etag(product)
    assert received(answer) == b""


def test_who_has_another_file_is_sent_this_one(fetch):
    assert fetch(If_None_Match='"' + "0" * 64 + '"').status_code == 200


def test_a_lost_right_is_not_hidden_by_a_cached_copy(fetch, product, mous):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)

    assert fetch(If_None_Match=download.etag(product)).status_code == 401


# Links to the store


@pytest.fixture
def public_store(settings):
    settings.S3 = settings.S3 | {"public_endpoint": "https://data.example.org"}


def test_a_plain_get_of_public_data_may_go_to_the_store(public_store, fetch, client, product):
    answer = fetch()

    assert answer.status_code == 302
    assert answer["Location"].startswith("https://data.example.org/")
    assert "X-Amz-Expires=60" in answer["Location"]
    assert "no-store" in answer["Cache-Control"]
    assert client.head(address(product)).status_code == 200


def test_without_a_public_store_all_is_streamed(fetch):
    assert fetch().status_code == 200


@pytest.mark.parametrize("header", ["Range", "If-Range", "If-None-Match", "If-Modified-Since", "If-Match"])
def test_what_a_foreign_server_might_get_wrong_is_answered_here(public_store, client, product, header):
    value = {"Range": "bytes=0-1", "If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}.get(
        header, download.etag(product)
    )

    assert client.get(address(product), headers={header: value}).status_code in {200, 206, 304}


def test_where_nobody_is_sent_to_the_store_its_etag_is_nobodys(fetch, product, monkeypatch):
    theirs = open_store().ask("head_object", Key=product.key)["ETag"]
    monkeypatch.setattr(Store, "ask", lambda *args, **kwargs: pytest.fail("the store was asked"))

    assert download.span_asked(product, "bytes=5-", theirs) is None
    assert download.span_asked(product, "bytes=5-", download.etag(product)) == download.Span(5, len(BYTES))


def test_a_name_and_password_never_leave_for_the_store(public_store, mous, product):
    pi = people.cast(mous)["pi"]

    assert people.client(pi, "basic").get(address(product)).status_code == 200
    assert people.client(pi, "token").get(address(product)).status_code == 200


@pytest.mark.parametrize("role", sorted(people.ENTITLED))
def test_proprietary_bytes_are_never_linked(public_store, mous, product, role):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)

    answer = people.client(people.cast(mous)[role]).get(address(product))

    assert answer.status_code == 200
    assert received(answer) == BYTES


# While the bytes flow


@pytest.fixture
def long(mous, monkeypatch):
    monkeypatch.setattr(streams, "CHECK_BYTES", 2**20)
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)
    return make.product(mous, "long.tar", content=bytes(4 * 2**20))


def taken(pieces):
    got = 0
    try:
        for piece in pieces:
            got += len(piece)
    except ProprietaryError:
        return got, True
    return got, False


def test_who_keeps_the_right_gets_all(mous, long):
    pieces = streams.open_stream(long, download.Span(0, long.size), by=people.cast(mous)["delegee"], now=make.NOW)

    assert taken(pieces) == (long.size, False)


def revoke(mous, cast):
    Delegation.objects.filter(delegee=cast["delegee"]).update(revoked_at=make.NOW, revoked_by=cast["pi"])


def deactivate(mous, cast):
    cast["delegee"].__class__.objects.filter(pk=cast["delegee"].pk).update(is_active=False)


@pytest.mark.parametrize("lose", [revoke, deactivate])
def test_who_loses_the_right_midway_gets_no_more(mous, long, lose):
    cast = people.cast(mous)
    pieces = streams.open_stream(long, download.Span(0, long.size), by=cast["delegee"], now=make.NOW)
    first = len(next(pieces))

    lose(mous, cast)

    got, cut = taken(pieces)
    assert cut
    assert first + got <= 2 * 2**20


def test_a_withdrawn_product_stops_flowing(mous, long):
    pieces = streams.open_stream(long, download.Span(0, long.size), by=people.cast(mous)["pi"], now=make.NOW)
    next(pieces)

    Product.objects.filter(pk=long.pk).update(withdrawn_at=make.NOW)

    with pytest.raises(download.ProductGoneError):
        list(pieces)


def test_a_slow_reader_is_asked_as_often_as_a_fast_one(mous, long, monkeypatch):
    monkeypatch.setattr(streams, "CHECK_BYTES", 2**40)
    monkeypatch.setattr(streams, "CHECK_SECONDS", -1.0)
    cast = people.cast(mous)
    pieces = streams.open_stream(long, download.Span(0, long.size), by=cast["delegee"], now=make.NOW)
    next(pieces)

    revoke(mous, cast)

    assert taken(pieces) == (0, True)


def test_data_that_become_proprietary_again_stop_flowing_to_the_public(mous, long):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.LONG_AGO)
    pieces = streams.open_stream(long, download.Span(0, long.size), by=AnonymousUser(), now=make.NOW)
    next(pieces)

    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)

    assert taken(pieces)[1]
