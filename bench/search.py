"""How fast and how right the index is searched: `python bench/search.py`, or `--short` to see that it runs.

Loads a drawn archive of ten million rows of ObsCore into a temporary stack and asks the mix of `bench/search_mix.py`
as nobody, as a PI and as staff: milliseconds in the calls of the database for each kind of question and reader.  Then
2000 questions are answered again by brute force over all rows and by the access rule in plain Python; none may differ.
Last, on a million rows and another PostgreSQL with Q3C, cones are asked of our index, of Q3C and of a box that astropy
refines.  The last line is one JSON object; the exit status is 1 when a target is missed.  The temporary stacks,
databases and all, are gone at the end.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"p50_ms": 2.0, "p95_ms": 60.0, "p99_ms": 150.0, "mismatches": 0}
BYTES_PER_ROW, NEEDED_BYTES = 2200, 1e9  # tables, indexes, files to load and the log of writing them
DEBIAN_BIN = Path("/usr/lib/postgresql/15/bin")
Q3C = Path("/usr/share/postgresql/15/extension/q3c.control")


def main():
    options = _parser().parse_args()
    if options.short:
        options.rows, options.questions, options.checks, options.cone_rows = 20_000, 200, 100, 20_000
    if not options.on_stack:
        return _on_stacks(options)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "altiplano.settings", "ALTIPLANO_RATE_LIMITS": "0"}
    with tempfile.TemporaryDirectory(prefix="altiplano-bench-") as place:
        told = _cones(Path(place), options) if options.on_stack == "cones" else _measured(Path(place), options)
    print(json.dumps(told))
    return 0


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--questions", type=int, default=6000, help="that are timed")
    parser.add_argument("--checks", type=int, default=2000, help="questions that are held against brute force")
    parser.add_argument("--cone-rows", type=int, default=1_000_000, help="rows side by side with Q3C; 0 for none")
    parser.add_argument("--short", action="store_true", help="a small archive, to see that it runs")
    parser.add_argument("--on-stack", choices=("mix", "cones"), help=argparse.SUPPRESS)
    return parser


def _on_stacks(options):
    """Each half on a stack of its own, one after the other, so that the disk holds one at a time."""
    stacks.require_room(NEEDED_BYTES + BYTES_PER_ROW * max(options.rows, options.cone_rows))
    if not options.short:
        stacks.give_memory()
    result = _half("mix", options) if options.rows else {"rows": [], "figures": {}}
    result["figures"]["cones"] = _half("cones", options, DEBIAN_BIN) if options.cone_rows and _has_q3c() else None
    judged = {name: result["figures"].get(name) for name in TARGETS}
    met = all(value is not None and value <= TARGETS[name] for name, value in judged.items())
    print(json.dumps(result | {"targets": TARGETS, "met": met}))
    return 0 if met else 1


def _has_q3c():
    if Q3C.exists() and (DEBIAN_BIN / "postgres").exists():
        return True
    print(
        "The Debian package postgresql-15-q3c is missing, so nothing is compared with Q3C: .ci/debian q3c", flush=True
    )
    return False


def _half(which, options, postgres_bin=None):
    sizes = [
        f"--{name.replace('_', '-')}={getattr(options, name)}" for name in ("rows", "questions", "checks", "cone_rows")
    ]
    asked = stacks.command(__file__, "--on-stack", which, *sizes, postgres_bin=postgres_bin)
    with subprocess.Popen(asked, cwd=stacks.ROOT, stdout=subprocess.PIPE, text=True) as child:
        last = ""
        for line in child.stdout:
            print(last, end="", flush=True)
            last = line
    if child.returncode:
        raise SystemExit(f"{last}The {which} ended with status {child.returncode}.")
    return json.loads(last)


def _measured(place, options):
    import django  # noqa: PLC0415 (settings read the environment made above)

    django.setup()
    from bench import brute_tables, search_mix, search_rounds, search_tables  # noqa: PLC0415 (need Django to be set up)
    from bench.brute_force import BruteForce  # noqa: PLC0415 (likewise)

    people, now = search_tables.fill(place, options.rows, told=print), search_tables.NOW
    mix = search_mix.drawn(options.questions, options.rows)
    search_rounds.timed(mix[:60], people, now)  # statements are prepared, pages of indexes read
    spent = search_rounds.timed(mix, people, now)
    rows = [
        {"reader": reader, "kind": kind} | search_rounds.figures(spent[reader][kind])
        for reader in search_mix.READERS
        for kind in search_mix.SHARES
        if kind in spent[reader]
    ]
    every = {reader: [pair for pairs in kinds.values() for pair in pairs] for reader, kinds in spent.items()}
    rows += [{"reader": reader, "kind": "all"} | search_rounds.figures(pairs) for reader, pairs in every.items()]
    for row in rows:
        print(_LINE.format(**row), flush=True)
    wrong = search_rounds.mismatches(
        search_mix.drawn(options.checks, options.rows, search_mix.SEED + 1), people, now,
        BruteForce(brute_tables.read(), now),
    )  # fmt: skip
    for each in wrong[:20]:
        print(f"differs: {each}")
    figures = search_rounds.figures([pair for pairs in every.values() for pair in pairs])
    return {"rows": rows, "figures": figures | {"mismatches": len(wrong), "checked": options.checks}}


_LINE = (
    "{reader:9} {kind:18} n {n:4} p50 {p50_ms:8.2f} p95 {p95_ms:8.2f} p99 {p99_ms:8.2f} max {max_ms:8.2f} ms; "
    "whole verb p50 {verb_p50_ms:8.2f} p99 {verb_p99_ms:8.2f}"
)


def _cones(place, options):
    import django  # noqa: PLC0415 (settings read the environment made above)

    django.setup()
    from bench import search_cones  # noqa: PLC0415 (needs Django to be set up)

    return search_cones.run(place, options.cone_rows, told=print)


if __name__ == "__main__":
    sys.exit(main())
