"""Raw data by execution block: ALMA's users know them as `<project code>_<uid of the block>.asdm.sdm.tar`.

ALMA's own address of it ends in that name, so here the name, or the uid alone in any spelling, names the block too
(FACTS 2.1, FEATURES 0.7).  A block whose MOUS is hidden from the reader is no block at all.
"""

import re

from django.urls import reverse

from archive import access, uids
from archive.errors import ArchiveError
from archive.models import ExecutionBlock
from products import download
from products.models import Product

_FILE = re.compile(r"(?:[0-9A-Z.]+_)?(uid___A\d{3}_X[0-9a-f]+_X[0-9a-f]+)[._]asdm\.sdm(?:\.tar)?", re.I | re.ASCII)


class UnknownBlockError(ArchiveError):
    status = 404
    code = "unknown-block"

    def __init__(self, uid):
        super().__init__(
            f"There is no execution block {uid} in this archive.",
            "Look for its project or its MOUS: the page of a MOUS lists its execution blocks.",
        )


class NoRawDataError(ArchiveError):
    status = 404
    code = "raw-data-not-here"

    def __init__(self, block):
        super().__init__(
            f"The raw data of the execution block {block.uid} are not in this archive.",
            f"They come with the delivery of {block.mous.uid}; until then ask for them at ALMA's archive.",
        )


def uid_of(text: str) -> str:
    """The uid of the block that a name of a raw file, or a uid in any spelling, is about."""
    match = _FILE.fullmatch(text)
    return uids.canonical(match[1] if match else text)


def key_of(text: str, *, by, now):
    """Key of the raw data in force of the block that `text` names, whether `by` may have their bytes or not."""
    uid = uid_of(text)
    shown = access.visible_to(by, now, via="mous")
    block = ExecutionBlock.objects.select_related("mous").filter(shown, uid=uid).first()
    if block is None:
        raise UnknownBlockError(uid)
    key = in_force(eb=block).values_list("pk", flat=True).first()
    if key is None:
        raise NoRawDataError(block)
    return key


def in_force(**of):
    """Raw files in force; a withdrawn one only says why it is gone, so it comes last."""
    rows = Product.objects.filter(origin=Product.Origin.DELIVERED, role="raw", superseded_at=None, **of)
    return rows.order_by("-withdrawn_at", "-stored_at", "pk")


def address(product) -> str:
    """Where the raw data of a block are: ALMA's path and file name, which lead to the version in force."""
    return reverse("raw-data", args=[download.safe_name(product.name)])


def beside(blocks, products) -> list:
    """The execution blocks of a MOUS, each with `raw`: its raw file among the `products` that are listed, or None."""
    files = {product.eb_id: product for product in products if product.role == "raw"}
    blocks = list(blocks)
    for block in blocks:
        block.raw = files.get(block.pk)
    return blocks
