"""One file: fetched, gone on with where it was cut, compared with its SHA-256, mended, put in place."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from altiplano_client import names
from altiplano_client.errors import ClientError, CutError, RefusedError, WrongBytesError
from altiplano_client.part import PIECE, Part, sha256_of
from altiplano_client.wanted import Item
from altiplano_client.wire import LOST, Wire, reason

MOST_ROUNDS = 8  # of mending one file
MOST_FRESH = 2  # times that one is fetched from the beginning
_DIGEST = re.compile(r'"[0-9a-f]{64}"')
_PLACE = re.compile(r"bytes (\d+)-(\d+)/(\d+)", re.ASCII)


@dataclass(frozen=True)
class Span:
    start: int
    stop: int


class Fetch:
    """`came` is told of each piece: how many bytes were written."""

    def __init__(self, wire: Wire, item: Item, directory: Path, came: Callable[[int], None]) -> None:
        self._wire = wire
        self._item = item
        self._came = came
        self.target = directory / item.path

    def run(self, *, repair: bool = False) -> bool:
        """Whether anything was to be done; afterwards the file is there, and right."""
        part_path = self.target.with_name(names.part_of(self.target.name, self._key()))
        if self.target.exists():
            if self._is_right():
                return False
            if not repair:
                raise WrongBytesError(f"{self.target} is there and differs from the archive's.", "--repair mends it.")
            self.target.replace(part_path)
        with Part(part_path) as part:
            self._make_right(part)
            part.become(self.target)
        return True

    def _key(self) -> str:
        return self._item.sha256

    def _fits(self, part: Part) -> bool:
        return part.sha256() == self._item.sha256

    def _is_right(self) -> bool:
        return self.target.stat().st_size == self._item.size and sha256_of(self.target) == self._item.sha256

    def _make_right(self, part: Part) -> None:
        for _ in range(MOST_FRESH):
            self._complete(part)
            for _ in range(MOST_ROUNDS):
                if self._fits(part):
                    return
                if not self._mend(part):
                    break
            part.cut(0)
        raise WrongBytesError(f"{self._item.path}: what comes never fits its SHA-256.", "Tell the helpdesk.")

    def _complete(self, part: Part) -> None:
        """All bytes, right or wrong: a part that is too long is cut, one that is too short gone on with."""
        if part.size > self._item.size:
            part.cut(self._item.size)
        self.fill(part, Span(part.size, self._item.size))

    def fill(self, part: Part, span: Span) -> None:
        """The bytes of `span`, asked for again from where they ended as long as more of them come."""
        at, attempt = span.start, 0
        while at < span.stop:
            before = at
            try:
                for piece in self._pieces(at, span.stop):
                    part.write(at, piece)
                    at += len(piece)
                    self._came(len(piece))
                lost: BaseException = CutError("the connection was cut")
            except (*LOST, CutError) as cut:
                lost = cut
            attempt = 0 if at > before else attempt + 1
            if attempt > self._wire.retries:
                raise CutError(f"{self._item.path}: {reason(lost)}.", "What came is kept; try again later.") from lost
            if attempt:
                self._wire.pause(attempt)

    def _pieces(self, start: int, stop: int):
        """From `start` on, never more than was asked for; fewer where the connection ends."""
        whole = start == 0 and stop == self._item.size
        headers = {} if whole else {"Range": f"bytes={start}-{stop - 1}", "If-Range": self._item.strong_etag}
        with self._wire.open(self._item.address, headers) as answer:
            self._require_same(answer)
            skip = self._before(answer, start)
            left = stop - start
            while left and (piece := answer.read1(PIECE)):
                self._wire.require_going()
                skip, piece = max(0, skip - len(piece)), piece[skip:]
                yield piece[:left]
                left -= len(piece[:left])

    def _before(self, answer: http.client.HTTPResponse, start: int) -> int:
        """How many bytes of the answer come before `start`: all of them where it is the whole file after all."""
        if answer.status == 200:
            return start
        place = _PLACE.fullmatch(answer.headers.get("Content-Range", ""))
        if answer.status != 206 or not place or (int(place[1]), int(place[3])) != (start, self._item.size):
            raise CutError("another part came than was asked for")
        return 0

    def _require_same(self, answer: http.client.HTTPResponse) -> None:
        """The store itself, where bytes may come from, has an ETag of its own: the checksum tells in the end."""
        told = answer.headers.get("ETag", "")
        if _DIGEST.fullmatch(told) and told != self._item.strong_etag:
            raise RefusedError(f"{self._item.path} was replaced in the archive meanwhile.", "Run the command again.")

    def _mend(self, part: Part) -> bool:
        """Whether some blocks differed, and were fetched again."""
        try:
            told = self._wire.json(self._item.blocks)
        except RefusedError as refusal:
            if refusal.http_status == 404:
                return False
            raise
        spans = damaged(part, told, self._item)
        for span in spans:
            self.fill(part, span)
        return bool(spans)


def damaged(part: Part, told: dict, item: Item) -> list[Span]:
    """Where the part differs from what the archive says of its blocks; neighbours together.

    Nothing where the archive tells of another file or not all of it.
    """
    size, crcs = told.get("block_bytes"), told.get("crc32")
    if not isinstance(size, int) or not isinstance(crcs, list) or size < 1024 or told.get("sha256") != item.sha256:
        return []
    here = part.crcs(size)
    if len(here) != len(crcs):
        return []
    spans: list[Span] = []
    for number, _ in ((number, crc) for number, crc in enumerate(crcs) if crc != here[number]):
        start, stop = number * size, min((number + 1) * size, item.size)
        if spans and spans[-1].stop == start:
            start = spans.pop().start
        spans.append(Span(start, stop))
    return spans


def failed(error: ClientError, item: Item) -> str:
    """The sentence that names the file, whatever the error was about."""
    told = error.told()
    return told if item.path.name in told else f"{item.path}: {told}"
