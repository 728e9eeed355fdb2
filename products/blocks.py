"""The checksums of a product's blocks, for whoever has it with a wrong byte somewhere.

Files that came in before these were kept are read once, when somebody asks, and what was found is kept.
"""

from django.db import transaction

from archive.errors import ArchiveError
from products import store
from products.digests import BLOCK_BYTES, Digests
from products.losses import CorruptObjectError
from products.models import Blocks, Product

READ_AT_MOST = 2**30  # reading more takes longer than a reader waits for an answer


class NoBlocksError(ArchiveError):
    status = 404
    code = "no-blocks"

    def __init__(self, product):
        super().__init__(
            f"No checksums of the blocks of {product.name} are kept, and it is too long to be read for them now.",
            "If your copy is damaged, download the whole file again; its SHA-256 tells when it is right.",
        )


def of(product) -> list[int]:
    """CRC-32 of each block of `BLOCK_BYTES`; the last block may be shorter.  The access rule has been asked."""
    found = Blocks.objects.filter(product=product).first() or _computed(product)
    return [int.from_bytes(found.crcs[at : at + 4], "big") for at in range(0, len(found.crcs), 4)]


def _computed(product) -> Blocks:
    if product.size > READ_AT_MOST:
        raise NoBlocksError(product)
    digests = Digests()
    for piece in store.open_store().stream(product.key, 0, product.size):
        digests.update(piece)
    if digests.sha256 != product.sha256:
        raise CorruptObjectError(product.key)
    return _kept(product, digests)


def _kept(product, digests) -> Blocks:
    """Who comes second finds the row of the first, which says the same."""
    with transaction.atomic():
        Product.objects.filter(pk=product.pk, crc32=None).update(crc32=digests.crc32)
        return Blocks.objects.get_or_create(
            product=product, defaults={"block_bytes": BLOCK_BYTES, "crcs": digests.blocks}
        )[0]
