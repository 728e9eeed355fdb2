"""Archives whose every byte has its place beforehand, opened by the programs that people have."""

import io
import shutil
import subprocess
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.bundles import tars, zips
from products.bundles.layout import Member, Slice

GIB = 2**30
NOON = 1_717_243_200  # 2024-06-01 12:00 UTC
LONG = "2023.1.00101.S/science_goal.uid___A001_X1_X1/group.uid___A001_X2_X2/member.uid___A001_X3_X3/product/" + "n" * 90
FORMATS = {"tar": tars.layout, "zip": zips.layout}
FILES = {
    "SHA256SUMS": b"sums\n",
    LONG: bytes(range(256)) * 3,
    "a/empty": b"",
    "a/grün.fits": b"x" * 512,
    "a/notes.txt": b"n" * 513,
}


def members(files):
    """The first is written by us, the others lie elsewhere."""
    own = next(iter(files), None)
    return [
        Member(path, len(content), zlib.crc32(content), NOON, content if path == own else None)
        for path, content in files.items()
    ]


def read(layout, files, start=0, stop=None):
    contents = list(files.values())
    parts = layout.part(start, layout.size if stop is None else stop)
    return b"".join(
        contents[part.number][part.start : part.stop] if isinstance(part, Slice) else part for part in parts
    )


@pytest.fixture(params=FORMATS)
def kind(request):
    return request.param


@pytest.fixture
def archive(kind, tmp_path):
    path = tmp_path / f"bundle.{kind}"
    layout = FORMATS[kind](members(FILES))
    path.write_bytes(read(layout, FILES))
    assert path.stat().st_size == layout.size
    return path


def test_python_reads_what_was_packed(kind, archive):
    if kind == "tar":
        with tarfile.open(archive) as opened:
            assert {one.name: opened.extractfile(one).read() for one in opened} == FILES
            assert {(one.mtime, one.mode, one.uid, one.uname) for one in opened} == {(NOON, 0o644, 0, "")}
    else:
        with zipfile.ZipFile(archive) as opened:
            assert opened.testzip() is None
            assert {name: opened.read(name) for name in opened.namelist()} == FILES
            assert {one.date_time for one in opened.infolist()} == {(2024, 6, 1, 12, 0, 0)}


@pytest.mark.parametrize(
    ("kind", "command"),
    [("tar", ["tar", "-xf"]), ("zip", ["unzip", "-q"]), ("zip", ["bsdtar", "-xf"])],
    indirect=["kind"],
)
def test_the_programs_of_the_system_unpack_it(archive, command, tmp_path):
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    (tmp_path / "out").mkdir()

    subprocess.run(
        [*command, archive], cwd=tmp_path / "out", check=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    )

    assert {path: (tmp_path / "out" / path).read_bytes() for path in FILES} == FILES


def test_an_archive_of_nothing_is_an_archive(kind):
    empty = io.BytesIO(read(FORMATS[kind]([]), {}))

    with tarfile.open(fileobj=empty) if kind == "tar" else zipfile.ZipFile(empty) as opened:
        assert (opened.getnames() if kind == "tar" else opened.namelist()) == []


class Sparse(io.RawIOBase):
    """An archive of files that are all zeros, however large."""

    def __init__(self, layout):
        self.layout, self.at = layout, 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, self.layout.size)[whence]
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        stop = min(self.at + len(buffer), self.layout.size)
        found = b"".join(
            bytes(part.size) if isinstance(part, Slice) else part for part in self.layout.part(self.at, stop)
        )
        buffer[: len(found)] = found
        self.at = stop
        return len(found)


LARGE = [("first", 5 * GIB), ("small", 3), ("second", 9 * GIB), ("last", 4 * GIB - 1)]


def test_files_beyond_four_and_eight_gib_are_listed_with_their_true_places(kind):
    layout = FORMATS[kind]([Member(name, size, 0, NOON) for name, size in LARGE])

    if kind == "tar":
        with tarfile.open(fileobj=Sparse(layout)) as opened:
            assert [(one.name, one.size) for one in opened] == LARGE
    else:
        with zipfile.ZipFile(Sparse(layout)) as opened:
            assert [(one.filename, one.file_size) for one in opened.infolist()] == LARGE
            with opened.open("last") as last:  # where its own header says the same name
                assert last.read(4) == bytes(4)


def test_a_zip_of_more_files_than_its_old_form_can_count():
    layout = zips.layout([Member(f"{number:05}", 0, 0, NOON) for number in range(70_000)])

    with zipfile.ZipFile(Sparse(layout)) as opened:
        assert len(opened.namelist()) == 70_000


NAMES = st.text("abcü/ .", min_size=1, max_size=130)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(FORMATS)), st.dictionaries(NAMES, st.binary(max_size=1100), max_size=6), st.data())
def test_any_part_of_an_archive_is_that_slice_of_the_whole(kind, files, data):
    layout = FORMATS[kind](members(files))
    whole = read(layout, files)
    start = data.draw(st.integers(0, layout.size))
    stop = data.draw(st.integers(start, layout.size))

    assert len(whole) == layout.size
    assert read(layout, files, start, stop) == whole[start:stop]


@settings(max_examples=100, deadline=None)
@given(st.text("abcü/", min_size=1, max_size=1200), st.integers(0, 2**45))
def test_a_header_has_the_length_that_was_told_before_it_was_made(path, size):
    member = Member(path, size, 0, NOON)

    told = tars.layout([member])
    made = tarfile.TarInfo(path)
    made.size = size
    blocks = len(made.tobuf(tarfile.PAX_FORMAT)) + -(-size // 512) * 512 + 1024

    assert told.size == -(-blocks // tarfile.RECORDSIZE) * tarfile.RECORDSIZE
    assert read(told, {}, 0, 512)  # which looks at the length of the header
