"""Files of CSV that are small and are read in blocks all the same."""

import pytest

from archive.obscore import csv_lines


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(csv_lines, "BLOCK_BYTES", 4_000)
    monkeypatch.setattr(csv_lines, "_AT_ONCE", 1_000)
    monkeypatch.setattr(csv_lines, "_SAMPLE", 600)
    monkeypatch.setattr("archive.obscore.csv_layout._SHARE", 0.7)
