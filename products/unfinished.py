"""Multipart uploads that were begun and never ended: their parts take room, and no list of objects shows them.

A file of terabytes takes days to upload, so not its beginning counts but its last part: an upload of which nothing came
for `settings.UPLOAD_HOURS` is dead.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from products import keys
from products.losses import RefusedError
from products.store import Store, open_store

PAGE = 1000  # uploads, or parts, of one answer; S3 gives no more
ENDED = "NoSuchUpload"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upload:
    key: str
    number: str
    begun: datetime


def listed() -> Iterator[Upload]:
    """All that the store knows of, a page at a time."""
    for page in open_store().pages("list_multipart_uploads", PAGE):
        for entry in page.get("Uploads", []):
            yield Upload(entry["Key"], entry["UploadId"], entry["Initiated"])


def abandon_dead(now: datetime, *, dry_run: bool = False) -> int:
    """End those that are dead and free their parts; how many they were."""
    store, before = open_store(), now - timedelta(hours=settings.UPLOAD_HOURS)
    ours = (upload for upload in listed() if keys.is_ours(upload.key))
    return sum(_abandon(store, upload, dry_run) for upload in ours if _is_dead(store, upload, before))


def _is_dead(store: Store, upload: Upload, before: datetime) -> bool:
    if upload.begun >= before:
        return False
    try:
        return _last_part(store, upload) < before
    except RefusedError as refusal:
        _require_ended(refusal)
        return False


def _last_part(store: Store, upload: Upload) -> datetime:
    """When it came, or the upload was begun; parts come in any order."""
    pages = store.pages("list_parts", PAGE, Key=upload.key, UploadId=upload.number)
    return max([upload.begun, *(part["LastModified"] for page in pages for part in page.get("Parts", []))])


def _abandon(store: Store, upload: Upload, dry_run: bool) -> bool:
    if dry_run:
        return True
    try:
        store.ask("abort_multipart_upload", Key=upload.key, UploadId=upload.number)
    except RefusedError as refusal:
        _require_ended(refusal)
        return False
    log.info("abandoned an upload of %s, begun %s", upload.key, upload.begun)
    return True


def _require_ended(refusal: RefusedError) -> None:
    """It may have come to its end since it was listed."""
    if refusal.code != ENDED:
        raise refusal
