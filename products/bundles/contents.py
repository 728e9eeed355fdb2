"""What is in a bundle, for somebody who may have all of it now: its files, and the two lists that lie beside them.

One question to the database tells of every file both what it is and whether it is the reader's.  SHA256SUMS names the
digest of everything else in the archive, so its own digest is that of the bundle.
"""

import functools
import hashlib
import zlib
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, F, Q, UUIDField, When

from archive import access, repeated
from archive.errors import ArchiveError
from products import download, listing
from products.bundles.layout import Member

SUMS, MANIFEST = "SHA256SUMS", "manifest.json"
LISTS = 2  # members of an archive that are no products
FORM = 1  # of the manifest and of the archives; what is made in another form has another digest


class UnknownBundleError(ArchiveError):
    status = 404
    code = "unknown-bundle"

    def __init__(self, key):
        super().__init__(f"There is no bundle {key} in this archive.", "Choose its products again.")


class BundleChangedError(ArchiveError):
    status = 410
    code = "bundle-changed"

    def __init__(self, bundle):
        super().__init__(
            f"The bundle {bundle.name} cannot be made again as it was.",
            "Choose its products again: it gets a new address.",
        )


class File(NamedTuple):
    id: UUID
    size: int
    sha256: str
    crc32: int | None
    stored_at: datetime
    key: str
    mous: str
    superseded_at: datetime | None
    readable: bool
    kept: bool


# The files of a bundle in their order, each with its path, however many there are: nothing of them is sent there first
IN_ORDER = """
    SELECT told.*, wanted.path FROM products_bundle AS bundle,
        unnest(bundle.products, bundle.paths) WITH ORDINALITY AS wanted (product, path, place)
        JOIN ({rows}) AS told ON told.id = wanted.product
    WHERE bundle.id = %s ORDER BY wanted.place
"""
COLUMNS = tuple("mous__uid" if name == "mous" else name for name in File._fields)


class Contents(NamedTuple):
    bundle: object
    files: list[File]  # in the order of `bundle.paths`
    manifest: bytes
    sums: bytes

    @property
    def members(self) -> list[Member]:
        """Of an archive: the two lists, then the files."""
        at = int(self.bundle.made_at.timestamp())
        lists = [_list(SUMS, self.sums, at), _list(MANIFEST, self.manifest, at)]
        told = ((file.size, file.crc32, int(file.stored_at.timestamp())) for file in self.files)
        return lists + [Member(path, *of_it) for path, of_it in zip(self.bundle.paths, told, strict=True)]


def _list(path, content, at):
    return Member(path, len(content), zlib.crc32(content), at, content)


def opened(bundle, *, by, now) -> Contents:
    """All of `bundle`, if `by` may have all of it at `now`; the first file that she may not have says why.

    `bundle` knows the number of its `files` (`making`).
    """
    rows = _in_order(access.has_account(by), settings.PUBLIC_CALIBRATOR_IMAGES).every(
        binary=True, bundle=bundle.pk, reader=by.pk, now=now
    )
    if len(rows) < bundle.files:  # hidden from her, or gone: it is the same to her
        raise UnknownBundleError(bundle.pk)
    files = [File._make(row[:-1]) for row in rows]
    for file in files:
        if not (file.readable and file.kept):
            download.permitted(file.id, by=by, now=now)
    bundle.products, bundle.paths = [file.id for file in files], [row[-1] for row in rows]
    contents = of_files(bundle, files)
    if hashlib.sha256(contents.sums).hexdigest() != bundle.sums_sha256:
        raise BundleChangedError(bundle)
    return contents


def of_files(bundle, files) -> Contents:
    manifest = _manifest(bundle.name, bundle.paths, files)
    lines = [f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n"]
    lines += [f"{file.sha256}  {path}\n" for path, file in zip(bundle.paths, files, strict=True)]
    return Contents(bundle, files, manifest, "".join(lines).encode())


def _manifest(name, paths, files) -> bytes:
    told = [
        {
            "path": path,
            "size": file.size,
            "sha256": file.sha256,
            "stored_at": file.stored_at,
            "mous": file.mous,
            "product": file.id,
        }
        for path, file in zip(paths, files, strict=True)
    ]
    return orjson.dumps({"form": FORM, "name": name, "files": told}, option=orjson.OPT_INDENT_2)


def rows(ids, by, now):
    """Those of the products `ids` that `by` may know of, as `File`s are made of."""
    asked = _rows(access.has_account(by), settings.PUBLIC_CALIBRATOR_IMAGES)
    return asked.every(binary=True, products=list(ids), reader=by.pk, now=now)


@functools.cache
def _rows(account, calibrators):
    among = repeated.Among(F("pk"), repeated.Blank("products", ArrayField(UUIDField())))
    return repeated.Repeated(_told(account).filter(among).values_list(*COLUMNS))


@functools.cache
def _in_order(account, calibrators):
    return repeated.Repeated(_told(account).values_list(*COLUMNS), IN_ORDER, repeated.Blank("bundle", UUIDField()))


def _told(account):
    reader, now = repeated.Reader() if account else AnonymousUser(), repeated.now()
    is_kept = Case(When(listing.kept(now) & Q(quarantined_at=None), then=True), default=False)
    return listing.known(reader, now).annotate(kept=is_kept).order_by()
