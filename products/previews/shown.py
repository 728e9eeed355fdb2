"""Whom previews are shown: whoever may have the bytes of the file itself, at the same moment and by the same rule."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from django.db.models import Prefetch

from archive import access, access_log
from archive.errors import ArchiveError
from products import download
from products.losses import MissingObjectError
from products.models import Preview, Previewing, Product
from products.store import open_store

SMALL = 256


class UnknownPreviewError(ArchiveError):
    status = 404
    code = "unknown-preview"

    def __init__(self, product, name):
        super().__init__(f"{product.name} has no preview {name}.", "List its previews to see what there is.")


@dataclass(frozen=True)
class Previews:
    product: Product
    state: str
    problem: str
    previews: list[Preview]

    @property
    def large(self) -> list[Preview]:
        return [one for one in self.previews if one.width and one.width > SMALL]

    @property
    def numbers(self) -> Preview | None:
        return next((one for one in self.previews if one.kind == Preview.Kind.NUMBERS), None)


def of_product(product_id, *, by, now) -> Previews:
    product = download.permitted(product_id, by=by, now=now)
    work = Previewing.objects.filter(product=product).first()
    return Previews(product, _state(work), work.problem if work else "", list(product.previews.all()))


def _state(work: Previewing | None) -> str:
    if work is None:
        return "none"
    return "made" if work.made_at else "failed" if work.problem else "due"


def find(product_id, name, *, by, now) -> tuple[Product, Preview]:
    product = download.permitted(product_id, by=by, now=now)
    found = product.previews.filter(name=name).first()
    if found is None:
        raise UnknownPreviewError(product, name)
    return product, found


def content(product, preview, *, by, now) -> bytes:
    """The bytes, once it is written down who has them; of public data that would only fill the log."""
    try:
        body = b"".join(open_store().stream(preview.key))
    except MissingObjectError as missing:
        raise UnknownPreviewError(product, preview.name) from missing
    _write_down(product, preview, by=by, now=now)
    return body


def _write_down(product, preview, *, by, now):
    ground = download.ground(product, by=by, now=now)
    if ground.rule in {access.Rule.RELEASED, access.Rule.CALIBRATOR}:
        return
    name = f"{PurePosixPath(product.directory, product.name)} {preview.name}"
    facts = {"subject": product.pk, "name": name, "bytes_asked": preview.size}
    begun = access_log.write(access_log.What.DOWNLOAD, product.mous, by=by, ground=ground, **facts)
    access_log.ended(begun, bytes_sent=preview.size, outcome=access_log.COMPLETE)


def with_thumbnails(products):
    """The same products, the small pictures of each in `thumbnails`; whether they are shown is up to its lock."""
    small = Preview.objects.filter(width=SMALL).order_by("pk")
    return products.prefetch_related(Prefetch("previews", small, to_attr="thumbnails"))
