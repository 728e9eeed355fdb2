"""Files made here become products: their bytes go to the store first, the rows are left to the caller.

The caller saves the rows in the transaction that ends the work, so a product is whole or is not there.  What is stored
by a step that fails afterwards is an orphan, and the sweep removes it.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archive.errors import ArchiveError
from archive.models import ExecutionBlock, MemberOUS, Source
from products import packing, store
from products.digests import BLOCK_BYTES
from products.models import Blocks, Product

MEDIA_TYPES = {".tar": "application/x-tar", ".fits": "application/fits", ".gz": "application/gzip"}


class ChangedResultError(ArchiveError):
    """What lies on disk is not what CASA reported."""

    status = 500
    code = "result-changed"

    def __init__(self, name):
        super().__init__(
            f"The result {name} is not the file that was checked after it was made.",
            "Nothing of it was archived. Request it again; staff: check the scratch disk.",
        )


@dataclass(frozen=True)
class Made:
    """One result on disk: a FITS file, or a MeasurementSet, which is a directory and is kept as a tar."""

    path: Path
    role: str
    size: int
    sha256: str | None = None  # of a file; a directory has none
    eb: ExecutionBlock | None = None
    source: Source | None = None
    mode: str = ""
    layer: str = ""
    spws: list[int] = field(default_factory=list)
    header: dict = field(default_factory=dict)

    @property
    def is_tree(self) -> bool:
        return self.path.is_dir()

    @property
    def name(self) -> str:
        return f"{self.path.name}.tar" if self.is_tree else self.path.name


@dataclass(frozen=True)
class Work:
    """What a set of results has in common: whose they are, which work made them, how it was done."""

    mous: MemberOUS
    request_id: uuid.UUID
    origin: str
    provenance: dict
    expires_at: object = None


class _Beating:
    """Reads through to `stream`, and says so: an upload of hours must be seen to go on."""

    def __init__(self, stream: BinaryIO, beat: Callable[[], None]):
        self._stream, self._beat = stream, beat

    def read(self, amount: int = -1) -> bytes:
        self._beat()
        return self._stream.read(amount)


def keep(made: Iterable[Made], work: Work, *, beat: Callable[..., None]) -> list[Product]:
    """Store the files; the products, not saved yet, each image's companions pointing to it and standing after it."""
    files = list(made)
    doors = store.open_store()
    products = []
    for number, one in enumerate(files):
        beat("delivering", number / len(files))
        products.append(_product(one, work, _stored(doors, one, beat)))
    return _joined(products)


def _stored(doors, one: Made, beat) -> store.Stored:
    if one.is_tree:
        packed = packing.PackedTree(packing.tree_entries(one.path, prefix=one.path.name))
        return doors.put(doors.new_key(one.name), _Beating(packed, beat), size=packed.size)
    with one.path.open("rb") as stream:
        stored = doors.put(doors.new_key(one.name), _Beating(stream, beat), size=one.size)
    if stored.sha256 != one.sha256:
        raise ChangedResultError(one.name)
    return stored


def _product(one: Made, work: Work, stored: store.Stored) -> Product:
    """Not saved yet, and neither are its `blocks`."""
    product = Product(
        mous=work.mous,
        eb=one.eb,
        source=one.source,
        origin=work.origin,
        role=one.role,
        name=one.name,
        spws=one.spws,
        mode=one.mode,
        layer=one.layer,
        stokes="I" if one.layer else "",
        header=one.header,
        key=stored.key,
        size=stored.size,
        sha256=stored.sha256,
        crc32=stored.crc32,
        media_type=MEDIA_TYPES[Path(one.name).suffix],
        request_id=work.request_id,
        provenance=work.provenance,
        expires_at=work.expires_at,
    )
    Blocks(product=product, block_bytes=BLOCK_BYTES, crcs=stored.blocks)
    return product


def save(products: Iterable[Product]) -> None:
    """Write the rows of `keep`, in its order; inside the transaction that ends the work."""
    for product in products:
        product.save(force_insert=True)
        product.blocks.save(force_insert=True)


def _joined(products: list[Product]) -> list[Product]:
    """Primary beam and mask are companions of the corrected image of the same source, mode and windows."""
    heads = {_subject(product): product for product in products if product.layer == "pbcor"}
    for product in products:
        if product.layer and product.layer != "pbcor":
            product.companion_of = heads.get(_subject(product))
    return sorted(products, key=lambda product: product.companion_of is not None)


def _subject(product: Product) -> tuple:
    return product.source_id, product.mode, tuple(product.spws)
