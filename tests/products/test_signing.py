"""Signatures as S3 wants them: an example of its documentation, and what boto3 says of the same requests."""

from datetime import UTC, datetime

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from products import signing
from products.signing import Signer

# S3 API reference, "Authenticating Requests (AWS Signature Version 4)", example "PUT Object"
ACCOUNT, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
WELCOME = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
SIGNATURE = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
THAT_DAY = datetime(2013, 5, 24, tzinfo=UTC)


def test_the_example_of_the_documentation_is_signed_as_it_says():
    headers = {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    path = signing.quoted("/test$file.text")
    signed = Signer(ACCOUNT, SECRET, "us-east-1").signed("PUT", path, headers, payload=WELCOME, now=THAT_DAY)

    assert path == "/test%24file.text"
    assert signed["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20130524/us-east-1/s3/aws4_request, "
        f"SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, Signature={SIGNATURE}"
    )


class Boto3(auth.S3SigV4Auth):
    def payload(self, request):
        return WELCOME


@pytest.mark.parametrize("key", ["a", "a b/+ü~'(1)*", "0c9a/product/Sgr_B2~x.fits", "a//b/../c", "%41?&=#"])
@pytest.mark.parametrize("asked", [{}, {"uploadId": "a/b+c=~", "partNumber": "12"}])
@pytest.mark.parametrize("day", [THAT_DAY, datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC)])
def test_every_key_and_part_is_signed_as_boto3_signs_it(key, asked, day, monkeypatch):
    headers = {"host": "127.0.0.1:8433", "x-amz-checksum-crc32": "AAAAAA==", "if-none-match": "*"}
    path = f"/altiplano/{signing.quoted(key)}"
    monkeypatch.setattr(auth, "get_current_datetime", lambda: day)
    theirs = AWSRequest("PUT", f"http://127.0.0.1:8433{path}", dict(list(headers.items())[1:]), params=asked)
    Boto3(Credentials(ACCOUNT, SECRET), "s3", "ska-1").add_auth(theirs)

    ours = Signer(ACCOUNT, SECRET, "ska-1").signed(
        "PUT", path, headers, payload=WELCOME, query=signing.query(asked), now=day
    )

    assert ours["authorization"] == theirs.headers["Authorization"]
