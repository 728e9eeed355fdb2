"""A process of its own cuts lines; whatever becomes of it, each row is read once."""

import os
import pickle
import signal
import subprocess
import sys

import pytest

from archive.obscore import csv_cutter, csv_cutting, csv_lines
from tests.archive.obscore.test_csv_repeats import NAMES, USED, line, read, row

CUTTING = csv_cutting.__file__
HALF = f"""
import subprocess, sys
said = subprocess.run([sys.executable, {CUTTING!r}, *sys.argv[1:]], stdin=0, capture_output=True, check=True).stdout
sys.stdout.buffer.write(said[: len(said) // 2])
"""
LINES = 300


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([NAMES, *map(line, range(LINES)), ""]))
    return path


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('no')", HALF], ids=["fails", "talks", "breaks off"])
def test_rows_are_read_without_the_process_that_cuts_lines(path, monkeypatch, tmp_path, program):
    (tmp_path / "cutting.py").write_text(program)
    monkeypatch.setattr(csv_cutting, "__file__", str(tmp_path / "cutting.py"))

    rows, refused, cut = read(path)

    assert (rows, refused) == ({2 + n: row(n) for n in range(LINES)}, {})
    assert cut == (program == HALF)


@pytest.mark.usefixtures("small_blocks")
def test_who_reads_no_further_leaves_no_process_behind(tmp_path, monkeypatch, capfd):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([NAMES, *map(line, range(100_000)), ""]))
    started = []

    class Started(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(csv_cutter.subprocess, "Popen", Started)
    with csv_lines.Blocks(path) as blocks:
        found = blocks.read(USED)
        next(found)
        [process] = started
        assert process.poll() is None
        assert os.getsid(process.pid) == process.pid  # Ctrl-C is not for it
        found.close()

    assert process.returncode == -signal.SIGPIPE
    assert capfd.readouterr().err == ""


def test_a_file_that_is_read_elsewhere_meanwhile_is_cut_from_its_place(path):
    begin = len(NAMES) + 1
    with path.open("rb") as file:
        command = [sys.executable, CUTTING, str(begin), "100000", "7", "2", "2"]
        file.seek(200)
        said = subprocess.run(command, stdin=file, capture_output=True, check=True).stdout
        assert file.tell() == 200

    lines, size, [begins, ends], rest = pickle.loads(said)
    assert (lines, size) == (LINES, path.stat().st_size - begin)
    assert rest.startswith(b"0.5,,NGC 0,\1\n1.5,,NGC 1,\1\n")
    assert begins[1][:3] == [0, 4, 8]
    assert ends[0][:2] == [b"T,2020", b"T,2021"]
