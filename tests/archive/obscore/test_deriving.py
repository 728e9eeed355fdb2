"""What is derived of many rows at once is what is derived of each alone."""

import numpy as np
import polars as pl

from archive import sky
from archive.obscore import files
from archive.obscore.checking import check
from archive.obscore.deriving import derive
from tests.archive import footprints

AROUND = "Circle ICRS 10 20 0.5"
PLACES = ("hpx", "ra_deg", "dec_deg", "x", "y", "z", "bound_rad", "size_class", "low_hz")
# Rows of one source, of another with the same footprint, of one without a place, and again
ROWS = [
    (10.0, 20.0, AROUND, 0.1),
    (10.0, 20.0, AROUND, 0.2),
    (10.0, 21.0, AROUND, 0.1),
    (11.0, 21.0, AROUND, 0.1),
    (11.0, 21.0, footprints.DIAMOND, 0.1),
    (11.0, 21.0, "", 0.1),
    (11.0, 21.0, "", 0.3),
    (None, None, "", 0.3),
    (None, None, AROUND, 0.3),
    (10.0, 20.0, AROUND, 0.2),
]


def derived(*rows):
    frame = pl.DataFrame(rows, ["s_ra", "s_dec", "s_region", "s_fov"], orient="row").with_columns(
        em_min=1.0, em_max=2.0
    )
    checked = check(files.numbered(frame, 0))
    return derive(checked, np.arange(len(rows)))


def told(found):
    """Of each row of the portion, in its order."""
    held = {}
    for at, order, shape in zip(found.rows.tolist(), found.order.tolist(), found.footprint.tolist(), strict=True):
        numbers = [float(found.columns[name].values[order]) for name in PLACES]
        held[at] = str(numbers), found.footprints["region"][shape] if shape >= 0 else None
    return held


def test_rows_that_follow_each_other_are_derived_as_each_alone():
    assert told(derived(*ROWS)) == {at: told(derived(row))[0] for at, row in enumerate(ROWS)}


def test_all_rows_of_a_footprint_that_cannot_be_used_are_refused():
    bad = (10.0, 20.0, "Circle ICRS 10 20", 0.1)

    found = derived(ROWS[0], bad, bad, ROWS[4], bad)

    assert sorted(found.rows.tolist()) == [0, 3]
    assert found.problems == dict.fromkeys((1, 2, 4), "s_region cannot be used: Circle with 2 numbers instead of three")


def test_a_row_is_in_the_pixel_of_its_place():
    found = derived(*ROWS)

    assert found.columns["hpx"].values[[1, 2, 9]].tolist() == sky.pixels([10, 10, 10], [20, 21, 20]).tolist()
