"""What it costs to fill the index: `python bench/load.py`, or `--short` to see that it runs.

Loads drawn rows of ObsCore (bench/sky_world.py) into an empty index from parquet and then, into another, from CSV, with
projects, groups, MOUSs and all indexes, and loads them once more with 1 % changed.  The peer is what PostgreSQL alone
needs for the same numbers: a plain COPY into a bare table and the same indexes.  The last line is one JSON object; the
exit status is 1 when a target is missed.  The temporary stack, database and all, is gone at the end.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"parquet_rows_s": 100_000, "csv_rows_s": 100_000, "refresh_rows_s": 200_000}
NEEDED_BYTES_PER_ROW = 9_000  # CSV, what is put by, table and indexes twice
LEAST_BYTES = 2e9


def main():
    options = _parser().parse_args()
    if options.short:
        options.rows = 20_000
    if not options.on_stack:
        needed = LEAST_BYTES + options.rows * NEEDED_BYTES_PER_ROW
        stacks.require_room(needed)
        if not options.short:
            stacks.give_memory()
        return stacks.again(__file__)
    os.environ["DJANGO_SETTINGS_MODULE"] = "altiplano.settings"
    result = _measured(options)
    print(json.dumps(result))
    return 0 if result["met"] else 1


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--short", action="store_true", help="a few rows, to see that it runs")
    parser.add_argument("--on-stack", action="store_true", help=argparse.SUPPRESS)
    return parser


def _measured(options):
    import django  # noqa: PLC0415 (settings read the environment made above)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 (need Django to be set up)

    from bench import load_rounds  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory(prefix="bench-load-") as place:
        rows = list(load_rounds.run(Path(place), options.rows))
    figures = {f"{row['what']}_rows_s": round(row["rows"] / row["seconds"]) for row in rows}
    figures["parquet_to_peer"] = round(figures["parquet_rows_s"] / figures["peer_rows_s"], 3)
    met = all(figures[name] >= least for name, least in TARGETS.items())
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": met}


if __name__ == "__main__":
    sys.exit(main())
