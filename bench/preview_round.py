"""One round of bench/previews.py in a process of its own: `python -m bench.preview_round WAY PATH KEY`."""

import json
import os
import re
import sys
import time
from pathlib import Path

import django


def main(name, path, key):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "altiplano.settings")
    django.setup()
    from bench import preview_ways  # noqa: PLC0415 (need Django to be set up)
    from products.previews import making  # noqa: F401, PLC0415 (what a worker has imported)
    from products.store import open_store  # noqa: PLC0415

    path = Path(path)
    way = preview_ways.way(name, path, key)
    open_store().size(key)  # the client is there already in whoever makes previews
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins again (proc(5))
    base, began = memory("VmRSS"), time.perf_counter()
    found = way()
    seconds, grown = time.perf_counter() - began, memory("VmHWM") - base
    differing = name == "disk" and not preview_ways.same(found, preview_ways.planes(path)())
    row = {"what": name, "bytes": path.stat().st_size, "seconds": round(seconds, 3), "grown_mb": round(grown, 1)}
    print(json.dumps(row | {"base_mb": round(base, 1), "differing": differing}))


def memory(line):
    """Of this process, in MB: VmRSS as it is, VmHWM as it was at most."""
    return int(re.search(rf"{line}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
