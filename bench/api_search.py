"""How many searches a second the service answers: `python bench/api_search.py`, or `--short` to see that it runs.

Fifty clients ask `/api/search/` for first pages, each with the token of a PI or of staff, the mix of
`bench/search_mix.py` with values at random; nothing keeps an answer.  The peer is the same server with the same
threads, on the same database, whose bare WSGI application runs the very statements that the service ran for each of
these questions and sends the rows by orjson, without Django.  They are asked by turns.  Counts and facets have figures
of their own.  Rate limits are off.  The last line is one JSON object; the exit status is 1 when a target is missed.
The temporary stack, database and all, is gone at the end.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"ratio": 0.4, "refused": 0}
BYTES_PER_ROW, NEEDED_BYTES = 2200, 1e9  # tables, indexes, files to load and the log of writing them


def main():
    options = _parser().parse_args()
    if options.short:
        options.rows, options.questions, options.seconds, options.clients = 20_000, 60, 1.5, 10
    if options.on_stack:
        return stacks.measure(_measured, options, ALTIPLANO_RATE_LIMITS="0")
    stacks.require_room(NEEDED_BYTES + BYTES_PER_ROW * options.rows)
    if not options.short:
        stacks.give_memory()
    return stacks.again(__file__)


def _parser():
    numbers = {"rows": (1_000_000, ""), "questions": (2000, ""), "clients": (50, ""), "rounds": (2, "")}
    parser = stacks.options(__doc__, "a small archive, to see that it runs; no rate is judged", **numbers)
    parser.add_argument("--seconds", type=float, default=15, help="of each round")
    return parser


def _measured(place, options):
    from bench import api_rounds  # noqa: PLC0415 (needs Django to be set up)

    rows = api_rounds.run(place, options)
    for row in rows:
        print(_LINE.format(**row), flush=True)
    print("Rate limits were off.")
    rate = {row["what"]: row["per_second"] for row in rows}
    figures = {f"{what}_per_second": value for what, value in rate.items()}
    figures |= {
        "ratio": round(rate["search"] / rate["peer"], 3),
        "refused": sum(row["refused"] for row in rows),
        "busiest_asking_cpu": max(row["asking_cpu"] for row in rows),
    }
    met = figures["refused"] == 0 and (options.short or figures["ratio"] >= TARGETS["ratio"])
    return {"rows": rows, "figures": figures, "targets": TARGETS, "met": met}


_LINE = (
    "{what:7} {per_second:8.1f}/s, p50 {p50_ms:8.1f} ms, p95 {p95_ms:8.1f} ms, {kilobytes:6.1f} kB each; "
    "asking took {asking_cpu:.2f} of a processor"
)

if __name__ == "__main__":
    sys.exit(main())
