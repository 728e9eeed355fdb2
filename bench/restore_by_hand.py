"""The peer of `bench/restore.py`: the same casatasks calls in one cold process, as an astronomer would type them.

`python restore_by_hand.py DIRECTORY` in a CASA environment; the directory holds `order.json` and its `inputs/`.
Prints its own seconds from before the import of CASA to the end.
"""

import json
import os
import sys
import tarfile
import time

BEGAN = time.perf_counter()
os.chdir(sys.argv[1])

from casatasks import applycal, flagmanager, importasdm  # noqa: E402 (the import is part of what is measured)

times = []


def clock(name):
    times.append((name, round(time.perf_counter() - BEGAN, 2)))


clock("start CASA")


def unpack(name, into):
    with tarfile.open(name) as tar:
        tar.extractall(into)  # noqa: S202 (our own delivery; Debian's Python 3.11 has no filters)


def restore(block, asked):
    unpack(block["raw"], "raw")
    clock("unpack")
    [asdm] = [place for place, _, _ in os.walk("raw") if place.endswith(f"{block['name']}.asdm.sdm")]
    vis = f"{block['name']}.ms"
    importasdm(asdm=asdm, vis=vis, lazy=False, process_flags=True, flagbackup=False, **asked)
    clock("import")
    unpack(block["flagversions"], ".")
    flagmanager(vis=vis, mode="restore", versionname="Pipeline_Final", merge="replace")
    clock("flags")
    for caltables in block["caltables"]:
        unpack(caltables, ".")
    for line in block["applycal"]:
        applycal(vis=vis, flagbackup=False, **{"applymode": "calflagstrict", **line})
    clock("applycal")


with open("order.json") as file:
    order = json.load(file)
asked = {name: order["import"][name] for name in ("ocorr_mode", "bdfflags", "asis")}
for block in order["execution_blocks"]:
    restore(block, asked)
print(json.dumps({"seconds": time.perf_counter() - BEGAN, "clock": times}))
