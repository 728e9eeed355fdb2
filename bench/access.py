"""What the access rule costs in a large archive: `python bench/access.py`, or `--short` to see that it runs.

Fills a temporary stack with 800 000 products and 20 000 delegations, and asks as five readers what the file route asks
of one product, and what the list of products asks for a page of 100 rows with their locks.  The peer is the same rule
written by hand as SQL and sent without Django.  The last line is one JSON object; the exit status is 1 when a target
is missed.  The temporary stack, database and all, is gone at the end.
"""

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"check_ms": 1.0, "page_ms": 20.0}
NEEDED_BYTES = 6e9  # rows, indexes and the log of writing them


def main():
    options = _parser().parse_args()
    if not options.on_stack:
        stacks.require_room(NEEDED_BYTES)
        return stacks.again(__file__)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "altiplano.settings", "ALTIPLANO_PUBLIC_CALIBRATOR_IMAGES": "1"}
    result = _measured(options)
    print(json.dumps(result))
    return 0 if result["met"] else 1


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--products", type=int, default=800_000)
    parser.add_argument("--delegations", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--short", action="store_true", help="a small archive, to see that it runs")
    parser.add_argument("--on-stack", action="store_true", help=argparse.SUPPRESS)
    return parser


def _measured(options):
    import django  # noqa: PLC0415 (settings read the environment made above)

    django.setup()
    from bench import access_rounds, world  # noqa: PLC0415 (need Django to be set up)

    if options.short:
        options.products, options.delegations, options.repeats = 8_000, 200, 20
    size = world.fill(options.products, options.delegations)
    print(f"filled with {size['products']} products and {size['delegations']} delegations")
    rows = access_rounds.run(options.repeats)
    for row in rows:
        print(
            "{what:5} as {reader:9} {ours_ms:7.3f} ms, p95 {ours_p95_ms:7.3f}; by hand {peer_ms:7.3f} ms".format(**row)
        )
    figures = {f"{what}_ms": max(row["ours_ms"] for row in rows if row["what"] == what) for what in ("check", "page")}
    figures |= {
        f"{what}_p95_ms": max(row["ours_p95_ms"] for row in rows if row["what"] == what) for what in ("check", "page")
    }
    met = all(figures[name] <= limit for name, limit in TARGETS.items())
    return {"rows": rows, "figures": figures | size, "targets": TARGETS, "met": met}


if __name__ == "__main__":
    sys.exit(main())
