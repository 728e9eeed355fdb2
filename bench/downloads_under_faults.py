"""Whether every download ends right: `python bench/downloads_under_faults.py`, or `--short` to see that it runs.

The client of `client/` downloads files of the real service through a line (bench/faulty_line.py) that cuts a thousand
connections and flips a hundred bits, again and again until all of these faults were made; each file is compared with
its SHA-256 here.  The peer is `curl -C -` over such a line with as many faults a byte, started again until the file has
its length.  What is fetched more than once: at most 1 MiB for each flipped bit.  The last line is one JSON object; the
exit status is 1 when a target is missed.  The temporary stack is gone at the end.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "client" / "src"))

from bench import stacks

TARGETS = {"wrong_files": 0, "cuts": 1000, "flips": 100, "fetched_again_share": 0.5}
MIB = 2**20


def main():
    numbers = {"files": (16, ""), "mebibytes": (24, "of each file"), "cuts": (1000, ""), "flips": (100, "")}
    options = stacks.options(__doc__, "few faults, to see that it runs", **numbers).parse_args()
    if options.short:
        options.files, options.mebibytes, options.cuts, options.flips = 3, 4, 30, 4
    if options.on_stack:
        return stacks.measure(_measured, options, ALTIPLANO_RATE_LIMITS="0", no_proxy="*")
    stacks.require_room(1e9 + 6 * options.files * options.mebibytes * MIB)
    return stacks.again(__file__)


def _measured(place, options):
    from bench import fault_rounds  # noqa: PLC0415 (needs Django to be set up)

    rows = list(fault_rounds.run(place, options))
    for row in rows:
        print("{who:6} {files} files, {wrong} wrong; {cuts} cuts, {flips} flips; {fetched_share:.3f} x fetched; "
              "{seconds:.1f} s".format(**row))  # fmt: skip
    client, curl = rows
    figures = {
        "wrong_files": client["wrong"],
        "cuts": client["cuts"],
        "flips": client["flips"],
        "fetched_again_share": round(client["fetched_share"] - 1, 3),
        "curl_wrong_files": curl["wrong"],
        "curl_fetched_again_share": round(curl["fetched_share"] - 1, 3),
        "seconds_to_curl": round(client["seconds"] / client["files"] / (curl["seconds"] / curl["files"]), 2),
    }
    targets = TARGETS | {"cuts": options.cuts, "flips": options.flips}
    if options.short:  # few bytes for its faults: the share says nothing
        targets["fetched_again_share"] = 10
    met = all(figures[name] >= targets[name] for name in ("cuts", "flips"))
    met = met and all(figures[name] <= targets[name] for name in ("wrong_files", "fetched_again_share"))
    return {"rows": rows, "figures": figures, "targets": targets, "met": met}


if __name__ == "__main__":
    sys.exit(main())
