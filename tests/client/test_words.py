"""What is written on the command line, in the configuration and on the screen; and where a token goes."""

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tomllib

import pytest
from altiplano_client import account, cli, names, progress, sums, wanted, wire
from altiplano_client.errors import NoAnswerError, UsageError
from hypothesis import example, given
from hypothesis import strategies as st

from altiplano import client_program
from altiplano.stack import layout
from tests.client import hostile

SECRET = "0123456789abcdef" * 4
SITE = "https://archive.example.org"


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("ALTIPLANO_TOKEN", raising=False)
    monkeypatch.delenv("ALTIPLANO_SERVER", raising=False)
    monkeypatch.setattr(wire.Wire, "pause", lambda self, attempt, told=None: None)


def configuration(tmp_path, text):
    path = tmp_path / "altiplano" / "config.ini"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def test_the_configuration_names_the_archive_and_the_token_for_it(tmp_path):
    place = configuration(tmp_path, f"[altiplano]\nserver = {SITE}/\n[{SITE}]\ntoken = {SECRET}\n")

    assert account.account(environment=place) == account.Account(SITE, SECRET)


def test_a_token_of_the_configuration_is_for_its_archive_alone(tmp_path):
    place = configuration(tmp_path, f"[{SITE}]\ntoken = {SECRET}\n")

    assert not account.account("https://other.example.org", environment=place).token


def test_a_file_goes_before_the_environment_and_that_before_the_configuration(tmp_path):
    place = configuration(tmp_path, f"[{SITE}]\ntoken = configured\n")
    (tmp_path / "token").write_text("from-file\n")
    said = place | {"ALTIPLANO_TOKEN": "from-environment", "ALTIPLANO_SERVER": SITE}

    assert account.account(token_file=str(tmp_path / "token"), environment=said).token == "from-file"
    assert account.account(environment=said).token == "from-environment"
    assert account.account(SITE, environment=place).token == "configured"


def test_a_broken_configuration_is_refused_without_its_words(tmp_path):
    place = configuration(tmp_path, f"token = {SECRET}")

    with pytest.raises(UsageError) as refused:
        account.account(SITE, environment=place)

    assert SECRET not in str(refused.value)


def test_a_configuration_that_all_can_read_is_warned_of(tmp_path, capsys):
    place = configuration(tmp_path, f"[{SITE}]\ntoken = {SECRET}\n")
    (tmp_path / "altiplano/config.ini").chmod(0o644)

    account.account(SITE, environment=place)

    assert "chmod 600" in capsys.readouterr().err


@pytest.mark.parametrize("server", ["archive.example.org", "ftp://x", "http://", "https://me:secret@x", "file:///etc"])
def test_what_is_no_address_of_an_archive_is_refused(server):
    with pytest.raises(UsageError):
        account.checked(server)


def test_a_token_goes_over_plain_http_to_this_machine_alone():
    wire.Wire(account.Account("http://127.0.0.1:8000", SECRET))
    with pytest.raises(UsageError, match="everybody on the way"):
        wire.Wire(account.Account("http://archive.example.org", SECRET))


def test_a_token_follows_no_redirect_to_another_port_and_comes_back_with_one(tmp_path):
    content = b"bytes" * 1000
    with hostile.running(hostile.Archive(content)) as elsewhere, hostile.running(hostile.Archive(content)) as archive:
        there = f"{elsewhere.address}/api/products/{hostile.ID}/file?ticket=secret-ticket"
        back = f"{archive.address}/api/products/{hostile.ID}/file"
        archive.faults = [{"answer": (307, {"Location": there}, b"")}]
        elsewhere.faults = [{"answer": (307, {"Location": back}, b"")}]
        (tmp_path / "token").write_text(SECRET)

        words = ["download", hostile.ID, "--token-file", str(tmp_path / "token"), "--to", str(tmp_path / "data")]
        assert cli.main([*words, "--server", archive.address]) == 0

    assert [headers.get("Authorization") for headers in archive.file_requests()] == [f"Token {SECRET}"] * 2
    assert [headers.get("Authorization") for headers in elsewhere.file_requests()] == [None]


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x"])
def test_a_redirect_to_something_else_than_http_is_not_followed(where):
    with hostile.running(hostile.Archive()) as archive:
        archive.answers["/api/search/"] = (302, {"Location": where}, b"")
        with pytest.raises(NoAnswerError, match="not safe"):
            wire.Wire(account.Account(archive.address)).json("/api/search/")


def test_no_word_on_the_screen_holds_a_token_or_a_ticket(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ALTIPLANO_TOKEN", SECRET)
    with hostile.running(hostile.Archive(b"x" * 100)) as archive:
        gone = f"http://127.0.0.1:9/api/products/{hostile.ID}/file?ticket=secret-ticket"
        archive.faults = [{"answer": (307, {"Location": gone}, b"")}] * 20
        words = ["download", hostile.ID, "--to", str(tmp_path / "data"), "--server", archive.address]
        assert cli.main(words) == 1

    told = "".join(capsys.readouterr())
    assert "refused" in told
    assert SECRET not in told
    assert "ticket" not in told
    assert SECRET not in repr(account.Account("x", SECRET))


@given(st.text())
@example(".bashrc")
@example("..")
@example("NUL.fits")
def test_every_name_becomes_one_that_is_safe(text):
    name = names.safe(text)

    assert 0 < len(name.encode()) <= 255
    assert not set(name) & set('/\\\0\n:"')
    assert not name.startswith(".")
    assert names.safe(name) == name


@given(st.lists(st.text(), min_size=1))
@example(["..", "/etc", "..\\..\\x"])
@example(["..", "."])
def test_every_path_stays_below_its_directory(parts):
    path = names.safe_path(*parts)

    assert not path.is_absolute()
    assert ".." not in path.parts


def test_names_of_the_archive_are_kept_as_they_are():
    name = "member.uid___A001_X1296_X3b8.NGC1068_sci.spw25.cube.I.pbcor.fits"

    assert names.safe(name) == name
    assert names.safe("SHA256SUMS") != "SHA256SUMS"


def searched(archive, *words):
    return cli.main(["search", *words, "--server", archive.address])


def rows(count, start=0):
    return [{"target_name": f"T{start + i}", "mous": "m", "member_ous_uid": hostile.MOUS} for i in range(count)]


def page(archive, *pages):
    """Each page names the next one by an address of a host that is not asked."""

    def answer(request):
        number = int((request.path.partition("cursor=")[2] or "0").partition("&")[0])
        more = f"http://internal:1/api/search/?cursor={number + 1}" if number + 1 < len(pages) else None
        archive.answers["/api/search/"] = (200, {}, json.dumps({"rows": pages[number], "next": more}).encode())
        return plain(request)

    plain, archive.answer = archive.answer, answer


def test_a_search_follows_the_pages_of_the_archive_and_of_nobody_else(capsys):
    with hostile.running(hostile.Archive()) as archive:
        page(archive, rows(2), rows(2, 2), rows(1, 4))
        assert searched(archive, "target=T*", "--all", "--format", "jsonl") == 0

    told = [json.loads(line)["target_name"] for line in capsys.readouterr().out.splitlines()]
    assert told == ["T0", "T1", "T2", "T3", "T4"]


def test_a_search_ends_at_its_limit(capsys):
    with hostile.running(hostile.Archive()) as archive:
        page(archive, rows(2), rows(2, 2))
        searched(archive, "target=T*", "--limit", "3", "--format", "csv")

    told = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["target_name"] for row in told] == ["T0", "T1", "T2"]
    assert len(archive.seen) == 2


def test_words_of_the_archive_move_no_cursor_and_run_in_no_spreadsheet(capsys):
    with hostile.running(hostile.Archive()) as archive:
        page(archive, [{"target_name": "\x1b[2J=A1"}, {"target_name": "=cmd()"}])
        searched(archive, "x")
        searched(archive, "x", "--format", "csv")

    out = capsys.readouterr().out
    table, _, file = out.partition("target_name")
    assert "\x1b" not in table
    assert "'=cmd()" in file


def test_pages_that_go_round_in_a_circle_are_left():
    with hostile.running(hostile.Archive()) as archive:
        archive.answers["/api/search/"] = (200, {}, b'{"rows": [], "next": "http://x/?cursor=1"}')
        with pytest.raises(NoAnswerError, match="same page"):
            list(wanted.pages(wire.Wire(account.Account(archive.address)), "/api/search/", []))


def test_a_search_chooses_what_is_downloaded(tmp_path):
    with hostile.running(hostile.Archive(b"bytes")) as archive:
        archive.answers["/api/search/"] = (200, {}, json.dumps({"rows": rows(3), "next": None}).encode())
        words = ["download", "target=T*", "band=6", "--to", str(tmp_path / "data"), "--only", "*.fits"]
        assert cli.main([*words, "--server", archive.address]) == 0

    assert (tmp_path / "data/uid___A001_X1_X2/product/a.fits").read_bytes() == b"bytes"


@pytest.mark.parametrize(
    ("server", "status"), [("http://127.0.0.1:9", 3), ("", 2)], ids=["nobody answers", "no archive is named"]
)
def test_scripts_can_tell_what_went_wrong(server, status):
    assert cli.main(["search", "x", "--server", server]) == status


def test_an_answer_that_is_no_archives_is_told():
    with hostile.running(hostile.Archive()) as archive:
        archive.answers["/api/search/"] = (200, {}, b"<html>")
        assert searched(archive, "x") == 3


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "a.fits").write_bytes(b"a")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b.fits").write_bytes(b"b")
    lines = [f"{hashlib.sha256(each).hexdigest()}  {name}" for each, name in ((b"a", "a.fits"), (b"b", "sub/b.fits"))]
    (tmp_path / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    return tmp_path


def verify(place):
    return cli.main(["verify", str(place)])


def test_files_that_are_right_are_verified(directory, capsys):
    assert verify(directory) == 0
    assert capsys.readouterr().out == "2 of 2 files are right.\n"


def spoil(directory):
    (directory / "a.fits").write_bytes(b"x")


def remove(directory):
    (directory / "sub/b.fits").unlink()


def lead_out(directory):
    with (directory / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  ../../etc/passwd\n")


@pytest.mark.parametrize(
    ("change", "told"), [(spoil, "a.fits differs"), (remove, "b.fits is missing"), (lead_out, "leads out")]
)
def test_files_that_are_not_right_are_named(directory, capsys, change, told):
    change(directory)

    assert verify(directory) == 1
    assert told in capsys.readouterr().err


def test_a_directory_without_sums_is_not_called_right(tmp_path):
    assert verify(tmp_path) == 2


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
@pytest.mark.parametrize("name", [b"new\nline.txt", b"back\\slash\\n", b"caf\xe9.txt", "\N{PENGUIN}.txt".encode()])
def test_lists_of_sha256sum_are_read_and_kept_whatever_the_names_in_them(directory, name):
    (directory / os.fsdecode(name)).write_bytes(b"hers")
    line = subprocess.run(["sha256sum", "--", name], cwd=directory, capture_output=True, check=True).stdout
    with (directory / "SHA256SUMS").open("ab") as file:
        file.write(line)

    assert verify(directory) == 0
    for sha256 in ("a" * 64, "b" * 64):  # the second time all is written again
        sums.Sums(directory).add(wanted.PurePosixPath("new.fits"), sha256)
    assert line in (directory / "SHA256SUMS").read_bytes()


def test_a_list_that_is_none_is_refused_in_a_sentence(directory, capsys):
    (directory / "SHA256SUMS").write_bytes(b"\xff\xfe\n")

    assert verify(directory) == 1
    assert "Line 1 of SHA256SUMS is none" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["search", "download"])
def test_a_criterion_without_a_value_asks_for_nothing(verb, capsys):
    assert cli.main([verb, "target=", "--server", "http://127.0.0.1:9"]) == 2

    assert "target= has no value" in capsys.readouterr().err


def test_the_list_of_sums_names_a_path_once(tmp_path):
    for sha256 in ("a" * 64, "b" * 64, "b" * 64):
        sums.Sums(tmp_path).add(wanted.PurePosixPath("x.fits"), sha256)

    assert (tmp_path / "SHA256SUMS").read_text() == f"{'b' * 64}  x.fits\n"


def test_a_terminal_is_shown_rate_and_time_left():
    clock = iter([0.0, 10.0, 10.0, 10.0])
    shown = progress.Progress(1_000_000_000, 4, stream=io.StringIO(), clock=lambda: next(clock))
    shown.came(100_000_000)

    assert shown.line() == " 10.0%  100 MB of 1 GB  0/4 files  10 MB/s, 1 min 30 s left"


def test_the_zipapp_of_the_site_runs_and_knows_its_site(tmp_path):
    (tmp_path / "altiplano.pyz").write_bytes(client_program.program("http://127.0.0.1:9"))

    ran = subprocess.run(
        [sys.executable, "-I", tmp_path / "altiplano.pyz", "search", "x", "--retries", "1"],
        capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )  # fmt: skip

    assert (ran.returncode, "127.0.0.1:9 does not answer" in ran.stderr) == (3, True)


def test_the_zipapp_is_the_same_bytes_each_time():
    made = [client_program.program.__wrapped__(SITE) for _ in range(2)]

    assert made[0] == made[1] != client_program.program("https://other.example.org")


def test_the_site_hands_the_zipapp_out(client):
    answer = client.get("/client/altiplano.pyz")

    assert answer.content.startswith(b"#!/usr/bin/env python3\nPK")
    assert client.get("/client/altiplano.pyz", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_the_distribution_needs_nothing():
    told = tomllib.loads((layout.REPOSITORY / "client/pyproject.toml").read_text())["project"]

    assert told["dependencies"] == []
    assert told["requires-python"] == ">=3.9"
    assert told["scripts"] == {"altiplano": "altiplano_client.cli:main"}
