"""SHA256SUMS of a directory, as `sha256sum` writes and reads it: what was downloaded, and what it has to be."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from altiplano_client.errors import UsageError, WrongBytesError
from altiplano_client.names import shown
from altiplano_client.part import room_or, sha256_of

SUMS = "SHA256SUMS"
_LINE = re.compile(r"(\\?)([0-9a-fA-F]{64}) [ *](.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}  # of sha256sum, in names; such a line begins with a backslash
_ESCAPED = {escape: letter for letter, escape in _ESCAPES.items()}
KEPT = "surrogateescape"  # names of files may be any bytes


@dataclass(frozen=True)
class Verdict:
    path: str
    problem: str  # empty: it is right


def read_sums(text: str) -> dict[str, str]:
    """SHA-256 by path; of several lines with one path, the last."""
    told = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.rstrip("\r"))
        if not match:
            raise WrongBytesError(f"Line {number} of {SUMS} is none that sha256sum writes.")
        told[_meant(match[3]) if match[1] else match[3]] = match[2].lower()
    return told


def _meant(name: str) -> str:
    return re.sub(r"\\[\\nr]", lambda escape: _ESCAPED[escape[0]], name)


def line_of(path: str, sha256: str) -> str:
    name = "".join(_ESCAPES.get(letter, letter) for letter in path)
    return f"{'' if name == path else chr(92)}{sha256}  {name}\n"


class Sums:
    """The list of one directory, added to by several threads; a path stands in it once."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / SUMS
        self._lock = threading.Lock()
        self._told = read_sums(self._path.read_text(encoding="utf-8", errors=KEPT)) if self._path.exists() else {}

    def add(self, path: PurePosixPath, sha256: str) -> None:
        with self._lock:
            before = self._told.get(str(path))
            self._told[str(path)] = sha256
            try:
                if before is None:
                    self._append(line_of(str(path), sha256))
                elif before != sha256:
                    self._write_again()
            except OSError as failed:
                raise room_or(failed, self._path) from failed

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8", errors=KEPT) as file:
            file.write(line)

    def _write_again(self) -> None:
        new = self._path.with_name(f"{SUMS}.part")
        new.write_text("".join(line_of(*each) for each in self._told.items()), encoding="utf-8", errors=KEPT)
        os.replace(new, self._path)


def verify(directory: Path, jobs: int = 2) -> Iterator[Verdict]:
    """What each SHA256SUMS in the directory says of the files beside and below it."""
    lists = sorted(directory.rglob(SUMS))
    if not lists:
        raise UsageError(f"There is no {SUMS} in {directory}, so nothing says what its files have to be.")
    with ThreadPoolExecutor(jobs) as pool:
        for each in lists:
            told = read_sums(each.read_text(encoding="utf-8", errors=KEPT))
            place = each.parent
            yield from pool.map(lambda line, place=place: _verdict(directory, place, *line), told.items())


def _verdict(directory: Path, place: Path, path: str, sha256: str) -> Verdict:
    name = str((place / shown(path)).relative_to(directory))
    steps = PurePosixPath(path)
    if steps.is_absolute() or ".." in steps.parts:
        return Verdict(name, "leads out of the directory")
    file = place / path
    try:
        return Verdict(name, "" if sha256_of(file) == sha256 else "differs from its SHA-256")
    except FileNotFoundError:
        return Verdict(name, "is missing")
    except OSError as failed:
        return Verdict(name, f"cannot be read: {failed.strerror}")
