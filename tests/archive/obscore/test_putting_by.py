"""Checked portions that wait to be derived."""

import tempfile
import weakref

import numpy as np
import pytest

from archive.obscore import putting_by
from archive.obscore.checking import Checked


def portion(number):
    return Checked(np.array([number, 7]), {}, {}, np.array([25.0, np.nan]))


@pytest.mark.parametrize("in_memory", [0, 1, 2])
def test_portions_come_back_as_they_were_from_memory_and_from_the_disk(monkeypatch, tmp_path, in_memory):
    monkeypatch.setattr(putting_by, "IN_MEMORY", in_memory)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    portions = putting_by.PutBy()

    for number in range(2):
        portions.put(number, portion(number))

    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2 - in_memory
    assert [portions.take(number).lines.tolist() for number in range(2)] == [[0, 7], [1, 7]]
    portions.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_portion_that_was_taken_is_held_no_longer():
    portions, rows = putting_by.PutBy(), portion(0)
    portions.put(0, rows)
    held = weakref.ref(rows)

    del rows
    portions.take(0)

    assert held() is None
    portions.clear()
