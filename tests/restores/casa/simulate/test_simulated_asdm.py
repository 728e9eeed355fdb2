"""A simulated ASDM is a true one: CASA imports it with the rows, scans, intents, windows and flags planned."""

import json
import os
import subprocess
import tarfile

import pytest

from restores.simulation.casa import CASA_PYTHON, REPOSITORY
from restores.simulation.presets import PRESETS

pytestmark = pytest.mark.casa

LOOK = """
import json, sys
from casatasks import importasdm
from casatools import msmetadata, table

asdm, vis = sys.argv[1:]
importasdm(asdm=asdm, vis=vis, ocorr_mode="ca", bdfflags=True, process_flags=True, flagbackup=False)
metadata = msmetadata()
metadata.open(vis)
scans = {
    int(scan): {
        "field": metadata.fieldsforscan(scan, asnames=True)[0],
        "intents": sorted(intent.split("#")[0] for intent in metadata.intentsforscan(scan)),
        "windows": sorted(int(spw) for spw in metadata.spwsforscan(scan)),
    }
    for scan in metadata.scannumbers()
}
windows = [[metadata.namesforspws(n)[0], len(metadata.chanfreqs(n))] for n in range(metadata.nspw())]
metadata.close()
main, flags = table(), table()
main.open(vis)
flags.open(vis + "/FLAG_CMD")
told = {"rows": main.nrows(), "scans": scans, "windows": windows, "flags": list(flags.getcol("COMMAND"))}
json.dump(told, open("told.json", "w"))
"""


@pytest.fixture(scope="module")
def imported(small_delivery, tmp_path_factory):
    """What CASA sees of the second block, whose windows have other numbers than the virtual ones."""
    block = PRESETS["small"](1).observation.blocks[1]
    place = tmp_path_factory.mktemp("imported")
    [raw] = small_delivery.glob(f"*{block.name}.asdm.sdm.tar")
    with tarfile.open(raw) as archive:
        archive.extractall(place)
    [asdm] = place.glob(f"**/{block.name}.asdm.sdm")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "CASASITECONFIG": str(REPOSITORY / "restores" / "casa" / "casasiteconfig.py"),
        "CASA_LOGFILE": str(place / "casa.log"),
        "OMP_NUM_THREADS": "1",
    }
    command = [str(CASA_PYTHON), "-c", LOOK, str(asdm), "imported.ms"]
    subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)
    return json.loads((place / "told.json").read_text())


def test_every_integration_of_every_baseline_is_imported(imported):
    plan = PRESETS["small"](1).observation
    block = plan.blocks[1]
    baselines = plan.antennas * (plan.antennas - 1) // 2
    integrations = sum(
        scan.seconds / plan.integration_s * sum(window.science == scan.science for window in block.windows)
        for scan in block.scans
    )

    assert imported["rows"] == baselines * integrations


def test_scans_keep_their_field_intents_and_windows(imported):
    block = PRESETS["small"](1).observation.blocks[1]

    assert len(imported["scans"]) == len(block.scans)
    for number, scan in enumerate(block.scans, start=1):
        assert imported["scans"][str(number)] == {
            "field": scan.field,
            "intents": sorted(scan.intents),
            "windows": [n for n, window in enumerate(block.windows) if window.science == scan.science],
        }


def test_windows_keep_their_names_and_channels(imported):
    block = PRESETS["small"](1).observation.blocks[1]

    assert imported["windows"] == [[window.name, window.channels] for window in block.windows]


def test_online_flags_are_imported_as_commands(imported):
    [command] = imported["flags"]

    assert command.startswith("antenna='DA44&&*' timerange='2024/06/16/")
