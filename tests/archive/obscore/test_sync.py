"""Rows from a TAP service in windows of lastModified, against a stand-in on a real port that answers as ALMA's does."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from django.core.management import CommandError, call_command

from archive.models import Load, MemberOUS, Observation
from archive.obscore.merging_parts import Merging
from tests import obscore_rows

ROWS = [
    obscore_rows.of_mous(number, lastModified=f"2024-{month:02d}-15T10:00:00.000")
    for number, month in enumerate((1, 1, 1, 1, 1, 2, 3, 3), 1)
]
BOUNDS = re.compile(r"lastModified >= '(\S+)' AND lastModified < '(\S+)'")


class Answering(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.asked.append(self)
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        query, most = form["QUERY"][0], int(form["MAXREC"][0])
        bounds = BOUNDS.search(query)
        if bounds and self.server.fail_at == bounds[1]:
            self.send_error(503, "Down for maintenance")
            return
        body = (self.server.body or self._answer(bounds, most)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-votable+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, bounds, most):
        if not bounds:
            return obscore_rows.votable(ROWS[:1])
        self.server.windows.append(bounds.groups())
        rows = [row for row in ROWS if bounds[1] <= row["lastModified"] < bounds[2]]
        if not rows:
            return re.sub("<TR>.*</TR>", "", obscore_rows.votable(ROWS[:1]))
        return obscore_rows.votable(rows[:most], status="OVERFLOW" if len(rows) > most else "OK")

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.asked, server.windows, server.fail_at, server.body = [], [], None, None
    Thread(target=server.serve_forever, daemon=True).start()
    server.address = f"http://127.0.0.1:{server.server_port}/tap"
    yield server
    server.shutdown()
    server.server_close()


def sync(service, **options):
    times = {"since": "2024-01-01", "until": "2024-04-01", "window_days": "31"}
    given = [f"--{name.replace('_', '-')}={value}" for name, value in (times | options).items()]
    call_command("sync_index", "--from", service.address, *given)


@pytest.mark.django_db
def test_all_windows_are_loaded_and_named(service):
    sync(service)

    assert Observation.objects.count() == len(ROWS)
    assert MemberOUS.objects.count() == len(ROWS)
    names = list(Load.objects.order_by("started_at").values_list("source", flat=True))
    assert names[0] == f"{service.address} lastModified 2024-01-01T00:00:00.000..2024-02-01T00:00:00.000"
    assert len(names) == 3


@pytest.mark.django_db
def test_windows_that_are_done_are_not_asked_for_again(service):
    sync(service)
    service.windows.clear()

    sync(service, until="2024-05-01")

    assert service.windows == [
        ("2024-03-03T00:00:00.000", "2024-04-03T00:00:00.000"),
        ("2024-04-03T00:00:00.000", "2024-05-01T00:00:00.000"),
    ]


@pytest.mark.django_db
def test_a_window_with_more_rows_than_one_answer_is_halved(service):
    rows = [row | {"lastModified": f"2024-01-{day:02d}T10:00:00.000"} for day, row in enumerate(ROWS, 3)]
    ROWS[:], before = rows, list(ROWS)
    try:
        sync(service, maxrec="3")
    finally:
        ROWS[:] = before

    assert Observation.objects.count() == len(ROWS)
    assert len(service.windows) > 3


@pytest.mark.django_db
def test_more_rows_of_one_moment_than_a_service_gives_are_a_refusal(service):
    with pytest.raises(CommandError, match=r"has more than 3 rows modified in 2024-01-15T10:00:00.000"):
        sync(service, maxrec="3")


@pytest.mark.django_db
def test_after_a_breakdown_it_goes_on_with_the_window_that_failed(service):
    service.fail_at = "2024-02-01T00:00:00.000"
    with pytest.raises(CommandError, match=r"gave no rows: .*503.*run the same command again"):
        sync(service)
    assert Observation.objects.count() == 5

    service.fail_at = None
    service.windows.clear()
    sync(service)

    assert service.windows[0][0] == "2024-02-01T00:00:00.000"
    assert Observation.objects.count() == len(ROWS)


@pytest.mark.django_db
def test_a_window_that_broke_off_is_loaded_whole_for_the_service_may_answer_otherwise(service, monkeypatch):
    early, late = ROWS[0] | {"lastModified": "2024-01-03T10:00:00.000"}, ROWS[7]
    late = late | {"lastModified": "2024-01-30T10:00:00.000"}
    monkeypatch.setattr(
        "tests.archive.obscore.test_sync.ROWS", [early, early | {"asdm_uid": "uid://A002/X9/Xff"}, late]
    )
    with monkeypatch.context() as broken:
        broken.setattr(Merging, "_write", breaking_at(2, Merging._write))
        with pytest.raises(KilledError):
            sync(service, maxrec="3")
    assert Observation.objects.count() == 2

    ROWS[:2] = []  # changed meanwhile: they are in a later window now
    sync(service, until="2024-02-01")

    assert Observation.objects.count() == 3


class KilledError(Exception):
    pass


def breaking_at(call, merge):
    left = iter(range(call - 1))

    def merged(*words):
        if next(left, None) is None:
            raise KilledError
        return merge(*words)

    return merged


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"window_days": "nan"}, "window-days"),
        ({"window_days": "1e9"}, "window-days"),
        ({"since": "2024-13-01"}, "'2024-13-01' is no time; write"),
        ({"since": "2024-04-01", "until": "2024-01-01"}, "--until must be later"),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_its_name(service, options, named):
    with pytest.raises(CommandError, match=named):
        sync(service, **options)

    assert not service.asked


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["foo", "http://", "http://[::1", "ftp://tap.example.org"])
def test_what_is_no_address_is_refused_before_anybody_is_asked(address):
    with pytest.raises(CommandError, match="no address that begins with"):
        call_command("sync_index", "--from", address)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('<!DOCTYPE v [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><VOTABLE>&b;</VOTABLE>', "a document type of its own"),
        (obscore_rows.votable(ROWS)[:900], "it is not a whole VOTable"),
        (
            '<VOTABLE version="1.3"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">no table'
            "</INFO></RESOURCE></VOTABLE>",
            "no table",
        ),
        ("<html>Welcome</html>", "it is not a whole VOTable"),
    ],
)
def test_what_is_no_answer_changes_nothing(service, body, why):
    service.body = body

    with pytest.raises(CommandError, match=why):
        sync(service)

    assert not Observation.objects.exists()


@pytest.mark.django_db
def test_a_service_that_is_not_there_is_named(service):
    service.shutdown()
    service.server_close()

    with pytest.raises(CommandError, match=f"The TAP service {service.address} gave no rows"):
        sync(service)
