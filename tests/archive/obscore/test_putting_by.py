"""Checked portions that wait to be derived."""

import numpy as np
import pytest

from archive.obscore import putting_by
from archive.obscore.checking import Checked


@pytest.mark.parametrize("in_memory", [0, 1, 2])
def test_portions_come_back_as_they_were_from_memory_and_from_the_disk(monkeypatch, in_memory):
    monkeypatch.setattr(putting_by, "IN_MEMORY", in_memory)
    portions = putting_by.PutBy()

    for number in range(2):
        portions.put(number, Checked(np.array([number, 7]), {}, {}, np.array([25.0, np.nan])))

    assert [portions.take(number).lines.tolist() for number in range(2)] == [[0, 7], [1, 7]]
    portions.clear()
