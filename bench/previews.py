"""What a preview costs: `python bench/previews.py`, or `--short` to see that it runs.

A drawn cube of 1.5 GB, with a source, noise and no values beyond a circle, as cubes corrected for the primary beam
have them, is reduced to its images and spectra and drawn, all seven previews: from a disk whose bytes are in memory,
and from the object store by ranges.  The peers are numpy and astropy over the mapped file, plane by plane and with all
of it at once, drawing nothing; and a plain read of the same object.  Each round is a process of its own; memory is what
it grew by after everything was imported.  The last line is one JSON object; the exit status is 1 when a target is
missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

# A preview from the store is made while its bytes come; the times of two plain reads differ by this much.
HIDDEN = 1.25
TARGETS = {"disk_seconds": 1.0, "disk_mb": 100.0, "store_mb": 100.0, "store_to_plain_get": HIDDEN}
WAYS = ("disk", "store", "plain_get", "peer_planes", "peer_whole")
OURS = ("disk", "store", "plain_get")  # the peers once: they take long
ACROSS, CHANNELS, ROUNDS = 1024, 375, 3


def main():
    options = _parser().parse_args()
    if options.short:
        options.across, options.channels, options.rounds = 128, 20, 1
    if not options.on_stack:
        stacks.require_room(1e9 + 3 * 4 * options.across**2 * options.channels)
        return stacks.again(__file__)
    os.environ["DJANGO_SETTINGS_MODULE"] = "altiplano.settings"
    result = _measured(options)
    print(json.dumps(result))
    return 0 if result["met"] else 1


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--across", type=int, default=ACROSS, help="pixels")
    parser.add_argument("--channels", type=int, default=CHANNELS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--short", action="store_true", help="a small cube, to see that it runs")
    parser.add_argument("--on-stack", action="store_true", help=argparse.SUPPRESS)
    return parser


def _measured(options):
    import django  # noqa: PLC0415 (settings read the environment made above)

    django.setup()
    from bench import drawn_cube  # noqa: PLC0415 (needs Django to be set up)

    with tempfile.TemporaryDirectory(prefix="bench-previews-") as place:
        path = Path(place) / "cube.fits"
        drawn_cube.write(path, options.across, options.channels)
        key = drawn_cube.store(path)
        rows = [_round(way, path, key) for number in range(options.rounds) for way in (OURS if number else WAYS)]
    figures = {"bytes": rows[0]["bytes"], "rounds": options.rounds, "load": round(os.getloadavg()[0], 2)}
    for way in WAYS:
        mine = [row for row in rows if row["what"] == way]
        figures[f"{way}_seconds"] = round(statistics.median(row["seconds"] for row in mine), 3)
        figures[f"{way}_mb"] = round(max(row["grown_mb"] for row in mine), 1)
    figures["store_to_plain_get"] = round(figures["store_seconds"] / figures["plain_get_seconds"], 3)
    figures["differing"] = sum(row["differing"] for row in rows)
    met = not figures["differing"] and all(figures[name] <= most for name, most in TARGETS.items())
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": met}


def _round(way, path, key):
    ran = subprocess.run(
        [sys.executable, "-m", "bench.preview_round", way, str(path), key],
        cwd=stacks.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main())
