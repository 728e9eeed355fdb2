"""Objects that stay where somebody has put them: rows name them there, and nothing is sent to the store.

In the archive's own bucket an object is left as it is; from another bucket of the same server the server copies it.
It is read once, to know what it is; or not at all where its checksums are promised: then the fixity check, which begins
with what nobody has read, reads it first (products/unread.py, docs/decisions/0023).
"""

from collections.abc import Iterable

from django.conf import settings

from archive.errors import ArchiveError
from products.delivered import DeliveredFile
from products.models import Product, Staged
from products.sources import Bucket, StoredFile
from products.store import MOST_KEY


class NotInABucketError(ArchiveError):
    code = "not-in-a-bucket"

    def __init__(self, what: str, which: str) -> None:
        super().__init__(f"{what} does not lie in {which}, so it cannot stay where it is.", "Take it in without that.")


class LongKeyError(ArchiveError):
    code = "long-key"

    def __init__(self, key: str) -> None:
        super().__init__(f"The key {key[:80]}... is longer than {MOST_KEY} characters.", "Put it under a shorter one.")


class TakenKeyError(ArchiveError):
    status = 409
    code = "taken-key"

    def __init__(self, key: str, name: str) -> None:
        super().__init__(
            f"The object {key} is that of {name} already.",
            "Nothing was registered. One object is one file; put the other one under a key of its own.",
        )


class OverwrittenError(ArchiveError):
    status = 409
    code = "overwritten-in-place"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The object {key} has other bytes than when it was registered.",
            "Nothing was indexed. Put the old bytes back, and the new ones under a key of their own.",
        )


def require_stored(origins: Iterable, *, index_only: bool) -> None:
    """All that is given lies in buckets; where it is not to be read, in the one of the archive."""
    for origin in origins:
        if not hasattr(origin, "bucket"):
            raise NotInABucketError(str(origin), "a bucket")
        if index_only and origin.bucket != settings.S3["bucket"]:
            raise NotInABucketError(str(origin), "the archive's own bucket")


def require_free(mous: str, files: Iterable[DeliveredFile]) -> None:
    """The objects that would stay are those of no other file."""
    places = {file.source.key: (file.directory, file.name) for file in files if is_left(file)}
    for key in places:
        if len(key) > MOST_KEY:
            raise LongKeyError(key)
    for row in Product.objects.filter(key__in=places).select_related("mous"):
        if (row.mous.uid, row.directory, row.name) != (mous, *places[row.key]):
            raise TakenKeyError(row.key, f"{row.name} of {row.mous.uid}")
    for line in Staged.objects.filter(key__in=places):
        if (line.mous_uid, line.directory, line.name) != (mous, *places[line.key]):
            raise TakenKeyError(line.key, f"{line.name} of {line.mous_uid}, which waits to be indexed,")


def is_left(file: DeliveredFile) -> bool:
    """Whether it lies in the archive's own bucket as an object by itself."""
    return isinstance(file.source, StoredFile) and file.source.bucket == settings.S3["bucket"]


def lay(file: DeliveredFile, held: Product | None, key: str) -> tuple[str, bool]:
    """Where the object lies from now on, `key` if it is copied, and whether its bytes there were seen by us."""
    source = file.source
    if is_left(file):
        if held is not None and held.key == source.key:
            raise OverwrittenError(held.key)
        return source.key, True
    Bucket(source.bucket).copy(source, key)
    return key, False
