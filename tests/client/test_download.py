"""The client against an archive that lies: whatever comes, a file under its own name is equal to its SHA-256."""

import errno
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import PurePosixPath

import pytest
from altiplano_client import cli, names, part, wire

from tests.client import hostile

ID, MIB = hostile.ID, hostile.MIB
CONTENT = b"".join(hashlib.sha256(bytes([i, j])).digest() * 1024 for i in range(5) for j in range(33))[: 5 * MIB + 77]
PLACE = "uid___A001_X1_X2/product/a.fits"


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Nobody's configuration, no proxy, and no waiting between attempts."""
    for name in ("ALTIPLANO_TOKEN", "ALTIPLANO_SERVER", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(wire.Wire, "pause", lambda self, attempt, told=None: waits.append(told))
    waits.clear()


waits = []


@pytest.fixture
def place(tmp_path):
    return tmp_path / "data"


def download(archive, place, *words):
    return cli.main(["download", *(words or [ID]), "--server", archive.address, "--to", str(place)])


def files(place):
    return {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}


FAULTS = {
    "a cut": [{"cut": 1_000_000}],
    "cuts, one after another": [{"cut": 700_001}] * 6,
    "a cut before the first byte": [{"cut": 0}] * 3,
    "a flipped bit": [{"flip": 3 * MIB + 5}],
    "flipped bits in the first and last block": [{"flip": 0}, {"flip": 5 * MIB + 76}],
    "a flipped bit in what was to mend it": [{"flip": 9}, {"flip": 9}, {"flip": 9}],
    "a cut, and the whole again": [{"cut": 100_000}, {"forgets_range": True}],
    "a length that is too small": [{"says": 1000}],
    "a length that is too large": [{"says": len(CONTENT) + 5000}],
    "more bytes than there are": [{"more": b"x" * 9999, "says": len(CONTENT) + 9999}],
    "another part than was asked for": [{"cut": 1000}, {"place": f"bytes 5-9/{len(CONTENT)}"}],
    "a part of a file of another size": [{"cut": 1000}, {"place": f"bytes 1000-{len(CONTENT)}/{len(CONTENT) + 1}"}],
    "a page that is no file": [{"answer": (200, {"Content-Length": "4"}, b"<p>!")}],
    "a busy server": [{"answer": (503, {"Retry-After": "7"}, b"")}, {"answer": (500, {}, b"")}],
    "too many requests": [{"answer": (429, {"Retry-After": "3"}, b"")}],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_a_file_ends_equal_to_its_checksum_after(faults, place):
    with hostile.running(hostile.Archive(CONTENT, faults)) as archive:
        assert download(archive, place) == 0

    assert (place / PLACE).read_bytes() == CONTENT
    assert files(place) == {PLACE, "SHA256SUMS"}
    assert not archive.faults


def test_the_archive_says_how_long_to_wait(place):
    with hostile.running(hostile.Archive(CONTENT, FAULTS["a busy server"])) as archive:
        assert download(archive, place) == 0

    assert waits == [7.0, None]


def test_a_flipped_bit_costs_one_block(place):
    with hostile.running(hostile.Archive(CONTENT, [{"flip": 3 * MIB + 5}])) as archive:
        download(archive, place)

    assert archive.fetched() == ["whole", f"bytes={3 * MIB}-{4 * MIB - 1}"]


def test_a_cut_costs_what_had_not_come(place):
    with hostile.running(hostile.Archive(CONTENT, [{"cut": 1_000_000}])) as archive:
        download(archive, place)

    assert archive.fetched() == ["whole", f"bytes=1000000-{len(CONTENT) - 1}"]
    assert archive.file_requests()[1]["If-Range"] == f'"{hostile.sha256(CONTENT)}"'


def test_what_an_earlier_run_left_is_gone_on_with(place):
    with hostile.running(hostile.Archive(CONTENT, [{"cut": 2_000_000}, *[{"answer": (503, {}, b"")}] * 10])) as archive:
        assert download(archive, place) == 1
        [left] = files(place)
        assert left.endswith(".part")
        archive.faults = []
        assert download(archive, place) == 0

    assert archive.fetched()[-1] == f"bytes=2000000-{len(CONTENT) - 1}"
    assert (place / PLACE).read_bytes() == CONTENT


@pytest.mark.parametrize(
    "left", [CONTENT + b"more", b"\0" * len(CONTENT), b"x" * 3_000_000], ids=["long", "bad", "cut"]
)
def test_a_part_that_is_wrong_is_made_right(place, left):
    waiting = place / "uid___A001_X1_X2/product" / f"a.fits.{hostile.sha256(CONTENT)[:12]}.part"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(left)

    with hostile.running(hostile.Archive(CONTENT)) as archive:
        assert download(archive, place) == 0

    assert (place / PLACE).read_bytes() == CONTENT


def test_a_file_that_is_there_and_right_is_not_fetched_again(place):
    with hostile.running(hostile.Archive(CONTENT)) as archive:
        assert [download(archive, place), download(archive, place)] == [0, 0]

    assert archive.fetched() == ["whole"]


def test_a_file_that_is_there_and_differs_is_left_alone_until_told(place):
    spoilt = bytearray(CONTENT)
    spoilt[MIB + 1] ^= 1
    (place / PLACE).parent.mkdir(parents=True)
    (place / PLACE).write_bytes(spoilt)

    with hostile.running(hostile.Archive(CONTENT)) as archive:
        assert download(archive, place) == 1
        assert (place / PLACE).read_bytes() == spoilt
        assert download(archive, place, ID, "--repair") == 0

    assert (place / PLACE).read_bytes() == CONTENT
    assert archive.fetched() == [f"bytes={MIB}-{2 * MIB - 1}"]


def test_what_never_fits_gets_no_name_of_its_own(place, capsys):
    with hostile.running(hostile.Archive(CONTENT, [{"flip": i} for i in range(100)], size=len(CONTENT))) as archive:
        archive.answers[f"/api/products/{ID}/blocks"] = (404, {}, b"")
        assert download(archive, place) == 1

    assert PLACE not in files(place)
    assert "never fits" in capsys.readouterr().err


def test_an_archive_that_lies_about_blocks_cannot_keep_the_client_busy(place):
    with hostile.running(hostile.Archive(CONTENT, [{"flip": 9}])) as archive:
        told = (
            b'{"block_bytes": 1048576, "crc32": [1, 2, 3, 4, 5, 6], "sha256": "%s"}' % hostile.sha256(CONTENT).encode()
        )
        archive.answers[f"/api/products/{ID}/blocks"] = (200, {}, told)
        assert download(archive, place) == 0

    assert (place / PLACE).read_bytes() == CONTENT


def test_a_file_that_was_replaced_meanwhile_is_not_mixed(place, capsys):
    with hostile.running(hostile.Archive(CONTENT)) as archive:
        before = archive.product | {"sha256": "0" * 64}
        archive.answers[f"/api/products/{ID}/"] = (200, {}, json.dumps(before).encode())
        assert download(archive, place) == 4

    assert "was replaced in the archive meanwhile" in capsys.readouterr().err


REFUSALS = {
    401: "Log in, or send a token.",
    403: "It is proprietary until 2027.",
    404: "There is no such product.",
    409: "a.fits is in quarantine: its checksum differs.",
    410: "a.fits was withdrawn.",
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_is_told_in_the_archives_words_and_not_tried_again(place, capsys, status):
    body = json.dumps({"error": {"code": "x", "sentence": REFUSALS[status], "remedy": "Ask the helpdesk."}})
    with hostile.running(hostile.Archive(CONTENT, [{"answer": (status, {}, body.encode())}])) as archive:
        assert download(archive, place) == 4

    assert f"{REFUSALS[status]} Ask the helpdesk." in capsys.readouterr().err
    assert len(archive.file_requests()) == 1
    assert files(place) == set()


def test_a_full_disk_is_said_and_ends_all(place, capsys, monkeypatch):
    def full(self, at, piece):
        raise part.room_or(OSError(errno.ENOSPC, "No space left on device"), self.path)

    monkeypatch.setattr(part.Part, "write", full)
    with hostile.running(hostile.Archive(CONTENT)) as archive:
        assert download(archive, place) == 5

    assert "is full. Make room" in capsys.readouterr().err


def test_what_has_no_room_is_not_begun(place, capsys):
    with hostile.running(hostile.Archive(CONTENT, size=10**18)) as archive:
        assert download(archive, place) == 5

    assert not archive.file_requests()
    assert "1000 PB are to come" in capsys.readouterr().err


def test_names_of_the_archive_lead_nowhere_else(place, tmp_path):
    evil = {"name": "../../../evil.fits", "directory": "../../..", "mous": "../.."}
    with hostile.running(hostile.Archive(CONTENT, **evil)) as archive:
        assert download(archive, place) == 0

    assert all(path.is_relative_to(place) for path in tmp_path.rglob("*.fits"))
    assert len(files(place)) == 2


def test_a_link_that_lies_where_the_part_goes_is_not_followed(place, tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    waiting = place / "uid___A001_X1_X2/product" / f"a.fits.{hostile.sha256(CONTENT)[:12]}.part"
    waiting.parent.mkdir(parents=True)
    waiting.symlink_to(victim)

    with hostile.running(hostile.Archive(CONTENT)) as archive:
        assert download(archive, place) == 1

    assert victim.read_bytes() == b"mine"


def test_an_archive_below_a_path_is_asked_there(place):
    archive = hostile.Archive(CONTENT)
    archive.prefix = "/science/alma"
    with hostile.running(archive):
        assert download(archive, place) == 0
        assert download(archive, place, f"{archive.address}/api/products/{ID}/file") == 0

    assert len(archive.seen) == 3


def test_addresses_of_others_are_refused(place, capsys):
    with hostile.running(hostile.Archive(CONTENT)) as archive:
        assert download(archive, place, "http://elsewhere.example.org/api/products/x/file") == 2

    assert not archive.seen


def test_why_a_file_is_locked_is_told_in_the_words_of_the_archive_and_the_others_are_fetched(place, capsys):
    with hostile.running(hostile.Archive(CONTENT)) as archive:
        locked = archive.product | {"id": ID.replace("1", "2"), "name": "b.fits", "readable": False}
        rows = json.dumps({"next": None, "results": [archive.product, locked]}).encode()
        archive.answers["/api/products/"] = (200, {}, rows)
        words = {"code": "recalled", "sentence": "It was recalled: wrong flux.", "remedy": "Do not use it."}
        archive.answers[f"/api/products/{locked['id']}/file"] = (403, {}, json.dumps({"error": words}).encode())
        assert download(archive, place, hostile.MOUS) == 1

    assert "product/b.fits: It was recalled: wrong flux. Do not use it." in capsys.readouterr().err
    assert set(files(place)) == {PLACE, "SHA256SUMS"}


def bundle(kind):
    """A bundle of two files as the archive makes it."""
    members = {"a.fits": CONTENT[: MIB + 3], "sub/b.fits": CONTENT[MIB : 2 * MIB]}
    sums = "".join(f"{hostile.sha256(body)}  {name}\n" for name, body in members.items()).encode()
    made = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(made, "w") as archive:
            for name, body in (members | {"SHA256SUMS": sums}).items():
                archive.writestr(f"2023.1.00101.S/{name}", body)
    else:
        with tarfile.open(fileobj=made, mode="w") as archive:
            for name, body in (members | {"SHA256SUMS": sums}).items():
                about = tarfile.TarInfo(f"2023.1.00101.S/{name}")
                about.size = len(body)
                archive.addfile(about, io.BytesIO(body))
    return made.getvalue()


@pytest.mark.parametrize("faults", [[{"cut": 99_999}], [{"flip": 700_000}], [{"flip": 20}], [{"flip": MIB + 5000}]])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_bundle_is_checked_by_the_sums_inside_it_and_mended(place, kind, faults):
    body = bundle(kind)
    with hostile.running(hostile.Archive(body, [{}, *faults])) as archive:
        archive.product["sha256"] = "e" * 64  # an ETag that is no digest of the bytes
        served = archive.answer
        archive.answer = lambda request: served(_as_file(request))
        assert download(archive, place, "/api/bundles/of.tar?mous=x") == 0

    assert (place / "of.tar").read_bytes() == body


def _as_file(request):
    request.path = f"/api/products/{ID}/file"
    return request


def test_paths_are_kept_apart_where_case_does_not_count():
    told = names.apart([(PurePosixPath("a.fits"), "11111111"), (PurePosixPath("A.fits"), "22222222")])

    assert told == [PurePosixPath("a.fits"), PurePosixPath("22222222_A.fits")]


def test_a_file_is_kept_apart_from_a_directory_of_its_name():
    told = names.apart([(PurePosixPath("m/A"), "11111111"), (PurePosixPath("m/a/b.fits"), "22222222")])

    assert told == [PurePosixPath("m/11111111_A"), PurePosixPath("m/a/b.fits")]
