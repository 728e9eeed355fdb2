"""An archive of a bundle as it is offered: its layout, and what its headers say, as of any file."""

from dataclasses import dataclass
from datetime import datetime

from archive.errors import ArchiveError
from products.bundles import making, plans, tars, zips
from products.bundles.contents import Contents
from products.bundles.layout import Layout

KINDS = {"tar": (tars.layout, "application/x-tar"), "zip": (zips.layout, "application/zip")}


class UnknownArchiveError(ArchiveError):
    status = 404
    code = "unknown-archive"

    def __init__(self, name):
        super().__init__(f"This bundle has no file {name}.", "The page of the bundle names those that it has.")


class NoChecksumsError(ArchiveError):
    status = 409
    code = "no-checksums"

    def __init__(self, bundle):
        super().__init__(
            f"Some files of {bundle.name} came in before the checksums that a zip needs were kept.", "Take the tar."
        )


@dataclass(frozen=True)
class Archive:
    """What products/download.py says of a file, it can say of this."""

    contents: Contents
    kind: str
    layout: Layout

    @property
    def name(self) -> str:
        return f"{self.contents.bundle.name}.{self.kind}"

    @property
    def size(self) -> int:
        return self.layout.size

    @property
    def sha256(self) -> str:
        """For its ETag; the digest of its own bytes is not known before all are sent once."""
        return f"{self.contents.bundle.sums_sha256}-{self.kind}"

    @property
    def stored_at(self) -> datetime:
        return self.contents.bundle.made_at

    @property
    def superseded_by_id(self) -> None:
        """A bundle is fixed; which of its files have newer versions is said where it is described."""
        return None

    @property
    def media_type(self) -> str:
        return KINDS[self.kind][1]


def named(bundle, name, *, by, now) -> Archive:
    """The archive `name` of `bundle`, if `by` may have all of it."""
    kind = name.rpartition(".")[2]
    if kind not in KINDS or name != f"{bundle.name}.{kind}":
        raise UnknownArchiveError(name)
    plan = plans.opened(bundle, by=by, now=now)
    if kind == "zip" and any(file.crc32 is None for file in plan.contents.files):
        plan = _with_checksums(bundle, plan, by, now)
    return Archive(plan.contents, kind, plan.layout(KINDS[kind][0]))


def _with_checksums(bundle, plan, by, now):
    if not making.with_checksums(plan.contents.files):
        raise NoChecksumsError(bundle)
    plans.forget(bundle)
    return plans.opened(bundle, by=by, now=now)
