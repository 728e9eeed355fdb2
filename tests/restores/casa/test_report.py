"""Progress and report appear whole or not at all."""

import json
import os
import threading

import pytest

from restores.casa.failures import Failure
from restores.casa.progress import write_atomically
from restores.casa.report import Report


def test_a_reader_never_sees_half_a_file(tmp_path):
    path, torn = tmp_path / "progress.json", []
    write_atomically(path, {"stage": "start", "fraction": 0})
    done = threading.Event()

    def read():
        while not done.is_set():
            try:
                json.loads(path.read_text())
            except json.JSONDecodeError as error:
                torn.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(100):
        write_atomically(path, {"stage": "applycal " * 500, "fraction": number / 100})
    done.set()
    reader.join()

    assert torn == []
    assert os.listdir(tmp_path) == ["progress.json"]


def test_progress_tells_the_running_stage_and_the_finished_part(tmp_path):
    report = Report(tmp_path)
    report.progress.planned = 4

    with report.stage("import"):
        pass
    with report.stage("applycal"):
        running = json.loads((tmp_path / "progress.json").read_text())

    assert running == {"stage": "applycal", "fraction": 0.25}


def test_more_stages_than_planned_never_pass_the_whole(tmp_path):
    report = Report(tmp_path)
    for _ in range(3):
        with report.stage("surprise"):
            running = json.loads((tmp_path / "progress.json").read_text())

    assert running["fraction"] <= 1


def test_a_stage_that_fails_is_not_told_as_done(tmp_path):
    report = Report(tmp_path)

    with pytest.raises(Failure), report.stage("applycal"):
        raise Failure("caltable-missing", "A caltable is missing.", "Ask.")
    report.write_failure(Failure("caltable-missing", "A caltable is missing.", "Ask."))

    told = json.loads((tmp_path / "report.json").read_text())
    assert told["stages"] == []
    assert told["error"] == {"code": "caltable-missing", "sentence": "A caltable is missing.", "remedy": "Ask."}


def test_a_file_is_told_with_size_and_digest_and_a_measurement_set_with_size_alone(tmp_path):
    report = Report(tmp_path)
    (tmp_path / "outputs" / "uid___A002_X1.ms").mkdir(parents=True)
    (tmp_path / "outputs" / "uid___A002_X1.ms" / "table.dat").write_bytes(b"1234")
    (tmp_path / "outputs" / "a.fits").write_bytes(b"abc")

    report.add_file(tmp_path / "outputs" / "uid___A002_X1.ms", kind="measurement_set", virtual_spws=[25], eb="uid")
    report.add_file(tmp_path / "outputs" / "a.fits", kind="image", virtual_spws=[25], layer="pbcor")

    directory, file = report.files
    assert (directory["size"], directory["sha256"]) == (4, None)
    assert file["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file["path"] == "outputs/a.fits"
