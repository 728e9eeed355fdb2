"""What the object store can do, asked of the store itself: servers that call themselves S3 differ and do not say so.

A few small objects are put, one of them wrongly, and taken away.  Whoever writes asks here (docs/decisions/0037): where
checksums are not verified what was put is read back, and where conditions are known no key is ever written over.
"""

import base64
import contextlib
import logging
import threading
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Protocol

from archive.errors import TransientError
from products.losses import MissingObjectError, RefusedError

PREFIX = "probe/"
BODY = b"What can you do?"
WRONG = base64.b64encode(zlib.crc32(b"something else").to_bytes(4, "big")).decode()
FORBIDDEN = 403
FAILING = {500, 502, 503, 504}
ON, SUSPENDED, OFF, UNKNOWN = "on", "suspended", "off", "unknown"
WORDS = {
    "checksums": "refuses an object whose checksum is wrong",
    "part_checksums": "refuses a part whose checksum is wrong",
    "conditions": "refuses to write over an object when asked to",
    "upload_conditions": "the same for objects that come in parts",
    "ranges": "sends a part of an object",
}

log = logging.getLogger(__name__)
_known: dict[str, "Capabilities"] = {}
_one_at_a_time = threading.Lock()


class Bucket(Protocol):
    """The part of `Store` that is needed here."""

    @property
    def place(self) -> str: ...

    def ask(self, verb: str, **params) -> dict: ...


@dataclass(frozen=True)
class Capabilities:
    """What was found; None where we are not allowed to try."""

    checksums: bool | None = None
    part_checksums: bool | None = None
    conditions: bool | None = None
    upload_conditions: bool | None = None
    ranges: bool | None = None
    versioning: str = UNKNOWN

    @property
    def verifies(self) -> bool:
        """Whether bytes that came wrong would have been refused, in whatever way they came."""
        return bool(self.checksums and self.part_checksums)

    def told(self) -> dict:
        return asdict(self)

    def warnings(self) -> Iterator[str]:
        """What an operator should know of, in sentences."""
        if not self.verifies:
            yield "The store does not verify checksums of what is put: everything is read back once it is stored."
        if not (self.conditions and self.upload_conditions):
            yield "The store would write over an object also when asked not to: only that keys are new protects them."
        if self.ranges is False:
            yield "The store does not send parts of objects: downloads cannot resume and damage cannot be read around."
        if self.versioning in {ON, SUSPENDED}:
            yield "The bucket keeps versions: what is deleted takes room until a rule of the bucket removes it."


def known(bucket: Bucket) -> Capabilities:
    """What this process found out when it first asked; a store that does not answer is asked again the next time."""
    with _one_at_a_time:
        if bucket.place not in _known:
            _known[bucket.place] = probe(bucket)
        return _known[bucket.place]


def probe(bucket: Bucket) -> Capabilities:
    """Try everything now.  `TransientError` when the store does not answer; what it forbids stays unknown."""
    trial = _Trial(bucket, f"{PREFIX}{uuid.uuid4()}")
    try:
        return trial.found()
    except RefusedError as refusal:
        if refusal.status != FORBIDDEN:
            raise
        return Capabilities()
    finally:
        trial.clear()


class _Trial:
    """The objects of one probe, `a` and `b` below a name of their own."""

    def __init__(self, bucket: Bucket, home: str):
        self._bucket, self._a, self._b = bucket, f"{home}/a", f"{home}/b"

    def found(self) -> Capabilities:
        self._bucket.ask("put_object", Key=self._a, Body=BODY)
        upload = self._bucket.ask("create_multipart_upload", Key=self._a)["UploadId"]
        return Capabilities(
            checksums=self._refuses(400, "put_object", Key=self._b, Body=BODY, ChecksumCRC32=WRONG),
            conditions=self._refuses(412, "put_object", Key=self._a, Body=BODY, IfNoneMatch="*"),
            part_checksums=self._refuses(400, "upload_part", **self._part(upload, 2), ChecksumCRC32=WRONG),
            upload_conditions=self._keeps_from_the_end(upload),
            ranges=self._sends_ranges(),
            versioning=self._versioning(),
        )

    def clear(self) -> None:
        for key in (self._a, self._b):
            with contextlib.suppress(TransientError, MissingObjectError):  # the sweep takes what is left
                self._bucket.ask("delete_object", Key=key)

    def _refuses(self, status: int, verb: str, **params) -> bool | None:
        try:
            self._bucket.ask(verb, **params)
        except RefusedError as refusal:
            if refusal.status in FAILING:
                raise  # it is not well: that tells nothing of what it can do
            return None if refusal.status == FORBIDDEN else refusal.status == status
        return False

    def _part(self, upload: str, number: int) -> dict:
        return {"Key": self._a, "UploadId": upload, "PartNumber": number, "Body": BODY}

    def _keeps_from_the_end(self, upload: str) -> bool | None:
        part = self._bucket.ask("upload_part", **self._part(upload, 1))
        named = {name: part[name] for name in ("ETag", "ChecksumCRC32") if name in part}
        whole = {"Key": self._a, "UploadId": upload, "MultipartUpload": {"Parts": [named | {"PartNumber": 1}]}}
        refused = self._refuses(412, "complete_multipart_upload", **whole, IfNoneMatch="*")
        if refused is not False:
            self._bucket.ask("abort_multipart_upload", Key=self._a, UploadId=upload)
        return refused

    def _sends_ranges(self) -> bool:
        body = self._bucket.ask("get_object", Key=self._a, Range="bytes=5-7")["Body"]
        with contextlib.closing(body):
            return body.read() == BODY[5:8]

    def _versioning(self) -> str:
        try:
            answer = self._bucket.ask("get_bucket_versioning")
        except RefusedError:
            return UNKNOWN
        return {"Enabled": ON, "Suspended": SUSPENDED}.get(answer.get("Status", ""), OFF)
