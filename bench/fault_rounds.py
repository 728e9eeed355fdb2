"""The rounds of bench/downloads_under_faults.py: the same files over the same bad line, by our client and by curl."""

import hashlib
import random
import subprocess
import time
from pathlib import Path

from altiplano_client import cli
from django.urls import reverse
from django.utils import timezone

from altiplano.demo import daemons
from bench import faulty_line
from products import digests
from products.models import Blocks
from tests import make, service

MIB = 2**20
MOST_STARTS = 10_000  # of curl, for one file


def run(place, options):
    """A row each of the client and of its peer."""
    mous = make.mous(release_at=make.LONG_AGO)
    files = [_file(mous, number, options.mebibytes * MIB) for number in range(options.files)]
    with service.running(place / "service.log", server=daemons.file_server) as port:
        yield _row("client", files, _by_client, options=options, place=place, port=port)
        yield _row("curl", files, _by_curl, options=options, place=place, port=port)


def _file(mous, number, size):
    content = random.Random(number).randbytes(size)
    product = make.product(mous, f"cube{number}.fits", content=content, directory="product", stored_at=timezone.now())
    looked = digests.Digests()
    looked.update(content)
    Blocks.objects.get_or_create(product=product, defaults={"block_bytes": digests.BLOCK_BYTES, "crcs": looked.blocks})
    return product


def _row(who, files, download, *, options, place, port):
    needed = sum(product.size for product in files)
    faults = faulty_line.Faults(options.cuts, options.flips, needed / options.cuts, needed / options.flips)
    told = {"who": who, "files": 0, "wrong": 0, "needed_bytes": 0}
    begun = time.monotonic()
    with faulty_line.between(port, faults) as line:
        while faults.cuts or faults.flips:
            there = place / f"{who}-{told['files']}"
            download(files, there, f"http://127.0.0.1:{line}")
            told["wrong"] += sum(_digest(_found(there, product)) != product.sha256 for product in files)
            told["files"] += len(files)
            told["needed_bytes"] += needed
            _clear(there)
    share = faults.bytes / told["needed_bytes"]
    return told | faults.made | {"fetched_share": share, "seconds": time.monotonic() - begun}


def _by_client(files, there, address):
    """The MOUS as a whole; the file that a fault outlasts is asked for again, as people do."""
    words = ["download", files[0].mous.uid, "--server", address, "--to", str(there), "--quiet"]
    for _ in range(3):
        if cli.main(words) == 0:
            return


def _by_curl(files, there, address):
    there.mkdir()
    for product in files:
        target = there / product.name
        url = address + reverse("product-file", args=[product.pk])
        for _ in range(MOST_STARTS):
            if target.exists() and target.stat().st_size >= product.size:
                break
            command = ["curl", "-sf", "--noproxy", "*", "-C", "-", "-o", target, url]
            subprocess.run(command, check=False, timeout=600)


def _found(there, product) -> Path | None:
    return next(there.rglob(product.name), None)


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""


def _clear(there):
    for path in sorted(there.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    there.rmdir()
