"""Identity providers for tests: a real one in a process of its own, and one of ours that can be made to lie."""

import base64
import contextlib
import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.urls import reverse

from altiplano import account_settings
from tests.service import free_port

CLIENT = "altiplano"
SECRET = "a-secret-of-the-two"
READY_SECONDS = 120
KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


def configured(issuer, monkeypatch):
    """What the settings say of providers when the variables name this issuer."""
    monkeypatch.setenv("ALTIPLANO_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("ALTIPLANO_OIDC_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("ALTIPLANO_OIDC_NAME", "ALMA")
    return {"openid_connect": {"APPS": [account_settings._provider(issuer)]}}


@contextlib.contextmanager
def real_provider(log, *people):
    """The address of an `oidc-provider-mock` that knows `people` by their claims."""
    port = free_port()
    known = [word for claims in people for word in ("--user-claims", json.dumps(claims))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *known]
    with log.open("w") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written)
    try:
        _await(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=120)


def _await(address, process, log):
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{address}/.well-known/openid-configuration", timeout=5).ok:
                return
        time.sleep(0.1)
    raise AssertionError(f"the provider did not start: {log.read_text()}")


def begin(client, **query):
    """Press the button; returned is where the browser is sent."""
    answer = client.post(reverse("openid_connect_login", args=["sso"]) + (f"?{urlencode(query)}" if query else ""))
    return answer["Location"]


def come_back(client, sent_to):
    """Follow the provider's redirect back to us."""
    back = urlsplit(requests.get(sent_to, allow_redirects=False, timeout=30).headers["Location"])
    return client.get(f"{back.path}?{back.query}")


class Issuer:
    """What it says may be changed: `claims`, `userinfo`, `sign`, `discovery`, `keys`; `asked` is what it heard."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.claims, self.userinfo, self.discovery = {}, {}, {}
        self.sign = signed
        self.keys = [public_jwk(KEY)]
        self.asked = {}

    def configuration(self):
        paths = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        told = {f"{name}_endpoint": f"{self.address}/{path}" for name, path in paths.items()}
        return {"issuer": self.address, "jwks_uri": f"{self.address}/keys"} | told | self.discovery

    def id_token(self):
        now = int(time.time())
        honest = {"iss": self.address, "aud": CLIENT, "sub": "17", "iat": now, "exp": now + 300}
        return self.sign(honest | {"nonce": self.asked["nonce"]} | self.claims)

    def token(self, sent):
        """PKCE as RFC 7636 has it: who brings the code must know what the challenge was made of."""
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != self.asked["code_challenge"]:
            return None
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token()}


def public_jwk(key, **changes):
    return json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": "one", "use": "sig"} | changes


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def signed(claims, key=KEY, algorithm="RS256", **headers):
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "one"} | headers)


def by_hand(claims, algorithm, secret=b""):
    """A token as no library would make it: unsigned, or with a public key for a shared secret."""
    parts = [{"typ": "JWT", "alg": algorithm, "kid": "one"}, claims]
    words = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    mac = hmac.new(secret, words.encode(), "sha256").digest() if secret else b""
    return f"{words}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


@contextlib.contextmanager
def own_issuer():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.issuer = Issuer(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=30)


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        where = urlsplit(self.path)
        issuer = self.server.issuer
        if where.path == "/authorize":
            issuer.asked = dict(parse_qsl(where.query))
            back = urlencode({"code": "once", "state": issuer.asked["state"]})
            return self._send(302, None, Location=f"{issuer.asked['redirect_uri']}?{back}")
        answers = {
            "/.well-known/openid-configuration": issuer.configuration,
            "/keys": lambda: {"keys": issuer.keys},
            "/userinfo": lambda: {"sub": "17"} | issuer.userinfo,
        }
        return self._send(200, answers[where.path]())

    def do_POST(self):
        sent = {name: values[0] for name, values in parse_qs(self._body()).items()}
        told = self.server.issuer.token(sent)
        self._send(200 if told else 400, told or {"error": "invalid_grant"})

    def _body(self):
        return self.rfile.read(int(self.headers["Content-Length"])).decode()

    def _send(self, status, told, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        body = b"" if told is None else json.dumps(told).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Nothing: tests read what is said where they asked for it."""
