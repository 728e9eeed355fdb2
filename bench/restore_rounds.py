"""The rounds of `bench/restore.py`: the service and its peers, one after the other, on the same objects."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from archive.models import AlmaAccount, MemberOUS
from products.store import open_store
from restores import orders, submit
from restores.inputs import inputs_of

ROOT = Path(__file__).resolve().parent.parent
LONGEST_WAIT = 3600


def run(place, raw_mb, count):
    """Seconds of each part and of its peer, one dict a round."""
    mous, owner = _archive(place, raw_mb)
    with _worker(place):
        _restored(mous, owner)  # the first request of a worker warms it up, as a service is warm
        return [_round(place / f"round-{number}", mous, owner) for number in range(count)]


def _archive(place, raw_mb):
    call_command("migrate", verbosity=0)
    out = place / "delivery"
    call_command("simulate_delivery", str(out), preset=["small"], raw_mb=raw_mb)
    call_command("ingest_delivery", *sorted(map(str, out.glob("*.tar"))), facts=out / "facts.json")
    shutil.rmtree(out)
    owner = get_user_model().objects.create_user("bench", email="bench@example.org")
    AlmaAccount.objects.update(user=owner)
    return MemberOUS.objects.get(), owner


@contextlib.contextmanager
def _worker(place):
    with (place / "worker.log").open("w") as log:
        worker = subprocess.Popen([sys.executable, "manage.py", "run_jobs"], cwd=ROOT, stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(timeout=60)


def _round(place, mous, owner):
    place.mkdir()
    _forget_caches()
    request = _restored(mous, owner)
    figures = _ours(request) | {"raw_mb": sum(eb.raw_bytes for eb in mous.ebs.all()) / 1e6}
    _forget_caches()
    figures["staging_peer"] = _download(request, place)
    figures["casa_peer"] = _by_hand(request, place)  # like ours: what was just fetched is still being written to disk
    figures["pack_and_archive_peer"] = _tar_and_upload(place)
    shutil.rmtree(place)
    return {name: round(value, 3) for name, value in figures.items()}


def _restored(mous, owner):
    request = submit.request_restore(mous, by=owner, now=timezone.now())
    until = time.monotonic() + LONGEST_WAIT
    while request.ended_at is None:
        if time.monotonic() > until:
            raise SystemExit(f"The restore did not end within {LONGEST_WAIT} s.")
        time.sleep(0.2)
        request.refresh_from_db()
    if request.phase != "COMPLETED":
        raise SystemExit(f"The restore ended as {request.phase}: {request.error_sentence}")
    return request


def _ours(request):
    stages = {stage["name"]: stage["seconds"] for stage in request.report["stages"]}
    staging, packing = stages.pop("staging inputs"), stages.pop("pack and archive")
    casa = sum(stages.values())
    print("CASA:", ", ".join(f"{name} {seconds:.2f}" for name, seconds in stages.items()))
    total = (request.ended_at - request.created_at).total_seconds()
    rest = total - staging - casa - packing
    return {"staging": staging, "casa": casa, "pack_and_archive": packing, "everything_else": rest, "total": total}


def _forget_caches():
    """Both sides begin with nothing of the data in memory, where we may say so."""
    if os.geteuid() == 0:
        os.sync()
        with contextlib.suppress(OSError):
            Path("/proc/sys/vm/drop_caches").write_text("3")


def _download(request, place):
    """What anybody would do: boto3's own parallel download, nothing checked."""
    doors, inputs = open_store(), place / "inputs"
    inputs.mkdir()
    wanted = {product.name: product.key for block in inputs_of(request) for product in block.products()}
    began = time.perf_counter()
    for name, key in wanted.items():
        doors._s3.download_file(doors._bucket, key, str(inputs / name))
    return time.perf_counter() - began


def _by_hand(request, place):
    orders.write_order(request, place)
    casa = ROOT / ".casa" / request.casa_version / "bin" / "python"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "OMP_NUM_THREADS": "1",
        "CASASITECONFIG": str(ROOT / "restores" / "casa" / "casasiteconfig.py"),
        "CASA_LOGFILE": str(place / "casa.log"),
        "MPLCONFIGDIR": str(place.parent / "scratch" / "matplotlib"),
    }
    command = [str(casa), str(ROOT / "bench" / "restore_by_hand.py"), str(place)]
    done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    print("By hand, until:", ", ".join(f"{name} {seconds:.2f}" for name, seconds in told["clock"]))
    return told["seconds"]


def _tar_and_upload(place):
    doors = open_store()
    began = time.perf_counter()
    for vis in sorted(place.glob("uid*.ms")):
        packed = place / f"{vis.name}.tar"
        with tarfile.open(packed, "w") as tar:
            tar.add(vis, vis.name)
        doors._s3.upload_file(str(packed), doors._bucket, f"bench/{packed.name}")
    return time.perf_counter() - began
