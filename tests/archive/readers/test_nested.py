"""Small texts out of a .tgz within a delivery."""

import gzip
import io
import tarfile
from dataclasses import replace

import pytest

from archive.readers import nested
from archive.readers.refusals import TooLargeError, UnreadableTarError, UnsafeMemberError
from archive.readers.tar_entries import DEFAULT_LIMITS
from tests import deliveries


def read(content, **limits):
    wanted = {"cont.dat"}.__contains__
    return nested.read_files(
        io.BytesIO(content), len(content), "a.tgz", wanted=wanted, limits=replace(DEFAULT_LIMITS, **limits)
    )


def test_the_wanted_files_are_read_by_base_name():
    assert read(deliveries.tgz({"./cont.dat": b"Field: A", "flux.csv": b"ms"})) == {"cont.dat": b"Field: A"}


def test_a_tgz_that_unpacks_to_more_than_its_ratio_is_refused():
    bomb = deliveries.tgz({"big": b"\0" * (8 * 1024 * 1024), "cont.dat": b""})

    with pytest.raises(TooLargeError, match="unpacks to more than"):
        read(bomb, ratio=10)


def test_a_link_within_is_refused():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        link = tarfile.TarInfo("cont.dat")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)

    with pytest.raises(UnsafeMemberError, match="is a link"):
        read(packed.getvalue())


@pytest.mark.parametrize(
    "content", [b"", b"no gzip", gzip.compress(b"no tar", mtime=0), deliveries.tgz({"cont.dat": b"x"})[:-20]]
)
def test_what_is_no_tgz_is_refused(content):
    with pytest.raises(UnreadableTarError, match=r"a\.tgz"):
        read(content)


def test_a_sparse_file_whose_map_is_none_is_refused():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        sparse = tarfile.TarInfo("cont.dat")
        sparse.pax_headers = {"GNU.sparse.map": "a,b"}
        tar.addfile(sparse)

    with pytest.raises(UnreadableTarError, match=r"a\.tgz"):
        read(packed.getvalue())
