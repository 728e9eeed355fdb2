"""HTTP as this program speaks it: redirects followed by hand, faults tried again, the token for one address alone.

urllib is kept for what it knows of proxies and certificates.  A redirect may lead to another port or host, where
bytes lie; the token is sent to the archive's own scheme, host and port and nowhere else, and no redirected address is
shown or written down, for it may hold a ticket.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import random
import ssl
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urljoin, urlsplit

from altiplano_client import __version__
from altiplano_client.account import Account
from altiplano_client.errors import ClientError, NoAnswerError, RefusedError, StoppedError, UsageError
from altiplano_client.names import shown

SECONDS = 60.0
MOST_REDIRECTS = 10
MOST_WAIT = 600.0
MOST_JSON = 256 * 2**20
AGAIN = {408, 429, 500, 502, 503, 504}
REDIRECTS = {301, 302, 303, 307, 308}
LOST = (OSError, http.client.HTTPException)  # cut, refused, timed out, not HTTP
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
PORTS = {"http": 80, "https": 443}


class _AsTheyAre(urllib.request.HTTPErrorProcessor):
    """Every answer is returned, whatever its status."""

    def http_response(self, request, response):
        return response

    https_response = http_response


class Wire:
    """The archive, asked by any number of threads."""

    def __init__(self, account: Account, *, retries: int = 8, seconds: float = SECONDS, plain_http: bool = False):
        self.server = account.server
        self.retries = retries
        self._token = account.token
        self._seconds = seconds
        self._origin = origin(account.server)
        self._opener = urllib.request.build_opener(_AsTheyAre)
        self._stop = threading.Event()
        if self._token and self._origin[0] == "http" and self._origin[1] not in LOOPBACK and not plain_http:
            raise UsageError(
                "Over http:// everybody on the way could read your token.", "Use https://, or say --plain-http."
            )

    def stop(self) -> None:
        """All threads end at their next step."""
        self._stop.set()

    def require_going(self) -> None:
        if self._stop.is_set():
            raise StoppedError

    def pause(self, attempt: int, told: float | None = None) -> None:
        """Before the next of several attempts: longer each time, or as long as the archive says."""
        seconds = min(30.0, 0.25 * 2**attempt) * random.uniform(0.5, 1.0) if told is None else min(told, MOST_WAIT)
        if self._stop.wait(seconds):
            raise StoppedError

    def json(self, path: str) -> dict:
        """The answer of an address of the API, or a `ClientError`."""
        for attempt in range(self.retries + 1):
            try:
                with self.open(path, {"Accept": "application/json"}) as answer:
                    return _read_json(answer)
            except LOST as lost:
                if attempt == self.retries:
                    raise NoAnswerError(f"{self.server} does not answer: {reason(lost)}.") from lost
            self.pause(attempt)
        raise AssertionError

    def open(self, path: str, headers: dict[str, str], method: str = "GET") -> http.client.HTTPResponse:
        """The answer with its body still to be read: of status 200, 206 or 416, else a `RefusedError`.

        Busy servers are waited for.  Raises one of `LOST` when the connection does not hold.
        """
        for attempt in range(self.retries + 1):
            self.require_going()
            answer = self._followed(self.server + path, headers, method)
            if answer.status in {200, 206, 416}:
                return answer
            with answer:
                refusal = refused(answer, path)
            if answer.status not in AGAIN or attempt == self.retries:
                raise refusal
            self.pause(attempt, _told_to_wait(answer))
        raise AssertionError

    def _followed(self, address: str, headers: dict[str, str], method: str) -> http.client.HTTPResponse:
        for _ in range(MOST_REDIRECTS):
            answer = self._asked(address, headers, method)
            where = answer.headers.get("Location")
            if answer.status not in REDIRECTS or not where:
                return answer
            answer.close()
            address = self._next(address, where)
        raise NoAnswerError(f"{self.server} redirects without end.")

    def _asked(self, address: str, headers: dict[str, str], method: str) -> http.client.HTTPResponse:
        sent = {"User-Agent": f"altiplano/{__version__}", "Accept-Encoding": "identity"} | _copy(headers)
        if self._token and origin(address) == self._origin:
            sent["Authorization"] = f"Token {self._token}"
        request = urllib.request.Request(address, headers=sent, method=method)  # noqa: S310 (only http and https are followed)
        try:
            return self._opener.open(request, timeout=self._seconds)
        except urllib.error.URLError as wrong:
            if isinstance(wrong.reason, ssl.SSLCertVerificationError):
                raise NoAnswerError(f"{self.server} has no valid certificate.") from wrong
            raise

    def _next(self, address: str, where: str) -> str:
        following = urljoin(address, where)
        parts = urlsplit(following)
        if parts.scheme not in PORTS or (urlsplit(address).scheme == "https" and parts.scheme == "http"):
            raise NoAnswerError(f"{self.server} redirects to an address that is not safe.")
        return following


def origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)


def reason(lost: BaseException) -> str:
    """Why a connection failed, without any address that was redirected to."""
    inner = getattr(lost, "reason", lost)
    return shown(getattr(inner, "strerror", None) or type(inner).__name__)


def refused(answer: http.client.HTTPResponse, path: str) -> ClientError:
    """What the archive says of a refusal, in its own words where it has some."""
    try:
        error = json.loads(answer.read(64 * 1024))["error"]
        sentence, remedy, code = (shown(error.get(key) or "") for key in ("sentence", "remedy", "code"))
    except (*LOST, ValueError, KeyError, TypeError, AttributeError):
        sentence, remedy, code = f"The archive answers {answer.status} for {shown(path.partition('?')[0])}.", "", ""
    if answer.status >= 500 or answer.status == 429:
        return NoAnswerError(sentence, remedy)
    return RefusedError(sentence, remedy, http_status=answer.status, code=code)


def _copy(headers):
    return {name: value for name, value in headers.items() if value}


def _read_json(answer) -> dict:
    body = answer.read(MOST_JSON)
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise NoAnswerError("The answer is not that of an archive.", "Look at the address of the server.")
    return told


def _told_to_wait(answer) -> float | None:
    text = (answer.headers.get("Retry-After") or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, IndexError):
        return None
