"""Headers of files on disk, without their pixels."""

import gzip

import pytest

from products import fits
from products.fits import scan
from tests.products.fits import written

CUBE = written.image(BMAJ=1 / 3600, BMIN=0.5 / 3600)
BEAMS = written.with_beams([(1.2, 0.5, 1), (1.0, 0.4, 2), (1.1, 0.6, 3)])
FORMS = {
    "cube.fits": CUBE,
    "cube.pb.fits.gz": gzip.compress(CUBE),
    "beams.fits": BEAMS,
    "beams.fits.gz": gzip.compress(BEAMS),
    "long.fits": written.image(HISTORY="x" * 100_000),
    "cut.fits": CUBE[:6000],
    "page.fits": b"<html>",
    "empty.fits": b"",
}


@pytest.fixture
def paths(tmp_path):
    for name, content in FORMS.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in FORMS]


def test_the_header_of_a_file_is_what_an_inspection_finds_but_for_the_pixels(paths):
    for path, found in fits.headers(paths):
        inspected = fits.Inspection(path.name, path.stat().st_size).update(path.read_bytes()).result()

        assert found.header | {"rms": 0, "peak": 0} == inspected.header | {"rms": 0, "peak": 0}
        assert (found.marks, found.problem) == (inspected.marks, inspected.problem)


def test_several_processes_find_the_same_in_the_same_order(paths, monkeypatch):
    monkeypatch.setattr(scan, "FEW", 0)

    assert list(fits.headers(paths, processes=2)) == list(fits.headers(paths, processes=1))
