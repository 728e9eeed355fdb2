"""The one door to object storage.  Nothing else imports boto3, but for what it sends with.

Keys are `<uuid>/<name>` and never written twice, which the server is told where it understands that
(products/capabilities.py); the SHA-256 is computed while the bytes pass.  What the index says of
the objects of a MOUS lies beside them too, in an object that is written again (products/sidecars.py).
"""

import contextlib
import functools
import hashlib
import logging
import uuid
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import BinaryIO

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from botocore.utils import parse_timestamp
from django.conf import settings

from archive.errors import TransientError
from products import capabilities, lines
from products.digests import Digesting, Stored
from products.fetching import in_parallel
from products.losses import CorruptObjectError, MissingObjectError, RefusedError, SweptError, as_end
from products.parts import UPLOAD_BYTES, plan
from products.sending import Sender
from products.uploads import NOW, Uploading

MOST_CONNECTIONS = 32
LOOKED_UP = 20  # from so many objects of one batch on, a listing is cheaper than a question for each
TAKEN = 412  # the answer to a request that is to write over nothing
MOST_KEY = 400  # characters; the column of the index
PING_SECONDS = 2
TRIES_OF_SILENCE = 2  # for a connection that was kept may have been cut without a word
OLD_SIDECAR = ".sha256.json"  # beside each object, as earlier versions wrote it; no key of ours ends so

log = logging.getLogger(__name__)


@functools.cache
def _client(endpoint: str, region: str, access_key_id: str, secret_access_key: str, *, seconds: float):
    """Clients are safe to share between threads and costly to make; this one waits `seconds` for the next byte."""
    session = botocore.session.get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_moment)
    client = boto3.Session(botocore_session=session).client(
        "s3",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"max_attempts": 4, "mode": "standard"},
            connect_timeout=min(5, seconds),
            read_timeout=seconds,
            max_pool_connections=MOST_CONNECTIONS,
        ),
    )
    client.meta.events.register_first("needs-retry.s3", _give_up)
    return client


def _give_up(attempts, caught_exception, **_) -> None:
    """A server that hangs is not asked as often as one that cannot be reached."""
    if isinstance(caught_exception, ReadTimeoutError) and attempts >= TRIES_OF_SILENCE:
        raise caught_exception


def _moment(said):
    """Most of a listing's cost are its times, and they are in the one form that Python reads by itself."""
    try:
        return datetime.fromisoformat(said)
    except (TypeError, ValueError):  # of headers
        return parse_timestamp(said)


@functools.cache
def _sender(bucket: str, *place: str, seconds: float) -> Sender:
    endpoint, region, key, secret = place
    return Sender(endpoint=endpoint, bucket=bucket, region=region, keys=(key, secret), seconds=seconds)


class Store:
    """A bucket.  All methods raise `TransientError` when the server cannot be reached."""

    def __init__(self):
        self._endpoint, self._bucket = settings.S3["endpoint"], settings.S3["bucket"]
        self._s3 = self._at(self._endpoint)
        self._sender = _sender(self._bucket, *_place(self._endpoint), seconds=settings.S3["seconds"])

    @property
    def place(self) -> str:
        return f"{self._endpoint}/{self._bucket}"

    def ping(self) -> None:
        """Pass when the bucket is there and answers soon: who asks wants to know that, not to have it."""
        self._ask(self._at(self._endpoint, PING_SECONDS).head_bucket, Bucket=self._bucket)

    def new_key(self, name: str) -> str:
        """Never one that could be taken for the sidecar of another object."""
        return f"{uuid.uuid4()}/{name}{'_' if name.endswith(OLD_SIDECAR) else ''}"

    def batch_key(self, batch: str, directory: str, name: str) -> str:
        """Objects that come in together share the first part of their keys, so that one listing finds them all."""
        key = "/".join(filter(None, (batch, directory, name)))
        return self.new_key(name) if len(key) > MOST_KEY or name.endswith(OLD_SIDECAR) else key

    def put(self, key: str, stream: BinaryIO, *, size: int = 0, md5: bool = False, memory: int = UPLOAD_BYTES,
            turn: AbstractContextManager = NOW) -> Stored:  # fmt: skip
        """Store `stream` under `key`; `size` as far as it is known.

        `memory` is how many bytes of it may be held at once, as far as its size allows; none are sent before `turn`.
        """
        can, reader = capabilities.known(self), Digesting(stream, md5=md5)
        place, is_sure = {"Bucket": self._bucket, "Key": key}, can.verifies
        try:
            Uploading(self._s3, self._ask, self._sender, place, can=can, turn=turn).put(reader, plan(size, memory))
        except RefusedError as refusal:
            if refusal.status != TAKEN:
                raise
            is_sure = False  # the first try may have come through although its answer was lost
        if not is_sure:
            self._require_sent(key, reader.digests.sha256)
        return Stored.of(key, reader.digests)

    def _require_sent(self, key: str, sha256: str) -> None:
        try:
            self.fetch(key, None, sha256)
        except CorruptObjectError as error:
            raise TransientError("The object store does not hold the bytes it was sent; no file names them.") from error

    def keep(self, key: str, told: bytes) -> None:
        """Write the small object under `key`, also over an older one; a reader gets all of the one or of the other."""
        self.ask("put_object", Key=key, Body=told)

    def size(self, key: str) -> int:
        return self.ask("head_object", Key=key)["ContentLength"]

    def require_present(self, stored: Iterable[Stored]) -> None:
        """Pass while the objects are there still; called before the commit of the rows that name them."""
        batches: dict[str, set[str]] = {}
        for one in stored:
            batches.setdefault(one.key.partition("/")[0], set()).add(one.key)
        for batch, keys in batches.items():
            here = {key for key, _, _ in self.listing(f"{batch}/")} if len(keys) >= LOOKED_UP else self._answering(keys)
            if gone := keys - here:
                raise SweptError(min(gone))

    def _answering(self, keys: Iterable[str]) -> set[str]:
        here = set()
        for key in keys:
            with contextlib.suppress(MissingObjectError):
                self.size(key)
                here.add(key)
        return here

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `stop`, in pieces; nothing is asked of the store for an empty range."""
        if stop is not None and stop <= start:
            return
        pieces = None if stop is None else self._sender.get(key, start, stop)
        if pieces is None:  # boto3 knows when to try once more, and what the errors mean
            span = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop else {}
            pieces = self._ask_pieces(self.ask("get_object", Key=key, **span)["Body"])  # an empty object has no range
        yield from pieces

    def fetch(self, key: str, target: BinaryIO | None, sha256: str) -> None:
        """Copy an object into `target`, if any; `CorruptObjectError` unless its SHA-256 is the promised one."""
        digest = hashlib.sha256()
        for piece in in_parallel(self.stream, key, self.size(key)):
            digest.update(piece)
            if target is not None:
                target.write(piece)
        if digest.hexdigest() != sha256:
            log.error("the object %s is damaged", key)
            raise CorruptObjectError(key)

    def link(self, key: str, *, name: str, media_type: str) -> str:
        """A presigned address for GET, good for `LINK_SECONDS`.  For public products only: ask `access` first."""
        public = self._at(settings.S3["public_endpoint"] or settings.S3["endpoint"])
        params = {
            "Bucket": self._bucket,
            "Key": key,
            "ResponseContentDisposition": f"attachment; filename={name}",
            "ResponseContentType": media_type,
        }
        return public.generate_presigned_url("get_object", Params=params, ExpiresIn=settings.LINK_SECONDS)

    def delete(self, key: str) -> None:
        for one in (key, key + OLD_SIDECAR):
            self.ask("delete_object", Key=one)

    def objects(self) -> Iterator[tuple[str, object]]:
        """Every key with the time of its last change, sidecars included."""
        return ((key, changed) for key, changed, _ in self.listing())

    def listing(self, prefix: str = "") -> Iterator[tuple[str, object, int]]:
        """Every key that begins so, with the time of its last change and its size, a page at a time."""
        for page in self.pages("list_objects_v2", Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"], entry["LastModified"], entry["Size"]

    def pages(self, verb: str, most: int = 1000, **params) -> Iterator[dict]:
        """Answers of a verb that lists, `most` entries each, read one at a time."""
        sizes = {"PageSize": most}
        pages = self._s3.get_paginator(verb).paginate(Bucket=self._bucket, PaginationConfig=sizes, **params)
        turning = iter(pages)
        while page := self._ask(next, turning, None):
            yield page

    def ask(self, verb: str, **params) -> dict:
        """One request about this bucket, as boto3 names it."""
        return self._ask(getattr(self._s3, verb), Bucket=self._bucket, **params)

    def _at(self, endpoint: str, seconds: float = 0):
        return _client(*_place(endpoint), seconds=seconds or settings.S3["seconds"])

    def _ask_pieces(self, body) -> Iterator[bytes]:
        try:
            with contextlib.closing(body):
                yield from body.iter_chunks(lines.PIECE_BYTES)
        except BotoCoreError as error:
            raise TransientError(f"The object store stopped answering: {as_end(error)}") from error

    def _ask(self, call, *args, **kwargs):
        try:
            return call(*args, **kwargs)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404", "NotFound"}:
                key = kwargs.get("Key", "")
                log.error("the object %s is not in the store", key)
                raise MissingObjectError(key) from error
            raise RefusedError(error) from error
        except BotoCoreError as error:
            raise TransientError(f"The object store cannot be reached: {as_end(error)}") from error


def _place(endpoint: str) -> tuple[str, str, str, str]:
    return endpoint, settings.S3["region"], settings.S3["access_key_id"], settings.S3["secret_access_key"]


def open_store() -> Store:
    return Store()
