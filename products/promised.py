"""Checksums that come with objects in a bucket, so that they can be registered before their bytes are read.

A listing is one of `sha256sum` (`SHA256SUMS`), or JSON: a list, or a line for each file, of objects with `name`,
`sha256` and, as far as known, `size`, `crc32` (number, or eight hexadecimal digits) and `md5`.  Names are paths below
the prefix.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from archive.errors import ArchiveError
from archive.readers.delivery_tree import flat
from archive.readers.origins import Tree
from products import sources
from products.sources import StoredFile, StoredTree

MOST_BYTES = 2**30
SHOWN = 20
_LINE = re.compile(r"([0-9a-f]{64}) [ *](?:\./)?(.+)", re.IGNORECASE)
_SHA256, _MD5, _CRC32 = (re.compile(rf"[0-9a-f]{{{digits}}}", re.IGNORECASE) for digits in (64, 32, 8))


class BadListingError(ArchiveError):
    code = "bad-listing"

    def __init__(self, listing: str, why: str) -> None:
        super().__init__(
            f"{listing} is no listing of checksums: {why}.",
            "Give lines of sha256sum, or JSON objects with name and sha256.",
        )


class PromisedAbsentError(ArchiveError):
    status = 409
    code = "promised-absent"

    def __init__(self, wrong: list[str]) -> None:
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        super().__init__(
            f"The bucket does not have what the listing says: {', '.join(wrong[:SHOWN])}{more}.",
            "Nothing was registered. Upload what is missing, or give the listing of this very prefix.",
        )


@dataclass(frozen=True)
class Promised:
    """What a listing says of one object; None and empty where it does not say it."""

    sha256: str
    size: int | None = None
    crc32: int | None = None
    md5: str = ""


def read(listing: str) -> dict[str, Promised]:
    """By name.  `listing` is a path, or the `s3://` address of an object."""
    (origin,) = flat(sources.opened([listing]))
    if isinstance(origin, Tree) or origin.size > MOST_BYTES:
        raise BadListingError(str(listing), "it is a directory, or too large")
    with origin.open() as stream:
        told = stream.read().decode("utf-8", errors="replace")
    try:
        found = dict(_objects(told) if told.lstrip()[:1] in ("[", "{") else _lines(told))
    except (ValueError, TypeError, KeyError) as error:
        raise BadListingError(str(listing), str(error) or type(error).__name__) from error
    if not found:
        raise BadListingError(str(listing), "no line of it names a file")
    return found


def chosen(origins: Iterable, promised: dict[str, Promised]) -> tuple[list[StoredTree], dict[StoredFile, Promised]]:
    """The trees with those objects alone that are promised, and what is promised of each."""
    trees, found, wrong = [], {}, []
    left = dict(promised)
    for tree in origins:
        files = {path: file for path, file in tree.files() if path in promised}
        found |= {file: promised[path] for path, file in files.items()}
        wrong += [f"{path} ({file.size} bytes)" for path, file in files.items() if _differs(file, promised[path])]
        left = {path: one for path, one in left.items() if path not in files}
        trees.append(StoredTree(tree.bucket, tree.prefix, tuple(files.values())))
    if wrong := [f"{path} (absent)" for path in left] + wrong:
        raise PromisedAbsentError(wrong)
    return trees, found


def _differs(file: StoredFile, one: Promised) -> bool:
    return one.size is not None and one.size != file.size


def _lines(told: str) -> Iterator[tuple[str, Promised]]:
    for line in filter(str.strip, told.splitlines()):
        if not (match := _LINE.fullmatch(line.strip())):
            raise ValueError(f"a line says {line[:80]!r}")
        yield match[2], Promised(match[1].lower())


def _objects(told: str) -> Iterator[tuple[str, Promised]]:
    whole = orjson.loads(told) if told.lstrip().startswith("[") else map(orjson.loads, filter(None, told.splitlines()))
    for one in whole:
        yield str(one["name"]).removeprefix("./"), _promised(one)


def _promised(one: dict[str, Any]) -> Promised:
    sha256, md5, size = str(one["sha256"]), str(one.get("md5") or ""), one.get("size")
    if not _SHA256.fullmatch(sha256) or (md5 and not _MD5.fullmatch(md5)):
        raise ValueError(f"the checksums of {one['name']!r} are none")
    if not (size is None or (type(size) is int and size >= 0)):
        raise ValueError(f"the size of {one['name']!r} is {size!r}")
    return Promised(sha256.lower(), size, _crc32(one.get("crc32")), md5.lower())


def _crc32(said: object) -> int | None:
    if said is None or (type(said) is int and 0 <= said < 2**32):
        return said
    if isinstance(said, str) and _CRC32.fullmatch(said):
        return int(said, 16)
    raise ValueError(f"{said!r} is no CRC-32")
