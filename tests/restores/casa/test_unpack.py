"""Tars from outside may hold anything; only plain files inside the directory come out."""

import io
import tarfile

import pytest

from restores.casa import unpack as unpacking
from restores.casa.failures import Failure
from restores.casa.unpack import unpack

TREE = "2017.1.01185.S/science_goal.uid___A001_X1/group.uid___A001_X2/member.uid___A001_X3/raw"


def member(name, content=b"", kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, link
    return info, io.BytesIO(content)


def tar_of(path, *members, mode="w"):
    with tarfile.open(path, mode) as tar:
        for info, content in members:
            tar.addfile(info, content)
    return path


def test_what_is_looked_for_is_found_below_the_tree_of_the_delivery(tmp_path):
    inside = member(f"{TREE}/uid___A002_X1.asdm.sdm/Main.xml", b"<MainTable/>")
    tar = tar_of(tmp_path / "raw.tar", inside, member(f"{TREE}/uid___A002_X2.asdm.sdm/Main.xml", b"other"))

    count = unpack(tar, tmp_path / "work", only="uid___A002_X1.asdm.sdm")

    assert count == 1
    assert (tmp_path / "work" / "uid___A002_X1.asdm.sdm" / "Main.xml").read_bytes() == b"<MainTable/>"


@pytest.mark.parametrize(
    ("hostile", "told"),
    [
        (member("../outside", b"x"), "leads out"),
        (member("/etc/cron.d/x", b"x"), "leads out"),
        (member("a/../../outside", b"x"), "leads out"),
        (member("link", kind=tarfile.SYMTYPE, link="/etc/passwd"), "link or a device"),
        (member("hard", kind=tarfile.LNKTYPE, link="other"), "link or a device"),
        (member("null", kind=tarfile.CHRTYPE), "link or a device"),
        (member("pipe", kind=tarfile.FIFOTYPE), "link or a device"),
    ],
)
def test_a_hostile_member_is_refused_by_name(tmp_path, hostile, told):
    tar = tar_of(tmp_path / "delivered.tar", member("good", b"x"), hostile)

    with pytest.raises(Failure, match=told) as refusal:
        unpack(tar, tmp_path / "work")

    assert hostile[0].name in refusal.value.sentence
    assert not (tmp_path / "outside").exists()


def test_a_tar_that_swells_is_refused_before_the_disk_is_full(tmp_path):
    tar = tar_of(tmp_path / "bomb.tgz", member("zeros", bytes(5_000_000)), mode="w:gz")

    with pytest.raises(Failure, match="larger than"):
        unpack(tar, tmp_path / "work", limit=1_000_000)

    assert not (tmp_path / "work" / "zeros").exists()


def test_a_tar_of_countless_members_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 10)
    tar = tar_of(tmp_path / "many.tar", *[member(f"{number}", b"") for number in range(11)])

    with pytest.raises(Failure, match="more than 10 members"):
        unpack(tar, tmp_path / "work")


def test_a_truncated_tar_is_refused(tmp_path):
    whole = tar_of(tmp_path / "whole.tgz", member("table", bytes(range(256)) * 4000), mode="w:gz").read_bytes()
    (tmp_path / "cut.tgz").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(Failure, match=r"cut\.tgz is refused"):
        unpack(tmp_path / "cut.tgz", tmp_path / "work")


def test_a_tar_without_what_is_looked_for_is_refused(tmp_path):
    tar = tar_of(tmp_path / "raw.tar", member("something/else", b"x"))

    with pytest.raises(Failure, match=r"holds no uid___A002_X1\.asdm\.sdm/"):
        unpack(tar, tmp_path / "work", only="uid___A002_X1.asdm.sdm")


def test_a_name_that_is_a_file_and_a_directory_is_refused(tmp_path):
    packed = tmp_path / "caltables.tgz"
    with tarfile.open(packed, "w:gz") as tar:
        for name in ("bcal.tbl", "bcal.tbl/table.dat"):
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"data"))

    with pytest.raises(Failure, match="cannot be unpacked"):
        unpack(packed, tmp_path / "into")
