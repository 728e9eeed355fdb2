"""What a job reads: one answer, for staging the files and for the order that names them.

Either the delivered files of every execution block, or, for imaging, the restored MeasurementSets that an earlier
request made from the same calibration and that are still kept for all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from archive import uids
from archive.errors import ArchiveError
from archive.models import ExecutionBlock
from products import listing
from products.models import Product
from restores.models import Phase, Request

# A result that expires sooner may be swept away while it is fetched.
STILL_KEPT = timedelta(hours=6)


class DeliveryChangedError(ArchiveError):
    status = 409
    code = "delivery-changed"

    def __init__(self, mous):
        super().__init__(
            f"The delivery of {mous.uid} has changed since the request was made.",
            "Ask again: a new request uses the delivery now in force.",
        )


@dataclass(frozen=True)
class BlockInputs:
    """The stored files that one execution block is restored from, or its kept restored MeasurementSet."""

    eb: ExecutionBlock
    session: str
    raw: Product | None = None
    flagversions: Product | None = None
    caltables: tuple[Product, ...] = ()
    restored: Product | None = None

    def products(self) -> Iterator[Product]:
        yield from (product for product in (self.raw, self.flagversions, self.restored) if product)
        yield from self.caltables


def inputs_of(request: Request) -> list[BlockInputs]:
    """Of every block of the request's calibration, in the order of observation."""
    delivery = request.calibration
    if not delivery.current:
        raise DeliveryChangedError(request.mous)
    blocks = sorted(
        ExecutionBlock.objects.filter(mous=request.mous, uid__in=delivery.blocks),
        key=lambda eb: uids.chronological(eb.uid),
    )
    if len(blocks) != len(delivery.blocks):
        raise DeliveryChangedError(request.mous)
    kept = _kept(request) if request.kind == Request.Kind.IMAGE else {}
    if all(eb.pk in kept for eb in blocks):
        return [BlockInputs(eb, delivery.blocks[eb.uid]["session"], restored=kept[eb.pk]) for eb in blocks]
    files = _Delivered(request)
    return [files.of_block(eb) for eb in blocks]


def _kept(request: Request) -> dict[int, Product]:
    """Restored MeasurementSets made from this calibration, by execution block; the latest of each."""
    makers = Request.objects.filter(
        mous=request.mous, kind=Request.Kind.RESTORE, phase=Phase.COMPLETED, calibration=request.calibration
    )
    kept = Product.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now() + STILL_KEPT),
        mous=request.mous,
        origin=Product.Origin.RESTORED,
        role="calibrated_ms",
        eb__isnull=False,
        withdrawn_at=None,
        superseded_at=None,
        request_id__in=makers.values("pk"),
    )
    return {product.eb_id: product for product in kept.order_by("stored_at")}


class _Delivered:
    """The delivered files in force, found by role and name."""

    def __init__(self, request: Request) -> None:
        self._request = request
        current = listing.current_delivered(request.mous)
        self._named = {(product.role, product.name): product for product in current}
        self._raw = {product.eb_id: product for product in current if product.role == "raw"}

    def of_block(self, eb: ExecutionBlock) -> BlockInputs:
        delivery = self._request.calibration
        block = delivery.blocks[eb.uid]
        try:
            return BlockInputs(
                eb=eb,
                session=block["session"],
                raw=self._raw[eb.pk],
                flagversions=self._named["flagversions", block["flagversions"]],
                caltables=tuple(self._named["caltables", name] for name in delivery.sessions[block["session"]]),
            )
        except KeyError as missing:
            raise DeliveryChangedError(self._request.mous) from missing
