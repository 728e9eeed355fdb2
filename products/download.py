"""Handing out a product: who may have its bytes, which part of them, and what is said beside them.

What our answers must look like was measured on real clients (FEATURES 0.2): they verify nothing, so a wrong range ends
as a corrupt file that is called a success.  The bytes themselves are in products/streams.py.
"""

import base64
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.conf import settings
from django.urls import reverse
from django.utils.http import http_date, parse_http_date_safe

from archive import access, access_log
from archive.errors import ArchiveError
from products import listing, store
from products.losses import QuarantinedError
from products.models import Product

_RANGE = re.compile(r"bytes=(?:(\d{1,30})-(\d{0,30})|-(\d{1,30}))", re.ASCII)
# A right may end, and no copy that a browser or a proxy keeps would hear of it; and gzip files are sent as they are
NEVER_KEPT = "private, no-store, no-transform"
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")  # what is left is a token (RFC 9110, 5.6.2), which = and @ are not


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
    if product.quarantined_at:
        raise QuarantinedError(product)
    return product


def ground(product, *, by, now) -> access.Ground:
    """By which right `by` has the bytes, for the log; without one there are none."""
    if found := listing.ground(by, product, now):
        return found
    listing.require_permitted(product.pk, by, now)  # lost in this moment: hidden from her, it is not there
    raise access.refusal(product.mous)


def record(what, product, *, by, now, bytes_asked):
    """Write into the access log that `by` has the product; committed when this returns."""
    return access_log.write(
        what,
        product.mous,
        by=by,
        ground=ground(product, by=by, now=now),
        subject=product.pk,
        name=place(product),
        bytes_asked=bytes_asked,
    )


def place(product) -> str:
    """The file as the access log names it."""
    return str(PurePosixPath(product.directory, product.name))


def link_for(product, *, by, now) -> str | None:
    """A short-lived address at the object store itself, for public bytes; None where the store is not for readers.

    What is read with it is not seen here, so the log says that it was given.
    """
    if not (
        _store_is_for_readers() and Product.objects.filter(access.released(now, via="mous"), pk=product.pk).exists()
    ):
        return None
    record(access_log.What.LINK, product, by=by, now=now, bytes_asked=product.size)
    return store.open_store().link(product.key, name=safe_name(product.name), media_type=product.media_type)


def _store_is_for_readers() -> bool:
    return settings.S3["public_endpoint"] not in {"", settings.S3["endpoint"]}


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
    if not if_range or if_range == etag(product) or parse_http_date_safe(if_range) == changed(product):
        return True
    return if_range == _etag_at_the_store(product)


def _etag_at_the_store(file) -> str | None:
    """What was said of a file to who got it by a link (`link_for`): the store has an ETag of its own for the object.

    The same object lies under that key for ever, so it tells the same bytes.
    """
    if not (isinstance(file, Product) and _store_is_for_readers()):
        return None
    return store.open_store().ask("head_object", Key=file.key)["ETag"]


def etag(product) -> str:
    return f'"{product.sha256}"'


def changed(product) -> int:
    """Unix seconds since when the bytes are what they are."""
    return int(product.stored_at.timestamp())


def safe_name(name: str) -> str:
    """The name as it can stand unquoted in a header: real clients keep quotes as a part of the name."""
    return _UNSAFE.sub("_", name).lstrip(".") or "product"


def address(product_id, name: str) -> str:
    """Where the file is, below the site: it ends in the name under which programs save it."""
    return reverse("product-named", args=[product_id, safe_name(name)])


def headers(file) -> dict[str, str]:
    """What is said about a product, or an archive of several, with or without its bytes."""
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": f"attachment; filename={safe_name(file.name)}",
        "Accept-Ranges": "bytes",
        "ETag": etag(file),
        "Last-Modified": http_date(changed(file)),
        "Cache-Control": NEVER_KEPT,
        **succession(file),
    } | _digest(file.sha256)


def _digest(sha256):
    """RFC 9530: the digest of the whole file, also beside a part of it; of an archive it is not known beforehand."""
    whole = len(sha256) == 64
    return {"Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"} if whole else {}


def succession(product) -> dict[str, str]:
    """Of a version that was superseded, where the next one is (RFC 5829); it is of the same MOUS and rule."""
    if product.superseded_by_id is None:
        return {}
    where = settings.SITE_URL + reverse("product-file", args=[product.superseded_by_id])
    return {"Link": f'<{where}>; rel="successor-version"'}
