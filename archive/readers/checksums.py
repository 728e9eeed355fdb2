"""A delivery's own listing of checksums (`md5sum.txt`, `SHA256SUMS`, `<file>.md5`): what each file promises to be.

Lines are those of `md5sum` and `sha256sum`, also with the `*` of binary mode, and BSD's `SHA256 (name) = digest`; the
kind is known by the length of the digest.  Lines of another form say nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.readers.facts import FileFacts

_LISTING = re.compile(r"(.*[._-])?(md5|sha256|check)sums?(\.(txt|md5|sha256))?|.+\.(md5|sha256)", re.IGNORECASE)
_GNU = re.compile(r"\\?([0-9a-f]{32}|[0-9a-f]{64})(?:\s+\*?(\S.*?))?\s*", re.IGNORECASE)
_BSD = re.compile(r"(?:MD5|SHA256)\s*\((.+)\)\s*=\s*([0-9a-f]{32}|[0-9a-f]{64})\s*", re.IGNORECASE)
_MOST_BYTES = 64 * 2**20
KINDS = {32: "md5", 64: "sha256"}


@dataclass(frozen=True)
class Promise:
    """What a listing says of one file."""

    kind: str  # "md5" or "sha256"
    digest: str
    listing: str  # the name of the file that says so

    def broken_by(self, digest: str) -> str:
        """Why a file with this digest is not what was promised, or nothing."""
        if digest == self.digest:
            return ""
        return f"{self.listing}, which came with it, gives {self.kind.upper()} {self.digest}; its own is {digest}."


def promises(files: Iterable[FileFacts]) -> dict[str, list[Promise]]:
    """Path below the member directory -> what the listings among `files` say of it."""
    files = list(files)
    by_name: dict[str, list[str]] = {}
    for file in files:
        by_name.setdefault(file.name, []).append(file.path)
    paths = {file.path for file in files}
    found: dict[str, list[Promise]] = {}
    for listing in files:
        if _LISTING.fullmatch(listing.name) and listing.size <= _MOST_BYTES:
            for name, digest in _lines(listing):
                promise = Promise(KINDS[len(digest)], digest.lower(), listing.name)
                for path in _meant(name, by_name, paths):
                    found.setdefault(path, []).append(promise)
    return found


def _lines(listing: FileFacts) -> Iterable[tuple[str, str]]:
    with listing.open() as stream:
        text = stream.read().decode("utf-8", errors="replace")
    for line in text.splitlines():
        if match := _GNU.fullmatch(line):
            yield match[2] or listing.name.rpartition(".")[0], match[1]
        elif match := _BSD.fullmatch(line):
            yield match[1], match[2]


def _meant(name: str, by_name: dict[str, list[str]], paths: set[str]) -> list[str]:
    """The file of that path below any directory, else the only one of that name."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    for start in range(len(parts)):
        if (path := "/".join(parts[start:])) in paths:
            return [path]
    named = by_name.get(parts[-1], []) if parts else []
    return named if len(named) == 1 else []
