"""A real delivery restored by real CASA, compared bit for bit with the original calibration."""

import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.restores.casa import orders

pytestmark = [pytest.mark.casa, pytest.mark.slow]
COMPARE = Path(__file__).with_name("compare.py")
ALTER = Path(__file__).with_name("alter.py")


def compared(original, restored):
    """Column by column: identical, or why not."""
    command = [orders.interpreter(), str(COMPARE), str(original), str(restored)]
    return json.loads(in_casa(command, restored.parent).splitlines()[-1])


def in_casa(command, directory):
    return subprocess.run(
        command, env=orders.environment(directory), cwd=directory, capture_output=True, text=True, check=True
    ).stdout


def expectation(delivery, name):
    [original] = (delivery / "expectation").glob(f"*/{name}.ms")
    return original


@pytest.fixture(scope="module")
def restored(small_delivery, tmp_path_factory):
    directory = tmp_path_factory.mktemp("restore")
    orders.make_attempt(small_delivery, directory)
    status, report = orders.run_casa(directory)
    assert status == 0, report
    return directory, report


def one_block(delivery, directory, change=None):
    """An attempt with the first execution block alone, its order changed; what came of it."""
    order = orders.make_attempt(delivery, directory, blocks=1)
    if change:
        change(order["execution_blocks"][0])
        orders.write_order(directory, order)
    status, report = orders.run_casa(directory)
    return order["execution_blocks"][0], status, report


def repacked(archive, change):
    """A delivered tar with `change(directory)` done to what it holds."""
    inside = archive.with_name("inside")
    with tarfile.open(archive) as tar:
        tar.extractall(inside)
        mode = "w" if archive.suffix == ".tar" else "w:gz"
    change(inside)
    archive.unlink()
    with tarfile.open(archive, mode) as tar:
        for entry in sorted(inside.iterdir()):
            tar.add(entry, entry.name)
    shutil.rmtree(inside)


def test_every_execution_block_equals_the_original_calibration_bit_for_bit(small_delivery, restored):
    directory, report = restored
    for file in report["files"]:
        vis = directory / file["path"]

        told = compared(expectation(small_delivery, vis.stem), vis)

        assert told == dict.fromkeys(told, "identical")
        assert {"DATA", "CORRECTED_DATA", "FLAG", "WEIGHT"} <= set(told)


def test_the_report_tells_stages_files_and_facts(restored):
    _, report = restored

    assert report["warnings"] == []
    assert [file["kind"] for file in report["files"]] == ["measurement_set", "measurement_set"]
    assert all(file["eb"].startswith("uid://A002/") and file["size"] > 0 for file in report["files"])
    assert {stage["name"].split()[0] for stage in report["stages"]} >= {"start", "import", "flags", "applycal"}


def test_one_changed_value_of_a_caltable_is_seen(small_delivery, tmp_path):
    def alter(block):
        tgz = tmp_path / block["caltables"][0]
        table = block["applycal"][-1]["gaintable"][0]
        repacked(tgz, lambda inside: in_casa([orders.interpreter(), str(ALTER), str(inside / table)], tmp_path))

    block, _, _ = one_block(small_delivery, tmp_path, alter)

    told = compared(expectation(small_delivery, block["name"]), tmp_path / "outputs" / f"{block['name']}.ms")
    assert told["CORRECTED_DATA"] != "identical"


@pytest.mark.parametrize("kind", ["bcal.tbl", "solintint.gpcal.tbl", "solintinf.gpcal.tbl", "gacal.tbl"])
def test_leaving_out_a_caltable_is_seen(small_delivery, tmp_path, kind):
    def leave_out(block):
        using = [line for line in block["applycal"] if any(name.endswith(kind) for name in line["gaintable"])]
        assert using
        for line in using:
            [position] = [number for number, name in enumerate(line["gaintable"]) if name.endswith(kind)]
            for key in ("gaintable", "gainfield", "spwmap", "interp", "calwt"):
                del line[key][position]

    block, _, _ = one_block(small_delivery, tmp_path, leave_out)

    told = compared(expectation(small_delivery, block["name"]), tmp_path / "outputs" / f"{block['name']}.ms")
    assert told["CORRECTED_DATA"] != "identical"


COMMANDS = 4


@pytest.mark.parametrize("line", range(COMMANDS))
def test_leaving_out_a_calibration_command_is_seen(small_delivery, tmp_path, line):
    def leave_out(block):
        assert len(block["applycal"]) == COMMANDS  # so that none is left untried
        block["applycal"].pop(line)

    block, _, _ = one_block(small_delivery, tmp_path, leave_out)

    told = compared(expectation(small_delivery, block["name"]), tmp_path / "outputs" / f"{block['name']}.ms")
    assert told["CORRECTED_DATA"] != "identical"


def test_a_delivery_without_the_final_flags_is_refused(small_delivery, tmp_path):
    def without_final(block):
        def drop(inside):
            [final] = inside.glob("*/flags.Pipeline_Final")
            shutil.rmtree(final)

        repacked(tmp_path / block["flagversions"], drop)

    _, status, report = one_block(small_delivery, tmp_path, without_final)

    assert (status, report["error"]["code"]) == (2, "flags-missing")


def test_a_caltable_that_was_not_delivered_is_refused_by_name(small_delivery, tmp_path):
    def without_table(block):
        table = block["applycal"][0]["gaintable"][0]
        repacked(tmp_path / block["caltables"][0], lambda inside: shutil.rmtree(inside / table))

    block, status, report = one_block(small_delivery, tmp_path, without_table)

    assert (status, report["error"]["code"]) == (2, "caltable-missing")
    assert block["applycal"][0]["gaintable"][0] in report["error"]["sentence"]


@pytest.mark.parametrize("damage", ["truncated", "missing"])
def test_a_damaged_binary_file_is_refused_though_casa_skips_it(small_delivery, tmp_path, damage):
    def damaged(block):
        raw = tmp_path / block["raw"]
        delivered = raw.resolve()
        raw.unlink()
        shutil.copy(delivered, raw)

        def spoil(inside):
            binary = sorted(inside.rglob("ASDMBinary/uid*"), key=lambda path: path.stat().st_size)[-1]
            if damage == "missing":
                binary.unlink()
            else:
                binary.write_bytes(binary.read_bytes()[: binary.stat().st_size // 2])

        repacked(raw, spoil)

    _, status, report = one_block(small_delivery, tmp_path, damaged)

    assert (status, report["error"]["code"]) == (2, "raw-incomplete")
    assert "scan" in report["error"]["sentence"]


def test_a_command_for_a_field_that_was_not_observed_is_refused(small_delivery, tmp_path):
    _, status, report = one_block(
        small_delivery, tmp_path, lambda block: block["applycal"][0].update(field="J0000+0000")
    )

    assert (status, report["error"]["code"]) == (2, "casa-task-failed")
    assert "applycal" in report["error"]["sentence"]
