"""One round of bench/ingest.py in a process of its own: `python -m bench.ingest_round WAY PATH WORKERS`.

Timed is what comes after the program is there: ours from the call of the verb to the committed index with its sidecar,
the peer's from the first upload to the last answer.
"""

import hashlib
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import django
from botocore.config import Config

BUCKET = "peer"


def main(way, path, workers):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "altiplano.settings")
    django.setup()
    files = sorted(one for one in Path(path).rglob("*") if one.is_file())
    size = sum(one.stat().st_size for one in files)
    work = {"ingest": _ingest, "command": _command, "upload": _upload, "put": _put, "index": _index}[way]
    ready = work(Path(path), files, int(workers))
    began, cpu = time.perf_counter(), time.process_time()
    found = ready()
    row = {"seconds": round(time.perf_counter() - began, 3), "cpu_seconds": round(time.process_time() - cpu, 2)}
    if found != len(files):
        raise SystemExit(f"{found} of {len(files)} files were taken in.")
    print(json.dumps({"what": way, "files": found, "bytes": size, **row, "peak_mb": round(_peak(), 1)}))


def _ingest(path, files, workers):
    from django.db import connection  # noqa: PLC0415 (needs Django to be set up)

    from products.ingest import ingest_delivery  # noqa: PLC0415

    connection.ensure_connection()
    return lambda: sum(len(report.new) for report in ingest_delivery([path], workers=workers))


def _command(path, files, workers):
    """The command as people run it, with previews: for its memory."""
    from django.core.management import call_command  # noqa: PLC0415 (needs Django to be set up)

    from products.models import Product  # noqa: PLC0415

    def run():
        call_command("ingest_delivery", str(path), workers=workers)
        return Product.objects.filter(run__sources=[str(path)]).count()

    return run


def _index(path, files, workers):
    """What lies in the archive's bucket already, by a listing of checksums; nothing of it is read."""
    from django.conf import settings  # noqa: PLC0415 (need Django to be set up)

    from archive.models import MemberOUS  # noqa: PLC0415
    from products import promised  # noqa: PLC0415
    from products.ingest import ingest_products  # noqa: PLC0415

    bucket, prefix, client = settings.S3["bucket"], path.parent.name, _client()
    listing = path.parent / "SHA256SUMS"
    with listing.open("w") as lines:
        for one in files:
            body = one.read_bytes()
            name = one.name.partition("_X1234_")[2].partition(".")[2]  # without the MOUS of this round
            client.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=body)
            lines.write(f"{hashlib.sha256(body).hexdigest()}  {name}\n")
    source, mous = f"s3://{bucket}/{prefix}", _another(MemberOUS.objects.order_by("pk").first())

    def run():
        reports = ingest_products([source], mous=mous, listing=promised.read(str(listing)), letters=False)
        return sum(len(report.new) for report in reports)

    return run


def _another(mous):
    """The uid of a MOUS like this one that holds nothing yet."""
    mous.pk, mous.uid = None, f"{mous.uid}f"
    mous.save()
    return mous.uid


def _upload(path, files, workers):
    """`upload_file` with what boto3 does by itself, one file after the other: each is sent in parallel parts."""
    client = _client()

    def run():
        for one in files:
            client.upload_file(str(one), BUCKET, f"{path.parent.name}/{one.name}")
        return len(files)

    return run


def _put(path, files, workers):
    client = _client()

    def put(one):
        client.put_object(Bucket=BUCKET, Key=f"{path.parent.name}/{one.name}", Body=one.read_bytes())

    def run():
        with ThreadPoolExecutor(workers) as pool:
            return len(list(pool.map(put, files)))

    return run


def _client():
    from django.conf import settings  # noqa: PLC0415 (needs Django to be set up)

    keys = {f"aws_{name}": settings.S3[name] for name in ("access_key_id", "secret_access_key")}
    place = {"endpoint_url": settings.S3["endpoint"], "region_name": settings.S3["region"]}
    return boto3.client("s3", **place, **keys, config=Config(s3={"addressing_style": "path"}))


def _peak():
    """Of this process, in MB: the most that it ever was (proc(5))."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
