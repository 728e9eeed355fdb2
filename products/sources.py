"""Objects of a bucket as what is taken in: `s3://bucket/prefix` is a directory, `s3://bucket/key` a file or a tar.

They are read through the one door, with the server and credentials of the archive, and look to the readers of packages
as files here do (archive/readers/origins.py).  An object that is written again while it is read is found out.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from django.conf import settings

from archive.errors import ArchiveError, TransientError
from products import keys, lines, sending
from products.losses import MissingObjectError
from products.store import Store

SCHEME = "s3://"
HEADERS_AHEAD = 1 << 16  # bytes; several headers of a tar with small files at once
_ABSENT = {"NoSuchBucket"}
_REFUSED = {"AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidBucketName"}


class NoSourceError(ArchiveError):
    status = 404
    code = "no-source"

    def __init__(self, where: str) -> None:
        super().__init__(f"There is nothing at {where}.", "Look at the name of the bucket and at the prefix.")


class SourceRefusedError(ArchiveError):
    status = 403
    code = "source-refused"

    def __init__(self, where: str, why: str) -> None:
        super().__init__(
            f"The object store does not let us read {where} ({why}).",
            "Give the account of ALTIPLANO_S3_ACCESS_KEY_ID the right to list and read that bucket.",
        )


class SourceChangedError(ArchiveError):
    status = 409
    code = "changed-while-read"

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where} was written again, or removed, since it was listed.",
            "Nothing of its MOUS was indexed. Wait until nobody writes there, and run the same command again.",
        )


class Bucket(Store):
    """Any bucket of the archive's server, to be read."""

    def __init__(self, name: str):
        super().__init__()
        self._bucket = name

    def file(self, key: str) -> "StoredFile | None":
        try:
            told = self._ask(self._s3.head_object, Bucket=self._bucket, Key=key)
        except MissingObjectError:
            return None
        return StoredFile(self._bucket, key, told["ContentLength"], told["ETag"], told["LastModified"])

    def files(self, prefix: str) -> "Iterator[StoredFile]":
        """Whatever begins so, but for the marks of directories and what the archive itself has stored."""
        pages = iter(self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix))
        while page := self._ask(next, pages, None):
            for one in page.get("Contents", []):
                if not one["Key"].endswith("/") and not self._is_ours(one["Key"]):
                    yield StoredFile(self._bucket, one["Key"], one["Size"], one["ETag"], one["LastModified"])

    def read(self, file: "StoredFile", start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` to before `stop` of the object as it was when it was listed."""
        if stop <= start:
            return
        asked = {"Bucket": self._bucket, "Key": file.key, "Range": f"bytes={start}-{stop - 1}"}
        try:
            told = self._ask(self._s3.get_object, **asked)
        except MissingObjectError as error:
            raise SourceChangedError(str(file)) from error
        body = told["Body"]
        try:
            if told["ETag"] != file.etag:
                raise SourceChangedError(str(file))
            yield from self._ask_pieces(body)
        finally:
            body.close()

    def copy(self, file: "StoredFile", key: str) -> None:
        """Have the server copy the object, as it was when it was listed, to `key` of the archive's bucket."""
        source = {"Bucket": self._bucket, "Key": file.key}
        self._ask(self._s3.copy, source, settings.S3["bucket"], key, Config=sending.copying())
        if (now := self.file(file.key)) is None or now.identity != file.identity:
            raise SourceChangedError(str(file))

    def _is_ours(self, key: str) -> bool:
        return self._bucket == settings.S3["bucket"] and keys.is_ours(key)

    def _ask(self, call, *args, **kwargs):
        try:
            return super()._ask(call, *args, **kwargs)
        except TransientError as error:
            code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code", "")
            if code in _ABSENT:
                raise NoSourceError(f"{SCHEME}{self._bucket}") from error
            if code in _REFUSED:
                raise SourceRefusedError(f"{SCHEME}{self._bucket}", code) from error
            raise


@dataclass(frozen=True)
class StoredFile:
    """An object as it was listed."""

    bucket: str
    key: str
    size: int
    etag: str
    changed: datetime

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]

    @property
    def identity(self) -> str:
        return f"{self}:{self.size}:{self.etag}:{self.changed.isoformat()}"

    def open(self, start: int = 0, size: int | None = None) -> BinaryIO:
        """With one question to the store, however many bytes there are."""
        stop = self.size if size is None else start + size
        return io.BufferedReader(_Coming(Bucket(self.bucket).read(self, start, stop)), lines.PIECE_BYTES)

    def browse(self) -> BinaryIO:
        return io.BufferedReader(_Browsed(self), HEADERS_AHEAD)

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


@dataclass(frozen=True)
class StoredTree:
    """All objects below a prefix, listed once."""

    bucket: str
    prefix: str  # empty, or with the slash at its end
    found: tuple[StoredFile, ...] = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.bucket, *(part for part in self.prefix.split("/") if part))

    def files(self) -> Iterator[tuple[str, StoredFile]]:
        return ((file.key.removeprefix(self.prefix), file) for file in self.found)

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}"


class _Coming(io.RawIOBase):
    """Bytes in the order in which they come."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        self._pieces.close()  # type: ignore[attr-defined]
        super().close()


class _Browsed(io.RawIOBase):
    """An object of which a range is fetched whenever some of it is read."""

    def __init__(self, file: StoredFile) -> None:
        self._file, self._bucket, self._at = file, Bucket(file.bucket), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer) -> int:
        stop = min(self._at + len(buffer), self._file.size)
        content = b"".join(self._bucket.read(self._file, self._at, stop))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


def opened(paths) -> list:
    """What was given, with what lies in buckets as it is listed there now."""
    given = [paths] if isinstance(paths, str) or not hasattr(paths, "__iter__") else paths
    return [_listed(path) if str(path).startswith(SCHEME) else path for path in given]


def _listed(path: str) -> StoredFile | StoredTree:
    """An object of just this name, else all that lies below it."""
    name, _, key = str(path).removeprefix(SCHEME).partition("/")
    if not name:
        raise NoSourceError(str(path))
    bucket, prefix = Bucket(name), f"{key.rstrip('/')}/" if key.rstrip("/") else ""
    first = next(bucket.files(key), None)  # an object of just this name comes before those that begin so
    if first and first.key == key:
        return first
    found = tuple(bucket.files(prefix))
    if not found:
        raise NoSourceError(str(path))
    return StoredTree(name, prefix, found)
