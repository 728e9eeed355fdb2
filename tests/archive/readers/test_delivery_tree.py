"""The tree of a delivery (FACTS 3.1): tars as they came, and directories where they were unpacked."""

import os
import tarfile
from dataclasses import replace

import pytest

from archive.readers.delivery_tree import NoDeliveryError, walk
from archive.readers.refusals import TooLargeError, UnsafeMemberError
from archive.readers.tar_entries import DEFAULT_LIMITS
from archive.readers.tree_prefix import ContradictionError, Place, strip
from tests import deliveries
from tests.deliveries import AUXILIARY_TAR, FIRST, GOUS, MOUS, OTHER_MOUS, PREFIX, PROJECT, SGOUS, archive_form

PLACE = Place(PROJECT, archive_form(SGOUS), archive_form(GOUS), archive_form(MOUS))


def unpacked(directory):
    for path in deliveries.write(directory):
        with tarfile.open(path) as tar:
            tar.extractall(directory)
        path.unlink()
    return directory


@pytest.mark.parametrize(
    ("path", "place", "rest"),
    [
        (f"{PREFIX}/qa/a.pdf", PLACE, "qa/a.pdf"),
        (f"./{PREFIX}/qa/a.pdf", PLACE, "qa/a.pdf"),
        (f"{PREFIX}/{PREFIX}/raw/a", PLACE, "raw/a"),
        (f"member.{MOUS}/product/a.fits", Place(mous=archive_form(MOUS)), "product/a.fits"),
        ("2011.0.00340.S/sg_ouss_id/group_ouss_id/member_ouss_2012-12-05_id/raw/a",
         Place("2011.0.00340.S", delivery_date="2012-12-05"), "raw/a"),
        ("2012.1.00912.S/sg_ouss_id/group_ouss_id/member_ouss_id/raw/a", Place("2012.1.00912.S"), "raw/a"),
        ("product/a.fits", Place(), "product/a.fits"),
        ("member.notes/a", Place(), "member.notes/a"),
    ],
)  # fmt: skip
def test_the_prefix_is_taken_off_and_says_where_a_file_belongs(path, place, rest):
    named, left = strip([part for part in path.split("/") if part != "."], "a.tar")

    assert (named, "/".join(left)) == (place, rest)


def test_a_tree_within_the_tree_of_another_is_refused():
    with pytest.raises(ContradictionError, match=r"a\.tar says that its mous is"):
        strip(f"{PREFIX}/member.{OTHER_MOUS}/raw/a".split("/"), "a.tar")


def test_files_of_several_tars_are_read_where_they_lie(tmp_path):
    contents = walk([deliveries.write(tmp_path)])

    members = {member.path: member for member in contents.members}
    image = members[f"product/member.{MOUS}.HL_Tau_sci.spw2.cube.I.pbcor.fits"]
    assert (image.place, image.directory, image.role, image.read()) == (PLACE, "product", "science_image", b"image")
    assert members[f"member.{MOUS}.README.txt"].role == "readme"
    assert [container.name.kind for container in contents.containers] == [
        "product", "auxiliary", "readme", "raw", "raw",
    ]  # fmt: skip


def test_raw_data_are_one_thing_from_a_tar_and_from_a_directory(tmp_path):
    (tmp_path / "tars").mkdir()
    (tmp_path / "tree").mkdir()
    packed = walk(deliveries.write(tmp_path / "tars")).asdms[0]
    loose = next(tree for tree in walk(unpacked(tmp_path / "tree")).asdms if tree.uid == packed.uid)

    assert packed.uid == archive_form(FIRST)
    assert packed.container.name == deliveries.raw_tar(FIRST)
    assert loose.container is None
    assert set(packed.members) == set(loose.members)
    assert packed.size == loose.size
    with packed.open_table("Main.xml") as one, loose.open_table("Main.xml") as other:
        assert one.read() == other.read() == deliveries.asdm(FIRST, first_window=2)["Main.xml"]


@pytest.mark.parametrize("inside", ["", PROJECT, PREFIX, f"{PREFIX}/product"])
def test_a_directory_may_be_given_at_any_height_of_the_tree(tmp_path, inside):
    contents = walk(unpacked(tmp_path) / inside)

    image = next(member for member in contents.members if member.name.endswith("pbcor.fits"))
    assert (image.path, image.place) == (f"product/member.{MOUS}.HL_Tau_sci.spw2.cube.I.pbcor.fits", PLACE)


def test_a_directory_of_tars_is_read_and_what_lies_beside_them_is_not(tmp_path):
    deliveries.write(tmp_path)
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "table.dat").write_text("mine")

    contents = walk(tmp_path)

    assert len(contents.containers) == 5
    assert not [member for member in contents.members if member.name in ("notes.json", "table.dat")]


def test_the_bytes_of_a_member_end_with_it(tmp_path):
    path = deliveries.tar(tmp_path / AUXILIARY_TAR, {"qa/a.pdf": b"first", "qa/b.pdf": b"second" * 1000})
    first, second = walk(path).members

    with first.open() as stream:
        assert (stream.read(2), stream.read(), stream.read()) == (b"fi", b"rst", b"")
    assert second.read() == b"second" * 1000


@pytest.mark.parametrize(("make", "name"), [(os.symlink, "link"), (os.mkfifo, "pipe")])
def test_a_directory_with_a_link_or_a_pipe_is_refused(tmp_path, make, name):
    place = unpacked(tmp_path) / PREFIX / "qa" / name
    make(*(["/etc/passwd", place] if make is os.symlink else [place]))

    with pytest.raises(UnsafeMemberError, match="is a link or a device"):
        walk(tmp_path)


def test_the_name_of_a_tar_must_agree_with_what_it_holds(tmp_path):
    path = deliveries.tar(tmp_path / f"{PROJECT}_{OTHER_MOUS}_auxiliary.tar", {"qa/a.pdf": b"x"})

    with pytest.raises(ContradictionError, match=r"qa/a\.pdf in .*_auxiliary\.tar says that its mous is"):
        walk(path)


def test_a_raw_tar_of_another_block_is_refused(tmp_path):
    path = deliveries.tar(tmp_path / deliveries.raw_tar(deliveries.SECOND), deliveries.raw(FIRST))

    with pytest.raises(ContradictionError, match="execution block"):
        walk(path)


def test_the_limits_hold_for_all_tars_together(tmp_path):
    paths = deliveries.write(tmp_path)

    with pytest.raises(TooLargeError, match="more than 12 files"):
        walk(paths, replace(DEFAULT_LIMITS, members=12))
    with pytest.raises(TooLargeError, match="more than 100 bytes"):
        walk(paths, replace(DEFAULT_LIMITS, size=100))


@pytest.mark.parametrize("name", ["absent.tar", "a.zip"])
def test_a_path_that_is_no_tar_is_refused(tmp_path, name):
    (tmp_path / "a.zip").write_bytes(b"PK")

    with pytest.raises(NoDeliveryError, match=name):
        walk(tmp_path / name)
