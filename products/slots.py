"""The one place that a user-defined cube of a source has in the archive, taken when it is requested.

Two users who ask at the same time both find the place free; the unique constraint decides, before anything is
computed.  Products do not know requests: whoever asks adds the phase of the holder's, `CubeExistsError.slot` names it.
"""

from django.conf import settings
from django.db import IntegrityError, transaction

from archive import access
from archive.errors import ArchiveError
from products.models import CubeSlot


class CubeExistsError(ArchiveError):
    status = 409
    code = "cube-exists"

    def __init__(self, slot, *, by, phase=""):
        self.slot = slot
        self.facts = _facts(slot, by, phase)
        stored = slot.product_id is not None
        super().__init__(
            f"A user-defined cube of {slot.source.name} in {slot.mous.uid} "
            f"{'is already archived' if stored else 'has already been requested'}{_told(self.facts)}. "
            "The archive holds one per MOUS and source, whatever its spectral window.",
            f"Download that one ({self.facts['product']}), or ask the helpdesk to withdraw it first."
            if stored
            else "Wait for that one; if it fails, its place is free again.",
        )


class SlotLostError(ArchiveError):
    """The place was given away, by an abort or a withdrawal, before the cube could take it."""

    status = 409
    code = "slot-lost"


class NoCubeError(ArchiveError):
    status = 409
    code = "no-cube"

    def __init__(self, request_id):
        super().__init__(
            f"The request {request_id} holds no archived cube.",
            "A request that has not ended is aborted instead; a cube that was withdrawn is gone already.",
        )


def reserve(source, *, request_id, by):
    """Take the place of `source` for a request; `CubeExistsError` where it is taken."""
    try:
        with transaction.atomic():
            return CubeSlot.objects.create(mous_id=source.mous_id, source=source, request_id=request_id, holder=by)
    except IntegrityError as conflict:
        slot = _slot_of(source)
        if slot is None:  # the holder gave it up in the moment between
            return reserve(source, request_id=request_id, by=by)
        raise CubeExistsError(slot, by=by) from conflict


def _slot_of(source):
    return CubeSlot.objects.select_related("mous__gous__project__pi", "source", "holder").filter(source=source).first()


def bind(request_id, product):
    """The cube that a request reserved a place for is stored."""
    if not CubeSlot.objects.filter(request_id=request_id, product=None).update(product=product):
        raise SlotLostError(
            f"The cube {product.name} has no place in the archive any more: its request gave it up.",
            "Nothing is left of it; ask for the cube again.",
        )


def cube_of(request_id):
    """The archived cube that a request holds the place for, or None."""
    slot = CubeSlot.objects.select_related("product").filter(request_id=request_id).first()
    return slot and slot.product


def require_cube(request_id):
    """The same, or `NoCubeError`."""
    if cube := cube_of(request_id):
        return cube
    raise NoCubeError(request_id)


def free(request_id):
    """The request failed, was aborted, or its cube was withdrawn: the place is open to the next."""
    CubeSlot.objects.filter(request_id=request_id).delete()


def _facts(slot, by, phase):
    """What may be said of the holder's request; the name only to the PI, staff and the holder herself."""
    product = f"{settings.SITE_URL}/api/products/{slot.product_id}/file" if slot.product_id else None
    named = access.knows_holder(by, slot.mous, slot.holder)
    return {
        "phase": phase,
        "date": slot.reserved_at.date().isoformat(),
        "product": product,
        "holder": slot.holder.get_username() if named else None,
    }


def _told(facts):
    by = f" by {facts['holder']}" if facts["holder"] else ""
    phase = f", now {facts['phase']}" if facts["phase"] else ""
    return f" (asked for{by} on {facts['date']}{phase})"
