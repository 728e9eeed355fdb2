"""ObsCore rows from a TAP service, in windows of `lastModified`.

A service gives so many rows and no more: a window that has more is halved.  What came is read by our own door
(archive/votable.py), not by the client, for it comes from outside.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import polars as pl
import pyvo
import requests
from urllib3.exceptions import HTTPError

from archive import votable
from archive.errors import ArchiveError
from archive.obscore import columns

TIMEOUT_S = (20, 600)  # to connect, and between two pieces of an answer
_SHORTEST = timedelta(milliseconds=1)


class ServiceError(ArchiveError):
    status = 502
    code = "tap-service"

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            f"The TAP service {address} gave no rows: {why}.",
            "What was loaded before stays; run the same command again, and it goes on from there.",
        )


@dataclass(frozen=True)
class Window:
    """Rows that were modified from `begin` on and before `end`, UTC."""

    begin: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{_stamp(self.begin)}..{_stamp(self.end)}"

    def halves(self) -> tuple["Window", "Window"]:
        middle = self.begin + (self.end - self.begin) / 2
        middle = middle.replace(microsecond=middle.microsecond // 1000 * 1000)
        return Window(self.begin, middle), Window(middle, self.end)


def windows(since: datetime, until: datetime, days: float) -> Iterator[Window]:
    begin = since
    while begin < until:
        end = min(begin + timedelta(days=days), until)
        yield Window(begin, end)
        begin = end


class Session(requests.Session):
    """Waits for no service for ever."""

    def request(self, *args, **kwargs):
        return super().request(*args, **({"timeout": TIMEOUT_S} | kwargs))


class Service:
    def __init__(self, address: str, *, most: int) -> None:
        if not _is_address(address):
            raise ServiceError(address, "it is no address that begins with http:// or https://")
        self.address, self.most, self.session = address.rstrip("/"), most, Session()
        self._columns: list[str] = []

    def rows(self, window: Window) -> Iterator[pl.DataFrame]:
        """All rows of a window, in as many answers as it takes."""
        answer = self._ask(window)
        if not answer.overflow:
            yield answer.rows
            return
        if window.end - window.begin <= 2 * _SHORTEST:
            raise ServiceError(self.address, f"it has more than {self.most} rows modified in {window}")
        for half in window.halves():
            yield from self.rows(half)

    def _ask(self, window: Window) -> votable.Answer:
        listed = ", ".join(self._wanted())
        query = (
            f"SELECT {listed} FROM ivoa.obscore WHERE lastModified >= '{_stamp(window.begin)}' "  # noqa: S608 (ADQL, ours)
            f"AND lastModified < '{_stamp(window.end)}'"
        )
        return self._answer(query, self.most)

    def _wanted(self) -> list[str]:
        """The columns that are used, as far as the service has them."""
        if not self._columns:
            there = self._answer("SELECT TOP 1 * FROM ivoa.obscore", 1).rows.columns
            self._columns = [name for name in there if columns.known(name) in columns.USED]
        return self._columns

    def _answer(self, query: str, most: int) -> votable.Answer:
        asked = pyvo.dal.TAPQuery(self.address, query, mode="sync", maxrec=most, session=self.session)
        try:
            answer = self._read(asked)
        except (pyvo.DALServiceError, pyvo.DALQueryError, requests.RequestException, HTTPError, OSError) as error:
            raise ServiceError(self.address, str(error).strip().partition("\n")[0].rstrip(".")) from error
        except votable.VOTableError as error:
            raise ServiceError(self.address, str(error).rstrip(".")) from error
        # A service that cuts its answer without saying so
        return votable.Answer(answer.rows, answer.overflow or (most > 1 and answer.rows.height >= most))

    def _read(self, asked: pyvo.dal.TAPQuery) -> votable.Answer:
        body = io.BytesIO(asked.execute_raw())
        try:
            return votable.read(body)
        except votable.VOTableError as error:
            if "answered with an error" not in str(error):
                asked.raise_if_error()  # what HTTP says is clearer than that there is no VOTable
            raise


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # of a host in brackets that are not closed
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
