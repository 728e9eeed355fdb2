"""Numbers of rows as they are compared and kept."""

import struct

import numpy as np
import polars as pl

from archive.obscore import files
from archive.obscore.checking import check
from archive.obscore.words import Runs

OTHER_NAN = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_0000_0001))[0]


def read(values, name="t_min"):
    frame = pl.DataFrame({"target_name": ["W Hya"] * len(values), name: values})
    found = check(files.numbered(frame, 0))
    return found.numbers[name]


def test_what_is_unknown_is_one_bit_pattern_and_so_is_zero():
    plain = read([float("nan"), 0.0, 5.0])

    assert read([OTHER_NAN, -0.0, 5.0]).tobytes() == plain.tobytes()
    assert read([None, 0.0, 5.0]).tobytes() == plain.tobytes()
    assert read(["", "-0", "5"]).tobytes() == plain.tobytes()


def test_whole_numbers_of_a_file_are_numbers():
    assert read([3, None, 2], "calib_level").tolist()[::2] == [3.0, 2.0]
    assert np.isnan(read([None, None], "calib_level")).all()


def test_a_portion_of_which_all_repeats_has_as_many_rows_as_lines():
    runs = Runs(pl.DataFrame({"target_name": ["W Hya", "R Dor"]}), np.array([2, 1]))

    found = check(files.Portion(pl.DataFrame(), np.array([2, 3, 4]), runs=[runs]))

    assert found.texts["target_name"].at(range(3)) == ["W Hya", "W Hya", "R Dor"]
    assert found.texts["obs_title"].at(range(3)) == ["", "", ""]
    assert np.isnan(found.numbers["s_ra"]).tolist() == np.isnan(found.spw).tolist() == [True] * 3
