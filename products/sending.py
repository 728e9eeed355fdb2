"""PUT requests of objects and of parts, signed with what was computed while their bytes were read.

boto3 takes a millisecond of Python for each request, which is most of what a small file costs, and reads every body
again to sign it.  Here a body is signed by the SHA-256 that is known already; a part, whose own nobody computes, by its
CRC-32, which the server checks.  What is not answered by 200 is sent again by boto3 itself, which knows when to try
once more and what the errors mean.
"""

import base64
from typing import BinaryIO
from urllib.parse import quote

from boto3.s3.transfer import TransferConfig
from botocore.auth import UNSIGNED_PAYLOAD, S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, HTTPClientError

COPY_PART_BYTES = 64 * 2**20
Body = bytes | bytearray | BinaryIO


def crc_header(crc32: int) -> str:
    return base64.b64encode(crc32.to_bytes(4, "big")).decode()


def copying() -> TransferConfig:
    """How the server is told to copy an object: in parts, each of which it has done before it is taken to hang.

    At once it copies 5 GiB at most; of very large objects the parts grow, for there are 10 000 at most.
    """
    return TransferConfig(multipart_threshold=COPY_PART_BYTES, multipart_chunksize=COPY_PART_BYTES)


class _Signing(S3SigV4Auth):
    def payload(self, request):
        return request.context["payload"]


class Sender:
    """Of one client, whose connections it uses."""

    def __init__(self, client, *, endpoint: str, bucket: str, region: str, keys: tuple[str, str]):
        self._session = client._endpoint.http_session
        self._signing = _Signing(Credentials(*keys), "s3", region)
        self._base = f"{endpoint.rstrip('/')}/{bucket}/"

    def put(self, key: str, body: Body, *, crc32: int, sha256: str = UNSIGNED_PAYLOAD, part: dict | None = None,
            is_new: bool = False) -> str:  # fmt: skip
        """The ETag; empty where it was not taken, for whatever reason.  What `is_new` is to write over nothing."""
        headers = {"x-amz-checksum-crc32": crc_header(crc32)} | ({"If-None-Match": "*"} if is_new else {})
        request = AWSRequest("PUT", self._base + quote(key, safe="/~"), headers, body, params=part or {})
        request.context["payload"] = sha256
        self._signing.add_auth(request)
        try:
            answer = self._session.send(request.prepare())
        except (HTTPClientError, BotoCoreError):
            return ""
        return answer.headers.get("ETag", "") if answer.status_code == 200 else ""
