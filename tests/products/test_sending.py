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


def put(server, body=BODY):
    sender = Sender(endpoint=server.endpoint, bucket="bucket", region="here", keys=("account", "secret"), seconds=1)
    return sender.put("key", body, crc32=0)


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
