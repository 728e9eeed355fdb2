"""Trees as deterministic tars."""

import io
import tarfile

import pytest

from products.packing import Entry, PackedTree, ShortFileError, tree_entries


def entry(name, content):
    return Entry(name, len(content), lambda: io.BytesIO(content))


def test_the_length_is_known_before_a_byte_is_read():
    long_name = "uid___A002_X1_X2.ms/" + "deep/" * 30 + "table.f0"
    packed = PackedTree([entry("a.ms/table.dat", b"x" * 700), entry(long_name, b"y" * 512), entry("empty", b"")])

    assert len(packed.read()) == packed.size


def test_the_same_tree_gives_the_same_bytes_whatever_the_order():
    first, second = entry("a", b"1"), entry("b", b"2")

    assert PackedTree([first, second]).read() == PackedTree([second, first]).read()


def test_what_is_packed_is_what_comes_out(tmp_path):
    (tmp_path / "uid.ms" / "ANTENNA").mkdir(parents=True)
    (tmp_path / "uid.ms" / "ANTENNA" / "table.f0").write_bytes(b"antenna" * 1000)
    (tmp_path / "uid.ms" / "table.dat").write_bytes(b"main")
    (tmp_path / "uid.ms" / "elsewhere").symlink_to("/etc/passwd")
    packed = PackedTree(tree_entries(tmp_path / "uid.ms", prefix="uid.ms"))

    with tarfile.open(fileobj=io.BytesIO(packed.read())) as tar:
        content = {member.name: tar.extractfile(member).read() for member in tar}

    assert content == {"uid.ms/ANTENNA/table.f0": b"antenna" * 1000, "uid.ms/table.dat": b"main"}


def test_reading_in_odd_pieces_changes_nothing():
    entries = [entry("a", b"q" * 5000), entry("b", b"r" * 3)]
    whole, packed, pieces = PackedTree(entries).read(), PackedTree(entries), []
    while piece := packed.read(977):
        pieces.append(piece)

    assert b"".join(pieces) == whole


def test_a_file_that_shrinks_while_it_is_read_is_an_error():
    packed = PackedTree([Entry("a", 10, lambda: io.BytesIO(b"short"))])

    with pytest.raises(ShortFileError, match="5 bytes before"):
        packed.read()
