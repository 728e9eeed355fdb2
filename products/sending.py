"""PUT requests of objects and of parts, signed with what was computed while their bytes were read; GET of some.

boto3 takes a millisecond of Python and more for each request, which is most of what a small file costs, and reads
every body again to sign it.  Here a body is signed by the SHA-256 that is known already; a part, whose own nobody
computes, by its CRC-32, which the server checks.  What is not answered by 200 is sent again by boto3 itself, which
knows when to try once more and what the errors mean (docs/decisions/0033, 0039).
"""

import base64
import ssl
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

import botocore.session
from boto3.s3.transfer import TransferConfig
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from products import signing
from products.lines import Body, Lines

COPY_PART_BYTES = 64 * 2**20


def crc_header(crc32: int) -> str:
    return base64.b64encode(crc32.to_bytes(4, "big")).decode()


def copying() -> TransferConfig:
    """How the server is told to copy an object: in parts, each of which it has done before it is taken to hang.

    At once it copies 5 GiB at most; of very large objects the parts grow, for there are 10 000 at most.
    """
    return TransferConfig(multipart_threshold=COPY_PART_BYTES, multipart_chunksize=COPY_PART_BYTES)


class Sender:
    """To one bucket, whose server is waited for as many `seconds` as by boto3."""

    def __init__(self, *, endpoint: str, bucket: str, region: str, keys: tuple[str, str], seconds: float):
        place = urlsplit(endpoint)
        self._lines = None if _proxies(place) else Lines(place, seconds=seconds, context=_context(place))
        self._signer = signing.Signer(*keys, region)
        self._host, self._base = place.netloc, f"{place.path.rstrip('/')}/{bucket}/"

    def put(self, key: str, body: Body, *, crc32: int, sha256: str = signing.UNSIGNED_PAYLOAD,
            part: dict[str, str] | None = None, is_new: bool = False) -> str:  # fmt: skip
        """The ETag; empty where it was not taken, for whatever reason.  What `is_new` is to write over nothing."""
        if self._lines is None:
            return ""
        headers = {"host": self._host, "x-amz-checksum-crc32": crc_header(crc32)}
        if is_new:
            headers["if-none-match"] = "*"
        path, query = self._base + signing.quoted(key), signing.query(part or {})
        signed = self._signer.signed("PUT", path, headers, payload=sha256, query=query)
        return self._lines.put(f"{path}?{query}" if query else path, signed, body)

    def get(self, key: str, start: int, stop: int) -> Iterator[bytes] | None:
        """Those bytes of an object, as `Lines.get`; None where they do not come, for whatever reason."""
        if self._lines is None:
            return None
        path, headers = self._base + signing.quoted(key), {"host": self._host, "range": f"bytes={start}-{stop - 1}"}
        signed = self._signer.signed("GET", path, headers, payload=signing.OF_NOTHING)
        return self._lines.get(path, signed, start, stop)


def _proxies(place: SplitResult) -> bool:
    """Whether boto3 would go by way of one; then it is left to it."""
    return bool(get_environ_proxies(place.geturl()).get(place.scheme))


def _context(place: SplitResult) -> ssl.SSLContext | None:
    """It trusts whom boto3 trusts."""
    if place.scheme != "https":
        return None
    bundle = botocore.session.get_session().get_config_variable("ca_bundle")
    return ssl.create_default_context(cafile=get_cert_path(bundle or True))
