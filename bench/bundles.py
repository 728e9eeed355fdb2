"""How fast bundles leave: `python bench/bundles.py`, or `--short` to see that it runs.

The PI of a proprietary MOUS takes her files, a few large ones and many small ones, as one tar and as one zip from the
real service; in the same rounds boto3 streams the same objects out of the same store, one after another.  The first
byte is timed of bundles of all small files: of one that the service was never asked for, again, and in its middle.
Two answers are compared byte for byte.  The last line is one JSON object; the exit status is 1 when a target is missed.
The temporary stack is gone at the end.
"""

import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"large_to_get_object": 0.8, "small_to_get_object": 0.8, "first_byte_ms": 200.0, "grown_mb": 100.0}
LEAST = ("large_to_get_object", "small_to_get_object")


def main():
    numbers = {
        "large": (20, "files"),
        "large_mib": (64, "of each"),
        "small": (10_000, "files"),
        "small_kb": (20, "of each"),
    }
    short = "few files, to see that it runs; no target is judged"
    options = stacks.options(__doc__, short, **numbers, rounds=(5, "")).parse_args()
    if options.short:
        options.large, options.large_mib, options.small, options.small_kb, options.rounds = 3, 4, 60, 20, 1
    if options.on_stack:
        return stacks.measure(_measured, options, ALTIPLANO_RATE_LIMITS="0", no_proxy="*")
    stacks.require_room(1e9 + 3 * (options.large * options.large_mib * 2**20 + options.small * options.small_kb * 1000))
    return stacks.again(__file__)


def _measured(place, options):
    from bench import bundle_rounds  # noqa: PLC0415 (needs Django to be set up)

    rows = []
    for row in bundle_rounds.run(place, options):
        rows.append(row)
        print("{files:6} files {what:12} {way:10} {seconds:8.4f} s {mb_per_s:8.1f} MB/s {grown_mb:6.1f} MB"
              .format(**row), flush=True)  # fmt: skip
    figures = _figures(rows, options)
    met = not figures["differing"] and (options.short or all(_reaches(name, figures[name]) for name in TARGETS))
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": met}


def _reaches(name, figure):
    return figure >= TARGETS[name] if name in LEAST else figure <= TARGETS[name]


def _figures(rows, options):
    figures = {"rounds": options.rounds, "load": round(os.getloadavg()[0], 2)}
    for size in ("large", "small"):
        peer = _median(rows, size, "get_object")
        for kind in ("tar", "zip"):
            figures[f"{size}_{kind}_to_get_object"] = round(peer / _median(rows, size, kind), 3)
        figures[f"{size}_to_get_object"] = min(figures[f"{size}_{kind}_to_get_object"] for kind in ("tar", "zip"))
    for what in ("first never", "first again", "first middle"):
        figures[f"{what.replace(' ', '_')}_ms"] = round(1000 * _median(rows, what), 1)
    figures["first_byte_ms"] = max(figures[f"first_{when}_ms"] for when in ("never", "again", "middle"))
    figures["grown_mb"] = max(row["grown_mb"] for row in rows)
    figures["differing"] = sum(row["differing"] for row in rows)
    return figures


def _median(rows, what, way=None):
    return statistics.median(row["seconds"] for row in rows if row["what"] == what and way in (None, row["way"]))


if __name__ == "__main__":
    sys.exit(main())
