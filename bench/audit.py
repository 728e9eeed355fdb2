"""What it costs to hold the index against the store: `python bench/audit.py`, or `--short` to see that it runs.

Ten thousand small objects with their rows, five each of them lost, of another size and of other bytes, and five objects
that no row names.  `audit_storage` has to find these and nothing else, with and without reading every byte.  The peer
does what comes to mind first: both sides in memory, compared as dictionaries.  That memory stays flat is asked of
many more: rows of the index against a list as long, drawn up by the database, at two sizes.  Each round is a process
of its own, rounds alternate, medians count; memory is what a process grew by after everything was imported and asked
for once.  The last line is one JSON object; the exit status is 1 when a target is missed.
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"not_found": 0, "falsely_found": 0, "growth_mb": 20.0, "growth_with_ten_times_mb": 5.0}
WAYS = ("list", "digests", "peer")


def main():
    numbers = {
        "objects": (10_000, ""),
        "rows": (200_000, "of the long list; the short one has a tenth"),
        "rounds": (3, ""),
    }
    options = stacks.options(__doc__, "few of all, to see that it runs", **numbers).parse_args()
    if options.short:
        options.objects, options.rows, options.rounds = 300, 3000, 1
    if options.on_stack:
        return stacks.measure(_measured, options)
    stacks.require_room(2e9)
    return stacks.again(__file__)


def _measured(_, options):
    from bench import audit_round  # noqa: PLC0415 (needs Django to be set up)

    planted = audit_round.fill(options.objects)
    told = {way: [] for way in WAYS}
    for _ in range(options.rounds):
        for way in WAYS:
            told[way].append(_round(way))
    rows = [_row(way, rounds, options.objects) for way, rounds in told.items()]
    for what, count in (("long_tenth", options.rows // 10), ("long", options.rows)):
        audit_round.draw(count)
        rows.append(_row(what, [_round("long")], count))
    return _result(rows, told, planted)


def _round(way):
    ran = subprocess.run(
        [sys.executable, "-m", "bench.audit_round", way], cwd=stacks.ROOT, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise SystemExit(ran.stderr)
    return json.loads(ran.stdout.splitlines()[-1])


def _row(what, rounds, objects):
    seconds = statistics.median(one["seconds"] for one in rounds)
    grown = statistics.median(one["grown_mb"] for one in rounds)
    row = {"what": what, "objects": objects, "seconds": round(seconds, 2), "grown_mb": round(grown, 1)}
    row["objects_per_second"] = round(objects / seconds)
    print("{what:12} {objects:8} objects {seconds:8} s {objects_per_second:8} /s  {grown_mb} MB more".format(**row))
    return row


def _result(rows, told, planted):
    """What was planted and what was told, by class; bytes of the right length are wrong to whoever reads them."""
    missed, false = 0, 0
    for way in ("list", "digests"):
        expected = {kind: set(keys) for kind, keys in planted.items() if way == "digests" or kind != "wrong-digest"}
        for one in told[way]:
            found = {kind: set(keys) for kind, keys in one["found"].items()}
            missed += sum(len(keys - found.get(kind, set())) for kind, keys in expected.items())
            false += sum(len(keys - expected.get(kind, set())) for kind, keys in found.items())
    by_name = {row["what"]: row for row in rows}
    figures = {
        "not_found": missed,
        "falsely_found": false,
        "growth_mb": by_name["long"]["grown_mb"],
        "growth_with_ten_times_mb": round(by_name["long"]["grown_mb"] - by_name["long_tenth"]["grown_mb"], 1),
        "objects_per_second": by_name["list"]["objects_per_second"],
        "digests_per_second": by_name["digests"]["objects_per_second"],
        "rows_per_second": by_name["long"]["objects_per_second"],
        "to_peer": round(by_name["peer"]["seconds"] / by_name["list"]["seconds"], 2),
    }
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": all(
        figures[name] <= target for name, target in TARGETS.items()
    )}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
