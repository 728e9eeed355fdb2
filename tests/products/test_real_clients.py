"""Files in the hands of the programs that astronomers use, as the service runs in production (FEATURES 0.2).

None of these programs verifies what it wrote.  So after each of them the bytes on its disk are compared, and the names
under which it has put them.
"""

import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from astropy.io import fits
from django.conf import settings
from django.db import connections
from django.urls import reverse
from playwright.sync_api import sync_playwright

from archive.models import AccessRecord, MemberOUS
from products import download, rows
from tests import make, people, service

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 60
MIB = 2**20
LONG = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(3 * MIB // 32))  # each place differs
HAVE = 1_000_000  # bytes that came before the line broke
RAW = f"{make.CODE}_uid___A002_X10ac6bc_Xc391.asdm.sdm.tar"
STRANGE = (
    "NGC 1052_sci.txt",
    'a"quoted"; filename=evil.sh.txt',
    "100%25 of J2136+0041.txt",
    "Ångström=½.txt",
    "tar.tar.gz?x=1#y.txt",
    "name@place=here.txt",
)
ANY = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.fixture(scope="module")
def house(django_db_setup, tmp_path_factory):
    with service.both_processes(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture
def mous():
    return make.mous(release_at=make.LONG_AGO)


@pytest.fixture
def raw(mous):
    return make.product(mous, RAW, "raw", directory="raw", eb=make.eb(mous), content=LONG)


@pytest.fixture
def place(tmp_path):
    """A directory that is empty but for what a client writes."""
    (made := tmp_path / "downloads").mkdir()
    return made


@pytest.fixture
def run(place):
    def ran(*command, check=True):
        said = {"PATH": os.environ["PATH"], "HOME": str(place.parent), "no_proxy": "*", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command, cwd=place, env=said, check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return ran


def written(place):
    return {path.name: path.read_bytes() for path in place.iterdir()}


def named(product):
    return reverse("product-named", args=[product.pk, download.safe_name(product.name)])


def by_key(product):
    return reverse("product-file", args=[product.pk])


# Whole files and broken ones


def test_who_was_sent_to_the_store_goes_on_with_the_etag_of_either(raw, run, place, tmp_path):
    """Of a file whose beginning it has from the store, whose ETag is not ours; the rest is sent by us."""
    public = settings.S3["endpoint"].replace("127.0.0.1", "localhost")  # another name, as in production
    with service.running(tmp_path / "log", ALTIPLANO_S3_PUBLIC_ENDPOINT=public) as port:
        url = f"http://127.0.0.1:{port}{named(raw)}"
        run("curl", "-sSfL", "-D", "said", "-o", "whole", url)
        said = (place / "said").read_text()
        (theirs,) = re.findall(r"^ETag: (.*)$", said, re.MULTILINE | re.IGNORECASE)
        got = {
            tag: (run(*ASKS_ON, "-H", f"If-Range: {tag}", url).stdout, (place / "part").read_bytes())
            for tag in (theirs.strip(), download.etag(raw), '"other"', f"W/{theirs.strip()}")
        }

    assert (written(place)["whole"], " 302 " in said) == (LONG, True)
    assert theirs.strip() != download.etag(raw)
    rest, whole = ("206 0", LONG[HAVE:]), ("200 0", LONG)
    assert list(got.values()) == [rest, rest, whole, whole]


ASKS_ON = ("curl", "-sSfL", "-o", "part", "-w", "%{http_code} %{num_redirects}", "-r", f"{HAVE}-")

RESUMING = {
    "curl": lambda url, name: ["curl", "-sSfL", "-C", "-", "-O", url],
    "wget": lambda url, name: ["wget", "-q", "-c", url],
    "wget that asks for the name": lambda url, name: ["wget", "-q", "-c", "--content-disposition", url],
    "ALMA's script": lambda url, name: [
        *("wget", "-c", "-q", "-nv", "--auth-no-challenge", "--http-user", "pi", "--http-password", people.PASSWORD),
        url,
    ],
    "aria2": lambda url, name: [
        *("aria2c", "-q", "-c", "-x4", "-s4", "-k1M", "--no-conf", "--allow-overwrite=true", url),
    ],
}


@pytest.mark.parametrize("client", RESUMING)
def test_what_broke_off_is_finished_under_its_own_name(house, raw, run, place, client):
    people.basic(make.user("pi"))
    if client.startswith("aria2") and not shutil.which("aria2c"):
        pytest.skip("aria2 is not installed")
    (place / RAW).write_bytes(LONG[:HAVE])
    command = RESUMING[client](f"{house.url}/dataPortal/{RAW}", RAW)

    run(*command)
    assert written(place) == {RAW: LONG}
    run(*command, check=False)  # once more: nothing is to be added
    assert written(place) == {RAW: LONG}


WHOLE = {
    "curl": lambda url: ["curl", "-sSfLOJ", url],
    "curl that takes compression": lambda url: ["curl", "-sSfLOJ", "--compressed", url],
    "wget": lambda url: ["wget", "-q", "--content-disposition", url],
    "wget that takes compression": lambda url: ["wget", "-q", "--compression=auto", "--content-disposition", url],
    "aria2": lambda url: ["aria2c", "-q", "--no-conf", "--http-accept-gzip=true", url],
}


@pytest.mark.parametrize("client", WHOLE)
def test_names_and_bytes_arrive_as_they_are(house, mous, run, place, client):
    if client.startswith("aria2") and not shutil.which("aria2c"):
        pytest.skip("aria2 is not installed")
    packed = gzip.compress(LONG)
    files = {name: name.encode() * 99 for name in STRANGE} | {"mask.fits.gz": packed, "log.txt": b"text\n" * 9999}
    made = [make.product(mous, name, content=content) for name, content in files.items()]

    for product in made:
        run(*WHOLE[client](house.url + by_key(product)))

    assert written(place) == {download.safe_name(name): content for name, content in files.items()}


def test_addresses_that_end_in_names_need_no_header(house, mous, run, place):
    """Plain wget and curl -O know nothing of Content-Disposition, and go on with whatever has the same name."""
    made = [make.product(mous, f"{name}.txt", content=name.encode() * 50) for name in ("first", "NGC1052+other")]

    run("wget", "-q", "-c", *(house.url + named(product) for product in made))
    run("curl", "-sSfL", "--remote-name-all", *(house.url + named(product) for product in made))

    assert written(place) == {product.name: product.name.removesuffix(".txt").encode() * 50 for product in made}


def test_the_exact_name_of_a_file_is_an_address_too(house, mous, run, place):
    """What is strange in it is still there after the way to the process for files."""
    made = make.product(mous, name := "100%25 of NGC1052;a?b#c.txt", content=LONG)

    run("curl", "-sSfL", "-o", "file", house.url + reverse("product-named", args=[made.pk, name]))

    assert written(place) == {"file": LONG}


def test_a_proprietary_file_is_asked_for_and_not_saved_as_a_page(house, mous, run, place):
    MemberOUS.objects.filter(pk=mous.pk).update(release_at=make.NEVER)
    product = make.product(mous, "cube.fits.txt", content=LONG)
    url = house.url + named(product)
    people.basic(pi := people.cast(mous)["pi"])

    assert run("wget", "-q", "-c", url, check=False).returncode == 6  # "username/password authentication failure"
    assert run("curl", "-sSfLO", url, check=False).returncode == 22
    assert run("wget", "-q", "-c", "--http-user", "pi", "--http-password", "wrong", url, check=False).returncode == 6
    assert written(place) == {}

    run("wget", "-q", "-c", "--http-user", pi.username, "--http-password", people.PASSWORD, url)  # it waits for 401
    assert written(place) == {"cube.fits.txt": LONG}


# Programs in Python


def test_astroquery_finds_the_name_and_goes_on(house, raw, place):
    """What astroquery.alma 0.4.11 sends: HEAD for the name, GET for the length, GET with a Range (FEATURES 0.1)."""
    session, url = requests.Session(), f"{house.url}/dataPortal/{RAW}"
    session.trust_env = False
    head = session.head(url, allow_redirects=True, timeout=PATIENCE_SECONDS)
    name = head.headers["Content-Disposition"].partition("filename=")[2]
    with session.get(url, stream=True, timeout=PATIENCE_SECONDS) as whole:
        length = int(whole.headers["Content-Length"])
        assert "Accept-Ranges" in whole.headers
    rest = session.get(url, headers={"Range": f"bytes={HAVE}-{length - 1}"}, timeout=PATIENCE_SECONDS)

    assert (head.history, name, int(head.headers["Content-Length"])) == ([], RAW, length)
    assert LONG[:HAVE] + rest.content == LONG


def test_urllib_and_astropy_open_an_address(house, mous, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    file = io.BytesIO()
    fits.PrimaryHDU(np.arange(3000, dtype="f4").reshape(50, 60)).writeto(file)
    plain = make.product(mous, "NGC1052_sci.mfs.I.pbcor.fits", content=file.getvalue())
    packed = make.product(mous, "NGC1052_sci.mfs.I.mask.fits.gz", content=gzip.compress(file.getvalue()))

    with closing(urllib.request.urlopen(house.url + named(plain), timeout=PATIENCE_SECONDS)) as answer:
        assert answer.read() == file.getvalue()
    for product in (plain, packed):
        with fits.open(house.url + named(product), cache=False) as opened:
            assert opened[0].data[49, 59] == 2999


def test_a_reader_of_parts_gets_each_part(house, mous):
    """As fsspec does for astropy's `use_fsspec`: the size from HEAD or from one byte, then the parts it needs."""
    product = make.product(mous, "cube.fits", content=LONG)
    with requests.Session() as session:
        session.trust_env = False
        for first, last in ((0, 0), (0, 2879), (HAVE, HAVE + 5 * 2**16), (len(LONG) - 1, len(LONG) + 99)):
            part = session.get(
                house.url + by_key(product),
                headers={"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"},
                timeout=PATIENCE_SECONDS,
            )
            end = min(last, len(LONG) - 1)
            assert (part.status_code, part.content) == (206, LONG[first : end + 1])
            assert part.headers["Content-Range"] == f"bytes {first}-{end}/{len(LONG)}"


# The protocol itself (RFC 9110), through both processes


@pytest.fixture
def ask(house):
    """Status, headers and body, after the one way to the process for files that a GET may be sent."""

    def asked(method, path, **headers):
        answer = service.ask(house.pages, method, path, **headers)
        if answer[0] != 307:
            return answer
        assert method == "GET"
        where = urlsplit(answer[1]["Location"])
        return service.ask(house.files, method, f"{where.path}?{where.query}", **headers)

    return asked


SAID_OF_A_CONNECTION = {"connection", "date", "server", "x-request-id", "location", "referrer-policy"}


def said(headers):
    return {name.lower(): value for name, value in headers.items() if name.lower() not in SAID_OF_A_CONNECTION}


@pytest.mark.parametrize("name", ["mask.fits.gz", "weblog.tgz", "README.txt", "empty.txt"])
def test_head_says_what_get_says_and_nothing_is_encoded(ask, mous, name):
    content = b"" if name == "empty.txt" else gzip.compress(LONG[:99_999]) if name[-2:] == "gz" else b"text\n" * 9999
    product = make.product(mous, name, content=content, media_type=rows.media_type(name))

    head = ask("HEAD", by_key(product), Accept_Encoding="gzip, br, zstd")
    whole = ask("GET", by_key(product), Accept_Encoding="gzip, br, zstd")

    assert (head[0], head[2], whole[0], whole[2]) == (200, b"", 200, content)
    assert said(head[1]) == said(whole[1])
    assert "Content-Encoding" not in whole[1]
    assert whole[1]["Content-Length"] == str(len(content))
    assert whole[1]["Cache-Control"] == "private, no-store, no-transform"
    assert "Expires" not in whole[1]


def test_parts_and_conditions_are_answered_by_the_book(ask, mous):
    product = make.product(mous, "cube.fits", content=LONG)
    size, tag = len(LONG), f'"{product.sha256}"'
    date = ask("HEAD", by_key(product))[1]["Last-Modified"]
    late, early = "Fri, 01 Jan 2100 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"
    part = {"Range": "bytes=5-9"}
    asked = {
        "the last bytes": ({"Range": "bytes=-7"}, 206, LONG[-7:]),
        "more than there are": ({"Range": f"bytes=-{size + 1}"}, 206, LONG),
        "several parts": ({"Range": "bytes=0-4, 10-14"}, 200, LONG),
        "another unit": ({"Range": "pixels=0-4"}, 200, LONG),
        "behind the end": ({"Range": f"bytes={size}-"}, 416, None),
        "none of the last": ({"Range": "bytes=-0"}, 416, None),
        "the same file": (part | {"If-Range": tag}, 206, LONG[5:10]),
        "the same date": (part | {"If-Range": date}, 206, LONG[5:10]),
        "perhaps the same file": (part | {"If-Range": f"W/{tag}"}, 200, LONG),
        "another file": (part | {"If-Range": '"other"'}, 200, LONG),
        "a later date": (part | {"If-Range": late}, 200, LONG),
        "what I have": ({"If-None-Match": f'"x", W/{tag}'}, 304, b""),
        "what I have, or a part": (part | {"If-None-Match": tag}, 304, b""),
        "what I have not": ({"If-None-Match": '"x"', "If-Modified-Since": late}, 200, LONG),
        "nothing new": ({"If-Modified-Since": date}, 304, b""),
        "something new": ({"If-Modified-Since": early}, 200, LONG),
        "this very file": (part | {"If-Match": tag}, 206, LONG[5:10]),
        "no other": (part | {"If-Match": '"x"'}, 412, None),
        "not changed since": (part | {"If-Unmodified-Since": early}, 412, None),
        "its digest": (part | {"Want-Repr-Digest": "sha-512=3, sha-256=10"}, 206, LONG[5:10]),
    }

    for words, (headers, status, body) in asked.items():
        answer = ask("GET", by_key(product), **headers)
        assert (answer[0], body is None or answer[2] == body) == (status, True), words
        assert status not in {200, 206, 304} or answer[1]["ETag"] == tag, words
        assert status not in {200, 206} or answer[1]["Repr-Digest"].startswith("sha-256=:"), words
        assert status != 416 or answer[1]["Content-Range"] == f"bytes */{size}", words
        if "Range" not in headers:
            assert ask("HEAD", by_key(product), **headers)[0] == status, words


def test_a_download_that_broke_off_leaves_a_connection_that_can_be_used(house, mous):
    """A client that asked for the whole, took the headers and wants a part instead, as astroquery does."""
    product = make.product(mous, "cube.fits", content=LONG)
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(20):
            with session.get(house.url + by_key(product), stream=True, timeout=PATIENCE_SECONDS) as whole:
                next(whole.iter_content(1000))

    assert service.ask(house.files, "GET", "/healthz")[0] == 200
    assert AccessRecord.objects.filter(what="download").count() == 20


@pytest.mark.browser
def test_a_browser_saves_a_file_of_a_strange_name(house, mous, place, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    made = [make.product(mous, name, content=name.encode()) for name in (*STRANGE, "page.html", "mask.fits.gz")]
    chromium = os.environ.get("ALTIPLANO_CHROMIUM", "/usr/bin/chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.goto(house.url + mous.get_absolute_url())
        for product in made:
            with page.expect_download() as begun:
                page.get_by_label(f"Download {product.name}", exact=True).click()
            begun.value.save_as(place / begun.value.suggested_filename)
        connections.close_all()  # those of Playwright's own context
        browser.close()

    assert written(place) == {download.safe_name(each.name): each.name.encode() for each in made}
