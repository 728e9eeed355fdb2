"""Handing out the bytes of a product: who may, which part, and for how long.

Access may end while a terabyte flows, so the rule is asked again every few megabytes; a reader who has lost it gets
fewer bytes than were promised, never a clean end.  What our answers must look like was measured on real clients
(FEATURES 0.2): they verify nothing, so a wrong range ends as a corrupt file that is called a success.
"""

import base64
import logging
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.http import http_date, parse_http_date_safe

from archive import access
from archive.errors import ArchiveError
from products import listing, store
from products.models import Product

CHECK_BYTES = 8 * 2**20
CHECK_SECONDS = 10.0  # a slow reader must not keep her access longer than a fast one
_RANGE = re.compile(r"bytes=(?:(\d{1,30})-(\d{0,30})|-(\d{1,30}))", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9._+=@-]")

log = logging.getLogger(__name__)


class ProductGoneError(ArchiveError):
    status = 410
    code = "product-gone"

    def __init__(self, product):
        if product.withdrawn_at:
            why = f"was withdrawn on {product.withdrawn_at:%Y-%m-%d}: {product.withdrawn_reason or 'no reason given'}"
        else:
            why = f"was kept until {product.expires_at:%Y-%m-%d} and has been removed"
        super().__init__(f"{product.name} {why}.", "Request it again, or ask the helpdesk.")


class UnsatisfiableRangeError(ArchiveError):
    status = 416
    code = "range-not-satisfiable"

    def __init__(self, size):
        super().__init__(f"The range begins behind the end of the file, which has {size} bytes.", "Ask for less.")
        self.headers = {"Content-Range": f"bytes */{size}"}


@dataclass(frozen=True)
class Span:
    """Bytes from `start` to before `stop`."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start


def permitted(product_id, *, by, now) -> Product:
    """The product, if it is still kept and `by` may have its bytes at `now`."""
    product = listing.require_permitted(product_id, by, now)  # first: why it is gone is not for everybody
    if product.withdrawn_at or (product.expires_at and product.expires_at <= now):
        raise ProductGoneError(product)
    return product


def link_for(product, now) -> str | None:
    """A short-lived address at the object store itself, for public bytes; None where the store is not for readers."""
    for_readers = settings.S3["public_endpoint"] not in {"", settings.S3["endpoint"]}
    if not (for_readers and Product.objects.filter(access.released(now, via="mous"), pk=product.pk).exists()):
        return None
    return store.open_store().link(product.key, name=safe_name(product.name), media_type=product.media_type)


def span_asked(product, header: str, if_range: str) -> Span | None:
    """The one part that is asked for; None for the whole, also where RFC 9110 (14.2) says to ignore the header."""
    match = _RANGE.fullmatch(header.strip())
    if not match or not _unchanged(product, if_range):
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        return _suffix(product.size, int(suffix))
    stop = min(int(last) + 1, product.size) if last else product.size
    if last and int(last) < int(first):
        return None
    if int(first) >= product.size:
        raise UnsatisfiableRangeError(product.size)
    return Span(int(first), stop)


def _suffix(size, length):
    if length == 0:
        raise UnsatisfiableRangeError(size)
    return Span(max(0, size - length), size) if size else None


def _unchanged(product, if_range):
    """Whether the reader's earlier part is of these very bytes: by strong ETag or by exact date (RFC 9110, 13.1.5)."""
    if not if_range or if_range == etag(product):
        return True
    return parse_http_date_safe(if_range) == changed(product)


def etag(product) -> str:
    return f'"{product.sha256}"'


def changed(product) -> int:
    """Unix seconds since when the bytes are what they are."""
    return int(product.stored_at.timestamp())


def safe_name(name: str) -> str:
    """The name as it can stand unquoted in a header: real clients keep quotes as a part of the name."""
    return _UNSAFE.sub("_", name).lstrip(".") or "product"


def headers(product) -> dict[str, str]:
    """What is said about the product with or without its bytes."""
    return {
        "Content-Type": product.media_type,
        "Content-Disposition": f"attachment; filename={safe_name(product.name)}",
        "Accept-Ranges": "bytes",
        "ETag": etag(product),
        "Last-Modified": http_date(changed(product)),
        # RFC 9530: the digest of the whole file, also beside a part of it.
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(product.sha256)).decode()}:",
        "Cache-Control": "private, no-cache, no-transform",
    }


def open_stream(product, span: Span, *, by) -> Iterator[bytes]:
    """The bytes of `span`.  The store has answered when this returns: a lost object is still an honest error."""
    pieces = _watched(product, span, by)
    next(pieces)
    return pieces


def _watched(product, span, by):
    with closing(store.open_store().stream(product.key, span.start, span.stop)) as stored:
        first = next(stored, b"")
        _give_connection_back()
        yield b""
        unchecked, checked_at = 0, time.monotonic()
        for piece in chain([first], stored):
            if unchecked >= CHECK_BYTES or time.monotonic() - checked_at > CHECK_SECONDS:
                _require_still(product, by)
                unchecked, checked_at = 0, time.monotonic()
            yield piece
            unchecked += len(piece)


def _require_still(product, by):
    """The same question as at the start, asked of the rows as they are now; no connection is held after it."""
    try:
        if by.is_authenticated:
            by.refresh_from_db(fields=["is_active", "is_staff"])
        permitted(product.pk, by=by, now=timezone.now())
    except ArchiveError as error:
        log.warning("Cut off a download of product %s: %s", product.pk, error.code)
        raise
    finally:
        _give_connection_back()


def _give_connection_back():
    """To the pool: a terabyte takes hours, and there are fewer connections than readers."""
    if not connection.in_atomic_block:
        connection.close()
