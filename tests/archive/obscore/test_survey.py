"""The pass over a whole file: what is found does not depend on the portions it is read in."""

import numpy as np
import pytest

from archive.obscore import files
from archive.obscore.files import Portion
from archive.obscore.survey import OF_MOUS, OF_PROJECT, Survey
from tests import obscore_rows

GROUP_3 = {"calib_level": "3", "asdm_uid": "", "member_ous_uid": ""}


def rows():
    """Of 24 MOUSs, three times: some contradict themselves late, one row is bad, one stands there twice."""
    found = [
        obscore_rows.of_mous(number, spw, group_ous_uid=f"uid://A001/X3622/X{number // 2:x}")
        for spw in (25, 27, 29)
        for number in range(1, 25)
    ]
    found[26] |= {"obs_release_date": "2020-01-31T00:00:00.000", "obs_title": "Another title"}
    found[50] |= {"s_dec": "-91"}
    found[60] |= {"pi_userid": "deneb", "schedblock_name": "NGC1052_b"}
    return [*found, found[3], obscore_rows.row(31, **GROUP_3)]


def surveyed(whole, size):
    cuts = range(0, whole.rows.height, size)
    portions = [Portion(whole.rows[at : at + size], whole.lines[at : at + size]) for at in cuts]
    with Survey() as survey:
        assert sum(survey.look(portions)) == whole.rows.height
    return survey


@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_file_says_the_same_in_whatever_portions_it_is_read(tmp_path, size):
    (whole,) = files.read(obscore_rows.write_csv(tmp_path / "rows.csv", rows()))
    once, often = surveyed(whole, 1000), surveyed(whole, size)

    assert once.names().rows() == often.names().rows()
    assert len(once.names()) == 25
    for name in ("line", "key", "fingerprint", "family", "good"):
        assert np.array_equal(getattr(once.rows, name), getattr(often.rows, name)), name
    assert (once.refused, once.again) == (often.refused, 1)
    assert list(once.doubts()) == list(often.doubts())
    assert len(list(once.doubts())) == 4
    for of in ("of_mous", "of_project"):
        first, second = (getattr(survey, of).told([*OF_MOUS, *OF_PROJECT]).sort("owner") for survey in (once, often))
        assert first.equals(second)
