"""Tars from outside are hostile until read (issue point 1: refused whole, with the file and the reason)."""

import io
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ArchiveError
from archive.readers.origins import LocalFile
from archive.readers.refusals import TooLargeError, TruncatedTarError, UnreadableTarError, UnsafeMemberError
from archive.readers.tar_entries import DEFAULT_LIMITS, entries, safe_parts


def member(name, kind=tarfile.REGTYPE, *, size=0, **facts):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    for key, value in facts.items():
        setattr(info, key, value)
    return info


def packed(path, *members, **form):
    with tarfile.open(path, "w", **form) as tar:
        for info in members:
            tar.addfile(info, io.BytesIO(b"x" * info.size))
    return path


def read(path, limits=DEFAULT_LIMITS):
    return list(entries(LocalFile(path), limits))


def test_plain_files_are_read_with_size_and_place(tmp_path):
    path = packed(tmp_path / "a.tar", member("a", tarfile.DIRTYPE), member("./a/b.txt", size=700), member("c", size=3))

    found = read(path)

    assert [(entry.parts, entry.size) for entry in found] == [(("a", "b.txt"), 700), (("c",), 3)]
    with path.open("rb") as stream:
        stream.seek(found[1].offset)
        assert stream.read(3) == b"xxx"


@pytest.mark.parametrize(
    ("info", "why"),
    [
        (member("/etc/passwd"), "absolute path"),
        (member("../outside"), "leaves its directory"),
        (member("a/../../outside"), "leaves its directory"),
        (member("link", tarfile.SYMTYPE, linkname="/etc/passwd"), "is a link"),
        (member("link", tarfile.LNKTYPE, linkname="a"), "is a link"),
        (member("device", tarfile.CHRTYPE), "neither a plain file nor a directory"),
        (member("device", tarfile.BLKTYPE), "neither a plain file nor a directory"),
        (member("pipe", tarfile.FIFOTYPE), "neither a plain file nor a directory"),
        (member("odd", b"Z"), "neither a plain file nor a directory"),
        (member("a\\b"), "unprintable"),
        (member("a\nb"), "unprintable"),
        (member("a\x1b[2Jb"), "unprintable"),
        (member("a/" + "n" * 256), "name of more than 255 bytes"),
        (member("é" * 128 + "/a"), "name of more than 255 bytes"),
    ],
)
def test_a_member_that_is_not_a_plain_file_within_the_tar_refuses_it(tmp_path, info, why):
    path = packed(tmp_path / "bad.tar", member("good", size=1), info)

    with pytest.raises(UnsafeMemberError, match=r"bad\.tar") as refusal:
        read(path)

    assert why in refusal.value.sentence


def test_a_member_given_twice_refuses_the_tar(tmp_path):
    with pytest.raises(UnsafeMemberError, match="is in it twice"):
        read(packed(tmp_path / "a.tar", member("a/b", size=1), member("a/./b", size=2)))


def test_a_tar_cut_anywhere_is_refused(tmp_path):
    whole = packed(tmp_path / "whole.tar", member("a", size=2000), member("b", size=2000)).read_bytes()
    cut = tmp_path / "cut.tar"

    # After the last member (5120 bytes) come the blocks that mark the end.
    for length in [0, 1, 511, 512, 1000, 2559, 2560, 2561, 3072, 4000, 5119, 5120, 5121]:
        cut.write_bytes(whole[:length])
        with pytest.raises(ArchiveError, match=r"cut\.tar") as refusal:
            read(cut)
        assert refusal.value.code in ("truncated-tar", "unreadable-tar"), length


def test_a_cut_within_a_member_is_called_a_truncation_and_names_it(tmp_path):
    path = packed(tmp_path / "cut.tar", member("a/big.fits", size=5000))
    path.write_bytes(path.read_bytes()[:3000])

    with pytest.raises(TruncatedTarError, match=r"ends within a/big\.fits"):
        read(path)


def test_damage_between_members_is_no_end(tmp_path):
    path = packed(tmp_path / "a.tar", member("a", size=100), member("b", size=100))
    content = bytearray(path.read_bytes())
    content[1024:1200] = b"\xff" * 176
    path.write_bytes(content)

    with pytest.raises(UnreadableTarError, match=r"damaged at byte 1024"):
        read(path)


def test_a_hole_in_a_tar_is_no_end(tmp_path):
    path = packed(tmp_path / "a.tar", member("a", size=100), member("b", size=100))
    content = bytearray(path.read_bytes())
    content[1024:1536] = bytes(512)
    path.write_bytes(content)

    with pytest.raises(UnreadableTarError, match="more follows behind its end at byte 1024"):
        read(path)


def test_a_tar_behind_another_one_is_not_passed_over(tmp_path):
    path = packed(tmp_path / "a.tar", member("a", size=100))
    path.write_bytes(path.read_bytes() + packed(tmp_path / "b.tar", member("b")).read_bytes())

    with pytest.raises(UnreadableTarError, match="more follows behind its end"):
        read(path)


def test_zeros_behind_the_end_are_the_filling_of_a_tape(tmp_path):
    path = packed(tmp_path / "a.tar", member("a", size=100))
    path.write_bytes(path.read_bytes() + bytes(100_000))

    assert [entry.parts for entry in read(path)] == [("a",)]


@pytest.mark.parametrize("content", [b"", b"not a tar" * 200, b"\x1f\x8b" + b"\0" * 2000])
def test_what_is_no_tar_is_refused(tmp_path, content):
    path = tmp_path / "a.tar"
    path.write_bytes(content)

    with pytest.raises(UnreadableTarError, match=r"a\.tar cannot be read as a tar"):
        read(path)


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path):
    path = tmp_path / "a.tar"
    header = member("PaxHeaders/x", tarfile.XHDTYPE, size=8 * 1024**3 - 1).tobuf(tarfile.USTAR_FORMAT)
    path.write_bytes(header + b"\0" * 10240)

    with pytest.raises(UnreadableTarError, match="impossible size"):
        read(path)


@pytest.mark.parametrize(
    "said",
    [
        {"size": "-5"},
        {"size": "-1536"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x", "GNU.sparse.realsize": "9"},
        {"GNU.sparse.map": "a,b"},
    ],
)
def test_an_extended_header_that_says_what_cannot_be_refuses_the_tar(tmp_path, said):
    path = packed(tmp_path / "a.tar", member("a", pax_headers=said), format=tarfile.PAX_FORMAT)

    with pytest.raises(UnreadableTarError, match=r"a\.tar cannot be read as a tar"):
        read(path)


def test_more_members_or_deeper_ones_than_allowed_are_refused(tmp_path):
    path = packed(tmp_path / "a.tar", member("a"), member("b/c/d"))

    with pytest.raises(TooLargeError, match="more than 1 members"):
        read(path, replace(DEFAULT_LIMITS, members=1))
    with pytest.raises(TooLargeError, match="deeper than 2"):
        read(path, replace(DEFAULT_LIMITS, depth=2))


@settings(deadline=None)  # other work on the machine is no failure
@given(st.lists(st.sampled_from(["a", "..", ".", "", "b c", "/", "\\", "\0", "é"]), max_size=8).map("/".join))
def test_a_path_that_is_taken_stays_below_its_root(name):
    try:
        parts = safe_parts(name, "a.tar", DEFAULT_LIMITS)
    except ArchiveError:
        return

    assert not set(parts) & {"", ".", ".."}
    assert not any(set(part) & set("/\\\0") for part in parts)
