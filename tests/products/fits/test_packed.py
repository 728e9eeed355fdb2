"""Files as they were packed, unpacked while their bytes pass."""

import gzip
import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.fits import packed
from products.fits.broken import BrokenError

CONTENT = b"SIMPLE  = " + bytes(range(256)) * 5000
PACKED = gzip.compress(CONTENT)


def tarred(**files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def unpacked(name, content, pieces=(10**9,)):
    layer, position, out = packed.layer(name), 0, b""
    for size in pieces:
        out += b"".join(map(bytes, layer.unpack(content[position : position + size])))
        position += size
    out += b"".join(map(bytes, layer.unpack(content[position:])))
    layer.end()
    return out


FORMS = {
    "x.fits": CONTENT,
    "x.fits.gz": PACKED,
    "x.fits.tar": tarred(**{"README.txt": b"see x.fits", "2017.1.00001.S/x.fits": CONTENT, "y.fits": b"y"}),
    "x.fits.gz.tar": tarred(**{"x.fits.gz": PACKED}),
}


@pytest.mark.parametrize("name", FORMS)
@given(pieces=st.lists(st.integers(0, 70_000), max_size=30))
def test_every_form_gives_the_same_bytes_in_whatever_pieces_it_comes(name, pieces):
    assert unpacked(name, FORMS[name], pieces) == CONTENT


def test_members_of_gzip_follow_each_other_and_filling_is_left_out():
    assert (
        unpacked("x.fits.gz", PACKED + gzip.compress(b"more") + b"\0" * 100, [7, len(PACKED) + 3]) == CONTENT + b"more"
    )


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.fits.gz", PACKED[:-9], "not whole gzip: it ends too early"),
        ("x.fits.gz", PACKED[:-8] + b"wrongcrc", "not whole gzip: .*data check"),
        ("x.fits.gz", CONTENT, "not whole gzip"),
        ("x.fits.gz", b"", "ends too early"),
        ("x.fits.tar", FORMS["x.fits.tar"][:9000], "bytes are missing in the tar"),
        ("x.fits.tar", CONTENT, "is not a tar"),
        ("x.fits.tar", tarred(**{"README.txt": b"nothing here"}), "without a FITS file"),
        ("x.fits.gz.tar", tarred(**{"x.fits.gz": PACKED[:-9]}), "not whole gzip"),
    ],
)
def test_a_packing_that_is_not_whole_says_why(name, content, why):
    with pytest.raises(BrokenError, match=why):
        unpacked(name, content)


def test_a_bomb_is_unpacked_a_little_at_a_time():
    bomb = gzip.compress(bytes(2**26))

    assert max(map(len, packed.layer("x.fits.gz").unpack(bomb))) <= packed.PIECE_BYTES


@pytest.mark.parametrize(
    ("name", "promised"),
    [("x.fits", True), ("x.FITS.gz", True), ("x.fits.gz.tar", True), ("x.mask.tgz", False), ("x.fits.txt", False)],
)
def test_a_name_promises_fits_by_its_end(name, promised):
    assert packed.is_fits(name) is promised
