"""How the server is reached, which is as boto3 would reach it."""

import datetime
import ipaddress
import os
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from products.sending import Sender

BODY = b"the bytes"


def sender(server):
    return Sender(endpoint=server.endpoint, bucket="bucket", region="here", keys=("account", "secret"), seconds=1)


def put(server, body=BODY):
    return sender(server).put("key", body, crc32=0)


def test_behind_a_proxy_it_is_left_to_boto3(served, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "elsewhere")
    server = served()

    assert put(server) == ""
    assert server.connections == 0


@pytest.fixture
def authority(tmp_path):
    """The certificate of 127.0.0.1, which signs itself, and what a server needs to show it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now, here = datetime.datetime.now(datetime.UTC), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now,
                                      now + datetime.timedelta(days=1))  # fmt: skip
    builder = builder.add_extension(x509.SubjectAlternativeName([here]), critical=True)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path = tmp_path / "authority.pem"
    path.write_bytes(certificate)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())  # fmt: skip
    (tmp_path / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, tmp_path / "key.pem")
    return path, context


def test_a_server_over_tls_is_trusted_when_boto3_is_told_to_trust_it(served, authority, monkeypatch):
    path, context = authority
    server = served(context=context)

    assert put(server) == ""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    large = os.urandom(10**6)
    assert [put(server), put(server, large)] == ['"1"', '"2"']
    assert [body for _, body in server.requests] == [BODY, large]


def test_bytes_of_an_object_come_over_tls_too(served, authority, monkeypatch):
    path, context = authority
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    part = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 4-6/9\r\n\r\nbye"
    long = os.urandom(10**6)
    more = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1000000\r\nContent-Range: bytes 0-999999/1000000\r\n\r\n"
    server = served(lambda number: part if number < 3 else more + long, context=context)
    reading = sender(server)

    assert [b"".join(reading.get("a key", 4, 7)) for _ in range(2)] == [b"bye", b"bye"]
    assert b"".join(reading.get("long", 0, len(long))) == long
    assert server.connections == 1
    assert server.requests[0][0].startswith(b"GET /bucket/a%20key HTTP/1.1\r\n")
    assert b"\r\nrange: bytes=4-6\r\n" in server.requests[0][0]
