"""What is to be downloaded, from what was written: ids, names, uids, project codes, criteria, addresses.

Everything ends in products as the archive lists them, or in the address of a bundle.  Addresses are put together here
from ids: what an answer says of addresses is not followed to other places.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from altiplano_client import names
from altiplano_client.errors import NoAnswerError, RefusedError, UsageError
from altiplano_client.wire import Wire, origin

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PROJECT = re.compile(r"20\d\d\.[0-9A-Z]\.\d{5}\.[A-Z]+", re.IGNORECASE | re.ASCII)
_DELIVERY = re.compile(r"20\d\d\.0\.\d{5}\.[A-Z]+_\d{4}-\d\d-\d\d", re.IGNORECASE | re.ASCII)
_UID = re.compile(r"(uid)?[:/_]*A\d{3}[/_]X[0-9a-f]+[/_]X[0-9a-f]+", re.IGNORECASE)
_UID_IN_NAME = re.compile(r"uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+", re.IGNORECASE)
_PRODUCT = re.compile(r"/api/products/([0-9a-fA-F-]{36})/(file(/[^/]*)?)?")
_RAW = re.compile(r"/dataPortal/(.+)")
_CRITERION = re.compile(r"[a-z][a-z0-9_]*=.*", re.DOTALL)


@dataclass(frozen=True)
class Item:
    """One file; of a bundle, size and ETag are asked for later, and the sums inside it take the place of `sha256`."""

    key: str
    path: PurePosixPath  # below the directory
    address: str  # below the server's
    size: int = -1
    sha256: str = ""
    role: str = ""
    readable: bool = True
    etag: str = ""

    @property
    def strong_etag(self) -> str:
        return self.etag or f'"{self.sha256}"'

    @property
    def blocks(self) -> str:
        return f"/api/products/{self.key}/blocks"


def resolve(wire: Wire, written: list[str], *, flat: bool = False) -> list[Item]:
    """Each file once, in the order in which it was asked for."""
    criteria = [each for each in written if _CRITERION.fullmatch(each) and not _is_address(each)]
    found = {item.key: item for each in written if each not in criteria for item in _of(wire, each, flat)}
    if criteria:
        found.update({item.key: item for item in _of_search(wire, criteria, flat)})
    return _without_meeting(list(found.values()))


def _of(wire: Wire, text: str, flat: bool) -> Iterator[Item]:
    if _is_address(text):
        return _of_address(wire, text, flat)
    if _is_uuid(text):
        return iter([_product(wire, text, flat)])
    if _UID.fullmatch(unquote(text)):
        return iter(_of_uid(wire, unquote(text), flat))
    if _DELIVERY.fullmatch(text):
        return _of_mous(wire, text, flat)
    if _PROJECT.fullmatch(text):
        return _of_project(wire, text, flat)
    return iter(_named(wire, text, flat))


def pages(wire: Wire, path: str, query: list[tuple[str, str]]) -> Iterator[dict]:
    """The pages of a list, as long as there is a next one: of its address, the question alone is believed."""
    seen: set[str] = set()
    while True:
        asked = urlencode(query)
        if asked in seen:
            raise NoAnswerError("The archive names the same page again as the next one.")
        seen.add(asked)
        page = wire.json(f"{path}?{asked}")
        yield page
        if not page.get("next"):
            return
        query = parse_qsl(urlsplit(str(page["next"])).query, keep_blank_values=True)


def criteria_of(written: list[str]) -> list[tuple[str, str]]:
    """`target=TW Hya` as the API takes it; bare words are looked for as in the box on the site."""
    words = " ".join(each for each in written if not _CRITERION.fullmatch(each))
    pairs = [
        (name, value) for name, _, value in (each.partition("=") for each in written if _CRITERION.fullmatch(each))
    ]
    for name, value in pairs:
        if not value.strip():  # else a variable of a shell that is not set would ask for the whole archive
            raise UsageError(f"{name}= has no value.", "Give it one, or leave it out.")
    return pairs + ([("q", words)] if words else [])


def _of_mous(wire, uid, flat):
    return (item(row, flat) for row in _rows_of_mous(wire, uid))


def _rows_of_mous(wire, uid):
    for page in pages(wire, "/api/products/", [("mous", uid)]):
        yield from rows_of(page, "results")


def _of_uid(wire, uid, flat):
    """All files of a MOUS, or the raw data of an execution block."""
    try:
        return list(_of_mous(wire, uid, flat))
    except RefusedError as refusal:
        if refusal.http_status != 404:
            raise
    block = _segments(uid)
    rows = (row for mous in _found(wire, [f"uid={uid}"]) for row in _rows_of_mous(wire, mous))
    raw = [row for row in rows if row.get("role") == "raw" and _segments(str(row.get("eb"))) == block]
    if not raw:
        raise RefusedError(
            f"The archive has no MOUS {uid}, and no raw data of such an execution block.", http_status=404
        )
    return [item(row, flat) for row in raw]


def _segments(uid):
    """What is left of a uid when its spelling is taken off."""
    return re.findall(r"A\d{3}|X[0-9A-F]+", uid.upper())


def _of_project(wire, code, flat):
    told = wire.json(f"/api/projects/{quote(code)}/")
    for mous in rows_of(told, "mous"):
        yield from _of_mous(wire, _text(mous, "uid"), flat)


def _of_search(wire, criteria, flat):
    for uid in _found(wire, criteria):
        yield from _of_mous(wire, uid, flat)


def _found(wire, criteria):
    """uids of the MOUSs that are delivered here, of those that meet the criteria."""
    query = [*criteria_of(criteria), ("limit", "1000")]
    rows = (row for page in pages(wire, "/api/search/", query) for row in rows_of(page, "rows"))
    return dict.fromkeys(str(row["member_ous_uid"]) for row in rows if row.get("member_ous_uid") and row.get("mous"))


def _named(wire, name, flat):
    """By the uid in it, which is that of a MOUS or of an execution block."""
    inside = _UID_IN_NAME.search(name)
    if not inside:
        raise UsageError(
            f"{names.shown(name)!r} is no product id, uid, project code, file name or criterion.",
            "A file name must have a uid in it; criteria are written target=NAME.",
        )
    try:
        listed = list(_of_mous(wire, inside[0], flat))
    except RefusedError as refusal:
        if refusal.http_status != 404:
            raise
        listed = list(_of_search(wire, [f"uid={inside[0]}"], flat))
    found = [each for each in listed if each.path.name == names.safe(name)]
    if not found:
        raise RefusedError(f"The archive has no current file of the name {names.shown(name)}.", http_status=404)
    return found


def _of_address(wire, text, flat):
    address = text if text.startswith("/") else _below_server(wire, text)
    product = _PRODUCT.fullmatch(urlsplit(address).path)
    if product:
        return iter([_product(wire, product[1], flat)])
    if raw := _RAW.fullmatch(urlsplit(address).path):
        return _of(wire, unquote(raw[1]), flat)
    last = PurePosixPath(urlsplit(address).path).name
    return iter([Item(key=address, path=PurePosixPath(names.safe(last)), address=address)])


def _below_server(wire, text):
    base = urlsplit(wire.server).path
    parts = urlsplit(text)
    if origin(text) != origin(wire.server) or not parts.path.startswith(base + "/"):
        raise UsageError(f"{names.shown(text)} is not an address of {wire.server}.")
    return parts.path[len(base) :] + (f"?{parts.query}" if parts.query else "")


def _product(wire, key, flat):
    return item(wire.json(f"/api/products/{uuid.UUID(key)}/"), flat)


def item(row: dict, flat: bool = False) -> Item:
    """A product as the archive describes it; what it says must be what it can be."""
    try:
        key, size, sha256 = str(uuid.UUID(str(row["id"]))), int(row["size"]), str(row["sha256"])
    except (KeyError, ValueError, TypeError) as wrong:
        raise NoAnswerError("The archive describes a product in a way that this program does not know.") from wrong
    if size < 0 or not _SHA256.fullmatch(sha256):
        raise NoAnswerError("The archive describes a product without its size or checksum.")
    name = _text(row, "name")
    mous = _text(row, "mous").replace("://", "___").replace("/", "_")
    directories = () if flat else (mous, str(row.get("directory") or ""))
    return Item(
        key=key,
        path=names.safe_path(*directories, names.safe(name)),
        address=f"/api/products/{key}/file",
        size=size,
        sha256=sha256,
        role=str(row.get("role") or ""),
        readable=row.get("readable") is not False,
    )


def _without_meeting(items: list[Item]) -> list[Item]:
    paths = names.apart([(each.path, each.key) for each in items])
    return [Item(**{**vars(each), "path": path}) for each, path in zip(items, paths)]


def rows_of(told: dict, key: str) -> list[dict]:
    rows = told.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NoAnswerError("The answer is not that of an archive.")
    return rows


def _text(row: dict, key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise NoAnswerError(f"The archive left out {key!r} of a row.")
    return value


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://", "/"))


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return len(text) == 36
