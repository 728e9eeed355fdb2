"""Whether time tells what is hidden: `python bench/hidden.py`, or `--short` to see that it runs.

Starts its own stack and the web service, and asks each route 1000 times for something of a confidential project and
1000 times for something that was never there, by turns and as two readers who may not know of it.  What counts is the
median of the differences in each pair; statuses and lengths must not differ at all.  The last line is one JSON object;
the exit status is 1 when a target is missed.  The stack, database and all, is gone at the end.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"median_difference_ms": 1.0, "unlike_answers": 0}


def main():
    numbers = {"pairs": (1000, ""), "products": (40_000, "")}
    options = stacks.options(__doc__, "few pairs, to see that it runs; no target is judged", **numbers).parse_args()
    if options.short:
        options.pairs, options.products = 5, 20_000
    if options.on_stack:
        return stacks.measure(_measured, options, ALTIPLANO_RATE_LIMITS="0")
    return stacks.again(__file__)


def _measured(place, options):
    from bench import hidden_rounds  # noqa: PLC0415 (needs Django to be set up)

    rows = hidden_rounds.run(place / "service.log", options.products, options.pairs)
    for row in rows:
        print(
            "{route:14} as {reader:9} {status}  {hidden_ms:7.3f} ms hidden, difference {difference_ms:+.3f} ms".format(
                **row
            )
        )
    figures = {
        "median_difference_ms": max(abs(row["difference_ms"]) for row in rows),
        "unlike_answers": sum(row["unlike"] for row in rows),
        "pairs": options.pairs,
    }
    judged = ["unlike_answers"] if options.short else TARGETS
    met = all(figures[name] <= TARGETS[name] for name in judged)
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": met}


if __name__ == "__main__":
    sys.exit(main())
