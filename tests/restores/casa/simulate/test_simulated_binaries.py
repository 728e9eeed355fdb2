"""The binary files of an ASDM hold exactly the visibilities given, in the order the filler of CASA reads them."""

import numpy as np

from restores.casa.simulate.bdf import BinaryHeader, write_bdf

HEADER = BinaryHeader(
    uid="uid://A002/X117d20e/X1001",
    block_uid="uid://A002/X117d20e/X2f40",
    number=3,
    antennas=3,
    baseband="BB_1",
    start_ns=5_222_000_000_000_000_000,
    interval_ns=10_000_000_000,
)
TIMES = [5_222_000_005_000_000_000, 5_222_000_015_000_000_000]


def written(path, data):
    write_bdf(path, HEADER, TIMES, data)
    return path.read_bytes()


def visibilities():
    numbers = np.arange(2 * 3 * 4 * 2, dtype=np.float32).reshape(2, 3, 4, 2)
    return (numbers + 1j * numbers).astype(np.complex64)


def test_each_integration_holds_its_visibilities_bit_for_bit(tmp_path):
    data = visibilities()

    parts = written(tmp_path / "bdf", data).split(b"crossData.bin\n\n")[1:]

    for part, integration in zip(parts, data, strict=True):
        assert part.startswith(integration.tobytes())


def test_the_inner_boundary_is_closed_once_per_integration_and_the_outer_once(tmp_path):
    text = written(tmp_path / "bdf", visibilities())

    assert text.count(b"--MIME_boundary-2--") == 2
    assert text.endswith(b"--MIME_boundary-1--\n")


def test_sizes_count_flags_per_baseline_and_antenna_and_two_numbers_per_visibility(tmp_path):
    text = written(tmp_path / "bdf", visibilities()).decode("latin-1")

    assert '<flags size="12" axes="BAL ANT BAB POL"/>' in text
    assert '<crossData size="48" axes="BAL SPP POL"/>' in text
