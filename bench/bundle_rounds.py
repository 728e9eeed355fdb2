"""The rounds of bench/bundles.py: the same objects as an archive from the service, and by boto3 from the store."""

import contextlib
import hashlib
import io
import itertools
import random
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import boto3
from botocore.config import Config
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from products import store
from products.bundles import making
from products.models import Product
from tests import make, people, service

MIB, KB = 2**20, 1000
PIECE = MIB
AT_ONCE = 8  # objects that are put beforehand
KINDS = ("tar", "zip")
GOOD = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)


def run(place, options):
    """A row for each thing that was timed."""
    pi = make.user("pi")
    mous = make.mous(pi=pi)
    large = _files(mous, "large", options.large, options.large_mib * MIB)
    small = _files(mous, "small", options.small, options.small_kb * KB)
    with service.files(place / "service.log", threads=8) as port:
        door = Door(port, people.token(pi), pi)
        door.taken(door.address(large[:1], "tar"))  # imports, connections
        yield from _first_bytes(door, small, options.rounds)
        yield from _streams(door, "large", large, options.rounds)
        yield from _streams(door, "small", small, options.rounds)


def _files(mous, name, count, size):
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda number: _file(mous, f"{name}{number:05}.fits", size), range(count)))
    return Product.objects.bulk_create(rows)


def _file(mous, name, size):
    content = random.Random(name).randbytes(size)
    opened = store.open_store()
    stored = opened.put(opened.new_key(name), io.BytesIO(content), size=size)
    facts = {"sha256": hashlib.sha256(content).hexdigest(), "crc32": zlib.crc32(content), "key": stored.key}
    kind = {"role": "other", "origin": Product.Origin.DELIVERED, "directory": "product"}
    name = f"member.uid___A001_X3621_X53f.{name}"  # as long as theirs
    return Product(mous=mous, name=name, size=size, stored_at=timezone.now() - timedelta(days=1), **kind, **facts)


class Door:
    """The service as the PI comes to it; it knows nothing yet of a bundle that is made here."""

    def __init__(self, port, token, person):
        self._port, self._headers, self._person = port, {"Authorization": token}, person
        self._names = (f"bundle{number}" for number in itertools.count())

    def address(self, files, kind):
        ids = [file.pk for file in files]
        made = making.make(ids, by=self._person, now=timezone.now(), name=next(self._names)).bundle
        return reverse("bundle-file", args=[made.pk, f"{made.name}.{kind}"])

    def taken(self, address, look=None, **headers):
        """How many bytes came; `look` is shown each piece."""
        held, size = memoryview(bytearray(PIECE)), 0
        with self._asked(address, headers) as answer:
            while amount := answer.readinto(held):
                size += amount
                if look:
                    look(held[:amount])
        return size

    def begun(self, address, **headers):
        """Wait for the first byte."""
        with self._asked(address, headers) as answer:
            return len(answer.read(1))

    def size(self, address):
        return int(service.ask(self._port, "HEAD", address, **self._headers)[1]["Content-Length"])

    def processes(self):
        """Of the service: all whose command line names its address."""
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if f"127.0.0.1:{self._port}".encode() in (place / "cmdline").read_bytes().split(b"\0"):
                    yield place

    @contextlib.contextmanager
    def _asked(self, address, headers):
        link, answer = service.begin(self._port, "GET", address, **self._headers, **headers)
        with contextlib.closing(link):
            if answer.status not in GOOD:
                raise SystemExit(f"{address}: {answer.status} {answer.read()!r}")
            yield answer


def _first_bytes(door, files, rounds):
    """Of bundles that the service was never asked for, then of the same ones again, and from their middle on."""
    for kind in [kind for _ in range(rounds) for kind in KINDS]:
        address = door.address(files, kind)
        for what in ("first never", "first again"):
            yield _row(files, what, kind, _timed(door.begun, address))
        middle = door.size(address) // 2
        yield _row(files, "first middle", kind, _timed(door.begun, address, Range=f"bytes={middle}-"))


def _streams(door, what, files, rounds):
    """The two archives and the peer, round by round; then whether two answers are the same bytes."""
    addresses = {kind: door.address(files, kind) for kind in KINDS}
    for _ in range(rounds):
        for kind, address in addresses.items():
            base = _forget_most(door)
            timed = _timed(door.taken, address)
            grown = round(_memory_mb(door, "VmHWM") - base, 1)
            yield _row(files, what, kind, timed, grown_mb=grown)
        yield _row(files, what, "get_object", _timed(_one_after_another, files))
    for kind, address in addresses.items():
        same, seconds = _timed(_same_twice, door, address)
        yield _row(files, f"{what} twice", kind, (2 * door.size(address), seconds), differing=int(not same))


def _row(files, what, way, timed, *, grown_mb=0.0, differing=0):
    size, seconds = timed
    facts = {"what": what, "way": way, "files": len(files), "bytes": size, "seconds": round(seconds, 5)}
    return facts | {"mb_per_s": round(size / seconds / 1e6, 1), "grown_mb": grown_mb, "differing": differing}


def _timed(call, *args, **kwargs):
    begun = time.monotonic()
    result = call(*args, **kwargs)
    return result, time.monotonic() - begun


def _one_after_another(files):
    """As who writes an archive with boto3 would, with the settings that it has by itself."""
    names = ("endpoint_url", "region_name", "aws_access_key_id", "aws_secret_access_key")
    there = [settings.S3[name] for name in ("endpoint", "region", "access_key_id", "secret_access_key")]
    s3 = boto3.client("s3", **dict(zip(names, there, strict=True)), config=Config(s3={"addressing_style": "path"}))
    size = 0
    for file in files:
        with contextlib.closing(s3.get_object(Bucket=settings.S3["bucket"], Key=file.key)["Body"]) as body:
            size += sum(len(piece) for piece in body.iter_chunks(PIECE))
    return size


def _same_twice(door, address):
    """The whole, and in two parts that are asked for one after the other."""
    whole, parts = hashlib.sha256(), hashlib.sha256()
    size = door.taken(address, whole.update)
    for span in (f"bytes=0-{size // 3}", f"bytes={size // 3 + 1}-"):
        door.taken(address, parts.update, Range=span)
    return whole.digest() == parts.digest()


def _forget_most(door):
    for place in door.processes():
        (place / "clear_refs").write_text("5")  # VmHWM begins again (proc(5))
    return _memory_mb(door, "VmRSS")


def _memory_mb(door, name):
    told = [(place / "status").read_text() for place in door.processes()]
    lines = [line for text in told for line in text.splitlines() if line.startswith(name)]
    return sum(int(line.split()[1]) for line in lines) / 1024
