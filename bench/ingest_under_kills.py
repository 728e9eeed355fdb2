"""Whether a killed ingestion loses anything: `python bench/ingest_under_kills.py`, or `--short` to see that it runs.

Real processes take in packages through the real verb and are ended by `kill -9` a thousand times: most at moments
spread evenly over the length of an ingestion, the rest while its transaction is written and committed.  After each
kill either no file of the package is to be seen or every one, and every object that a row names is in the store with
its SHA-256.  The same package is given again until it is in; what the journal named is not stored a second time.  At
the end all files are what they were, every sidecar tells what the rows tell, and when the grace of the sweep is over
nothing is in the store that no row names.  The last line is one JSON object; the exit status is 1 when a target is
missed.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"wrong": 0, "kills": 1000}


def main():
    numbers = {"kills": (1000, ""), "seed": (1, "")}
    options = stacks.options(__doc__, "few kills, to see that it runs", **numbers).parse_args()
    if options.short:
        options.kills = 10
    if options.on_stack:
        return stacks.measure(_measured, options)
    stacks.require_room(5e9)
    return stacks.again(__file__)


def _measured(place, options):
    from bench import kill_rounds  # noqa: PLC0415 (needs Django to be set up)

    rows, wrong = kill_rounds.run(place, options.kills, options.seed)
    for row in rows:
        print("{where:12} {kills:5} kills, {wrong} wrong".format(**row))
    for sentence in wrong[:20]:
        print(f"wrong: {sentence}")
    figures = {"kills": sum(row["kills"] for row in rows), "wrong": len(wrong)}
    figures |= {f"kills_{row['where']}": row["kills"] for row in rows}
    targets = TARGETS | {"kills": options.kills}
    met = figures["kills"] >= targets["kills"] and not figures["wrong"]
    return {"rows": rows, "figures": figures, "targets": targets, "met": met}


if __name__ == "__main__":
    sys.exit(main())
