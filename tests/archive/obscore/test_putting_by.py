"""Checked portions that wait to be derived."""

import tempfile
import weakref
from pathlib import Path

import numpy as np
import pytest

from archive.obscore import putting_by
from archive.obscore.checking import Checked
from archive.obscore.load import load_obscore
from tests import obscore_rows


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


@pytest.mark.django_db
def test_a_disk_that_is_full_ends_the_load_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(putting_by, "IN_MEMORY", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(putting_by.PutBy, "_file", lambda portions, number: Path("/dev/full"))
    obscore_rows.write_csv(tmp_path / "rows.csv", [obscore_rows.row()])

    with pytest.raises(putting_by.NoRoomError, match=f"{tmp_path}.* \\(No space left on device\\)") as refusal:
        load_obscore([tmp_path / "rows.csv"])

    assert "TMPDIR" in refusal.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
