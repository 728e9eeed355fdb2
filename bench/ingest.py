"""How fast packages are taken in: `python bench/ingest.py`, or `--short` to see that it runs.

Three large files, and ten thousand small ones: ours is the whole of an ingestion, from the call of the verb to the
committed index with its sidecar, without the start of Django and without previews, which come after.  The peer sends
the same files to the same server into another bucket and does nothing else: `upload_file` of boto3 as it is for the
large ones, `put_object` from as many threads for the small ones as send at once on our side.  Rounds alternate, each is
a process of its own, medians count.  The memory is the most that any process of ours ever had, with `manage.py
ingest_delivery` and its previews among them.  Stated apart is the rate at which objects are registered that lie in the
archive's bucket already, by a listing of their checksums, without reading a byte of them.  The last line is one JSON
object; the exit status is 1 when a target is missed.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import stacks

TARGETS = {"large_to_upload": 0.9, "small_to_puts": 0.8, "peak_mb": 300.0, "registered_per_second": 2000}
MIB = 2**20
LARGE = {"ingest": "large", "upload": "large_peer"}
SMALL = {"ingest": "small", "put": "small_peer"}


def main():
    numbers = {
        "files": (3, "large ones"),
        "mebibytes": (1024, "of each large file"),
        "products": (10_000, "small ones"),
    }
    numbers |= {"rounds": (3, ""), "workers": (os.cpu_count(), "files at once")}
    options = stacks.options(__doc__, "few and small files, to see that it runs", **numbers).parse_args()
    if options.short:
        options.files, options.mebibytes, options.products, options.rounds = 3, 24, 100, 1
    if options.on_stack:
        return stacks.measure(_measured, options)
    stacks.require_room(2e9 + options.files * options.mebibytes * MIB * (3 + 2 * options.rounds))
    stacks.give_memory()
    return stacks.again(__file__)


def _measured(place, options):
    from bench import ingest_packages, ingest_round  # noqa: PLC0415 (needs Django to be set up)

    ingest_round._client().create_bucket(Bucket=ingest_round.BUCKET)
    rounds = _Rounds(place, options)
    if options.products:
        small = ingest_packages.small(place / "small", options.products)
        rounds.alternate(small, SMALL)
        rounds.one(ingest_packages.renamed(small, place / "renamed"), "index", "index_only")
    if options.files:
        large = ingest_packages.large(place / "large", options.files, options.mebibytes)
        rounds.alternate(large, LARGE)
        rounds.one(large, "command", "command")
    figures = _figures(rounds.rows, options)
    return {"rows": rounds.rows, "figures": figures, "targets": TARGETS, "met": _met(figures)}


class _Rounds:
    def __init__(self, place, options):
        self._place, self._options = place, options
        self.rows = []

    def alternate(self, source, ways):
        for _ in range(self._options.rounds):
            for way, name in ways.items():
                self.one(source, way, name)

    def one(self, source, way, name):
        from bench import ingest_packages  # noqa: PLC0415 (needs Django to be set up)

        number = len(self.rows) + 1
        package = ingest_packages.linked(source, self._place / f"round-{number}", number)
        os.sync()  # what was written before is no load of this round
        load = round(os.getloadavg()[0], 2)
        row = {"name": name, **_run(way, package, self._options.workers), "load": load}
        self.rows.append(row)
        print("{name:10} {files:6} files {seconds:8.2f} s {cpu_seconds:8.2f} s of CPU {peak_mb:7.1f} MB "
              "load {load}".format(**row), flush=True)  # fmt: skip
        _forget()


def _run(way, package, workers):
    command = [sys.executable, "-m", "bench.ingest_round", way, str(package), str(workers)]
    ran = subprocess.run(command, cwd=stacks.ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


def _forget():
    """The objects of a round, and nothing of the index: the disk is for the next one."""
    from django.conf import settings  # noqa: PLC0415 (need Django to be set up)

    from bench import ingest_round  # noqa: PLC0415

    client = ingest_round._client()
    for bucket in (settings.S3["bucket"], ingest_round.BUCKET):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            keys = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
            with contextlib.suppress(IndexError):
                client.delete_objects(Bucket=bucket, Delete={"Objects": [keys[0], *keys[1:]], "Quiet": True})


def _figures(rows, options):
    seconds = {
        name: statistics.median(row["seconds"] for row in rows if row["name"] == name)
        for name in dict.fromkeys(row["name"] for row in rows)
    }
    figures = {"rounds": options.rounds, "workers": options.workers, "load": round(os.getloadavg()[0], 2)}
    if options.files:
        figures["large_mb_per_second"] = round(options.files * options.mebibytes * MIB / 1e6 / seconds["large"], 1)
        figures["large_to_upload"] = round(seconds["large_peer"] / seconds["large"], 3)
    if options.products:
        figures["small_per_second"] = round(options.products / seconds["small"])
        figures["small_to_puts"] = round(seconds["small_peer"] / seconds["small"], 3)
        figures["registered_per_second"] = round(options.products / seconds["index_only"])
    ours = ("large", "small", "command", "index_only")
    figures["peak_mb"] = max(row["peak_mb"] for row in rows if row["name"] in ours)
    return figures


def _met(figures):
    least = [figures.get(name, 0) >= TARGETS[name] for name in TARGETS if name != "peak_mb"]
    return all(least) and figures["peak_mb"] <= TARGETS["peak_mb"]


if __name__ == "__main__":
    sys.exit(main())
