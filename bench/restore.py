"""How much a restore by the service costs over the same work by hand: `python bench/restore.py --raw-mb 500`.

Starts its own stack, simulates and ingests a delivery, and alternates rounds: one restore by the service with a real
worker and real CASA, then its peers one by one: the same casatasks calls in one cold process, a plain download of the
same objects, tar and upload of the same MeasurementSets.  Best of the rounds counts on both sides, for the machines are
shared.  The last line is one JSON object; the exit status is 1 when a target is missed.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"casa_ratio": 1.05, "staging_ratio": 1.3, "pack_and_archive_ratio": 1.3, "everything_else_s": 3.0}
PEERS = {"casa": "the same calls by hand", "staging": "plain download", "pack_and_archive": "tar, then upload"}


def main():
    options = _parser().parse_args()
    if not options.on_stack:
        return stacks.again(__file__)
    with tempfile.TemporaryDirectory(prefix="altiplano-bench-") as place:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "altiplano.settings", "ALTIPLANO_SCRATCH_DIR": f"{place}/scratch"}
        result = _measured(Path(place), options)
    print(json.dumps(result))
    return 0 if result["met"] else 1


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raw-mb", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--on-stack", action="store_true", help=argparse.SUPPRESS)
    return parser


def _measured(place, options):
    import django  # noqa: PLC0415 (settings read the environment made above)

    django.setup()
    from bench import restore_rounds  # noqa: PLC0415 (needs Django to be set up)

    rounds = restore_rounds.run(place, options.raw_mb, options.rounds)
    best = {name: min(one[name] for one in rounds) for name in rounds[0]}
    rows = [_row(name, peer, best) for name, peer in PEERS.items()]
    figures = {f"{row['name']}_ratio": row["ratio"] for row in rows}
    figures |= {"everything_else_s": round(best["everything_else"], 2), "raw_mb": round(best["raw_mb"], 1)}
    met = all(figures[name] <= limit for name, limit in TARGETS.items())
    print("rounds:", json.dumps(rounds))
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": met}


def _row(name, peer, best):
    ours, theirs = best[name], best[f"{name}_peer"]
    row = {
        "name": name,
        "ours_s": round(ours, 2),
        "peer": peer,
        "peer_s": round(theirs, 2),
        "ratio": round(ours / theirs, 3),
    }
    print(f"{name:18} {row['ours_s']:8.2f} s   {peer:24} {row['peer_s']:8.2f} s   ratio {row['ratio']:.3f}")
    return row


if __name__ == "__main__":
    sys.exit(main())
