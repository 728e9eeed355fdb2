"""Two real server processes, one for pages and one for files, and the clients that astronomers use."""

import contextlib
import hashlib
import http.client
import socket
import subprocess
import time

import pytest
import requests
from django.urls import reverse

from archive import delegations
from archive.models import AccessRecord, Delegation
from tests import make, people, service

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 2**20
BLOCK = hashlib.sha256(b"altiplano").digest() * 2**15
LARGE = 64 * MIB  # more than a server and its sockets hold for a reader who has stopped reading
THREADS = service.FILE_THREADS
PATIENCE_SECONDS = 60


@pytest.fixture
def mous():
    return make.mous()


@pytest.fixture
def cast(mous):
    return people.cast(mous)


@pytest.fixture
def product(mous):
    return make.product(mous, "small.tar", content=BLOCK * 3)


@pytest.fixture
def large(mous):
    return make.product(mous, "large.tar", content=BLOCK * (LARGE // len(BLOCK)))


@pytest.fixture(scope="module")
def house(django_db_setup, tmp_path_factory):
    with service.both_processes(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture
def crowded_house(mous, tmp_path):
    """One that a test may leave with readers in it."""
    with service.both_processes(tmp_path) as made:
        yield made


def address(product):
    return reverse("product-file", args=[product.pk])


def ended(count=1):
    """The records of ends, when there are so many; a process writes them when it notices."""
    until = time.monotonic() + PATIENCE_SECONDS
    while len(found := AccessRecord.objects.filter(what="download ended")) < count:
        assert time.monotonic() < until, "the end of a download was not written down"
        time.sleep(0.1)
    return list(found)


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=PATIENCE_SECONDS)


def read(place):
    [file] = [path for path in place.iterdir() if path.is_file()]
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def place(tmp_path):
    made = tmp_path / "downloads"
    made.mkdir()
    return made


CLIENTS = {
    "curl with a token": lambda url, person: ["curl", "-sfLOJ", "-H", f"Authorization: {people.token(person)}", url],
    "curl with a password": lambda url, person: ["curl", "-sfLOJ", "-u", _password(person), url],
    "wget with a password": lambda url, person: [
        *("wget", "-q", "--content-disposition", "--user", person.username, "--password", people.PASSWORD),
        *("--auth-no-challenge", url),
    ],
    "wget asked for its password": lambda url, person: [
        *(
            "wget",
            "-q",
            "-O",
            "file",
            "--user",
            _password(person).partition(":")[0],
            "--password",
            people.PASSWORD,
            url,
        ),
    ],
    "wget with a token": lambda url, person: [
        *("wget", "-q", "-O", "file", "--header", f"Authorization: {people.token(person)}", url),
    ],
}


def _password(person):
    people.basic(person)
    return f"{person.username}:{people.PASSWORD}"


@pytest.mark.parametrize("client", CLIENTS)
def test_programs_follow_to_the_files_and_are_known_there(house, product, cast, place, client):
    people.basic(cast["delegee"])

    run(*CLIENTS[client](house.url + address(product), cast["delegee"]), cwd=place)

    assert read(place) == product.sha256
    [record] = ended()
    assert (record.person, record.rule, record.bytes_sent) == (cast["delegee"], "delegation", product.size)


@pytest.mark.parametrize("way", ["token", "basic"])
def test_python_requests_follows_to_the_files(house, product, cast, way):
    said = getattr(people, way)(cast["delegee"])
    session = requests.Session()
    session.trust_env = False

    answer = session.get(house.url + address(product), headers={"Authorization": said}, timeout=PATIENCE_SECONDS)
    part = session.get(
        house.url + address(product),
        headers={"Authorization": said, "Range": "bytes=1000-1999", "If-Range": answer.headers["ETag"]},
        timeout=PATIENCE_SECONDS,
    )

    assert [each.status_code for each in answer.history] == [307]
    assert answer.url.startswith(f"http://127.0.0.1:{house.files}/")
    assert hashlib.sha256(answer.content).hexdigest() == product.sha256
    assert (part.status_code, part.content) == (206, answer.content[1000:2000])


def test_curl_resumes_across_the_two_processes(house, product, cast, place):
    (place / "small.tar").write_bytes((BLOCK * 3)[:1_000_000])
    token = people.token(cast["pi"])

    run(
        "curl",
        "-sfL",
        "-C",
        "-",
        "-o",
        "small.tar",
        "-H",
        f"Authorization: {token}",
        house.url + address(product),
        cwd=place,
    )

    assert read(place) == product.sha256
    assert ended()[0].bytes_sent == product.size - 1_000_000


def test_head_is_not_sent_on(house, product, cast):
    status, told, _ = service.ask(house.pages, "HEAD", address(product), Authorization=people.token(cast["pi"]))

    assert (status, told["Content-Length"]) == (200, str(product.size))
    assert not AccessRecord.objects.exists()


def ticket(house, product, person):
    """The address at the process for files, without its host."""
    status, told, _ = service.ask(house.pages, "GET", address(product), Authorization=people.token(person))
    assert status == 307
    return told["Location"].removeprefix(f"http://127.0.0.1:{house.files}")


def test_no_log_of_either_process_holds_a_ticket(house, product, cast):
    where = ticket(house, product, cast["delegee"])
    assert service.ask(house.files, "GET", where)[0] == 200
    delegations.revoke(Delegation.objects.get(delegee=cast["delegee"]), by=cast["pi"], now=make.NOW)
    assert service.ask(house.files, "GET", where)[0] == 403
    assert service.ask(house.files, "GET", where.replace("/file", "/other"))[0] == 404

    told = "".join(log.read_text() for log in house.logs.values())
    assert "Forbidden" in told
    assert where.partition("ticket=")[2] not in told


def slowly(port, path):
    """A reader whose side of the connection holds little; status and headers are read, the rest is for the test."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    link.sock = socket.socket()
    link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    link.sock.settimeout(PATIENCE_SECONDS)
    link.sock.connect(("127.0.0.1", port))
    link.request("GET", path)
    return link


def test_slow_readers_of_files_take_nothing_from_the_pages(crowded_house, large, mous, cast):
    house = crowded_house
    with contextlib.ExitStack() as slow:
        for _ in range(40):
            link = slowly(house.files, ticket(house, large, cast["pi"]))
            slow.callback(link.close)
        begun = _until_all_threads_are_busy()

        for path in ("/healthz", reverse("api-mous", args=[mous.name]), mous.get_absolute_url()):
            assert service.ask(house.pages, "GET", path)[0] == 200
        assert service.ask(house.pages, "HEAD", address(large), Authorization=people.token(cast["pi"]))[0] == 200
        assert not AccessRecord.objects.filter(what="download ended").exists()
        assert begun >= THREADS


def _until_all_threads_are_busy():
    until = time.monotonic() + PATIENCE_SECONDS
    while (begun := AccessRecord.objects.filter(what="download").count()) < THREADS:
        assert time.monotonic() < until, f"only {begun} downloads began"
        time.sleep(0.1)
    return begun


def test_who_leaves_midway_is_written_down_with_what_she_took(house, large, cast):
    link = slowly(house.files, ticket(house, large, cast["delegee"]))
    response = link.getresponse()
    taken = len(response.read(20 * MIB))

    link.close()
    response.close()

    [end] = ended()
    assert end.outcome == "left"
    assert taken - MIB <= end.bytes_sent <= taken + 10 * MIB
    begin = AccessRecord.objects.get(event=end.event, what="download")
    assert (begin.bytes_asked, begin.person, begin.rule) == (large.size, cast["delegee"], "delegation")


# wherever the last question was; most come at 7 or 11 MiB, for one is asked every 4
@pytest.mark.parametrize("taken", [7 * MIB, 10 * MIB, 45 * MIB // 4, 99 * MIB // 8, 40 * MIB])
def test_who_loses_the_right_midway_gets_eight_mib_more_at_most(house, large, cast, taken):
    """Also where the server, for somebody who read fast and then pauses, has filled all that it holds."""
    link = slowly(house.files, ticket(house, large, cast["delegee"]))
    response = link.getresponse()
    before = len(response.read(taken))
    time.sleep(0.5)

    delegations.revoke(Delegation.objects.get(delegee=cast["delegee"]), by=cast["pi"], now=make.NOW)

    after, cut = _rest(response)
    link.close()
    [end] = ended()
    assert cut
    assert end.outcome == "cut off"
    assert after <= 6 * MIB  # 8 are promised; docs/operating.md says 5 of this server
    assert end.bytes_sent <= before + 8 * MIB


def _rest(response):
    """How much more comes, and whether it ends before its time."""
    got = 0
    try:
        while piece := response.read1(64 * 1024):
            got += len(piece)
    except (http.client.IncompleteRead, ConnectionError):
        return got, True
    return got, bool(response.length)
