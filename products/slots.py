"""The one place that a user-defined cube of a source has in the archive, taken when it is requested.

Two users who ask at the same time both find the place free; the unique constraint decides, before anything is
computed.  Products do not know requests: whoever asks adds the phase of the holder's, `CubeExistsError.slot` names it.

A cube that is in force keeps its place while another request works at what is to replace it, and loses it in the very
transaction that stores that (docs/decisions/0036).  Whoever changes a place locks it before any row of a product.
"""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from archive import access
from archive.errors import ArchiveError
from archive.staff import Role, has_role
from products import change_letters, versions
from products.models import CubeSlot

ONE_PLACE = "one_user_cube_per_mous_and_source"


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
            _what_next(self.facts) if stored else "Wait for that one; if it fails, its place is free again.",
        )


class NotReplaceableError(ArchiveError):
    status = 409
    code = "not-replaceable"


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
        slot = _in_the_way(conflict, source)
        if slot is None:  # the holder gave it up in the moment between
            return reserve(source, request_id=request_id, by=by)
        raise CubeExistsError(slot, by=by) from conflict


def _in_the_way(conflict, source):
    """The place that is taken; a conflict of another kind is no answer to anybody."""
    if ONE_PLACE not in str(conflict):
        raise conflict
    return _slot_of(source)


def _slot_of(source):
    return CubeSlot.objects.select_related("mous__gous__project__pi", "source", "holder").filter(source=source).first()


def may_replace(slot, by) -> bool:
    return slot.holder_id == by.pk or has_role(by, Role.ARCHIVE_SCIENTIST)


def replaceable(product, by) -> bool:
    """Whether `by` may ask now for what is to take the place of this cube."""
    slot = CubeSlot.objects.filter(product=product, next_request_id=None).first()
    return slot is not None and may_replace(slot, by)


def reserve_next(source, *, replaces, request_id, by, reason):
    """Stand behind the cube `replaces` (its id) of `source`, for a request whose cube is to replace it."""
    slot = _slot_of(source)
    if slot is not None and not may_replace(slot, by):
        raise CubeExistsError(slot, by=by)
    next_ = {"next_request_id": request_id, "next_holder": by, "next_reason": reason, "next_at": timezone.now()}
    if not CubeSlot.objects.filter(source=source, product=replaces, next_request_id=None).update(**next_):
        raise NotReplaceableError(*_why_not(_slot_of(source), source, replaces))


def _why_not(slot, source, replaces):
    if slot is None:
        return (
            f"There is no user-defined cube of {source.name} to replace: its place is free.",
            "Send the request without `replaces`.",
        )
    if slot.product_id is None:
        return (
            f"The user-defined cube of {source.name} is not made yet: request {slot.request_id} works at it.",
            "Wait for that one, or abort it.",
        )
    if slot.product_id != replaces:
        return (
            f"The cube {replaces} is not the one of {source.name} that is in force: that is {slot.product_id}.",
            "Look at that one before you replace it.",
        )
    return (
        f"The cube {slot.product.name} is being replaced already, by request {slot.next_request_id} of "
        f"{slot.next_at:%Y-%m-%d}.",
        "Wait for that one; if it fails, you may ask again.",
    )


def hold(request_id):
    """Lock the place that a request has, or stands behind, until the transaction ends; None where it has none."""
    for mous in CubeSlot.objects.filter(next_request_id=request_id).values_list("mous", flat=True):
        change_letters.still(mous)
    mine = Q(request_id=request_id, product=None) | Q(next_request_id=request_id)
    return CubeSlot.objects.select_for_update().filter(mine).first()


def bind(request_id, product):
    """The cube that a request reserved a place for is stored; one that is in force there is superseded by it."""
    with transaction.atomic():
        if (slot := hold(request_id)) is None:
            raise SlotLostError(
                f"The cube {product.name} has no place in the archive any more: its request gave it up.",
                "Nothing is left of it; ask for the cube again.",
            )
        if slot.next_request_id == request_id:
            versions.replace(slot.product, product, by=slot.next_holder, holder=slot.holder, reason=slot.next_reason)
            _move_up(slot)
        slot.product = product
        slot.save()


def _move_up(slot):
    """The request that stood behind the cube has the place, and nobody stands behind it."""
    slot.request_id, slot.holder, slot.reserved_at = slot.next_request_id, slot.next_holder, slot.next_at
    slot.product = None
    _forget_next(slot)


def _forget_next(slot):
    slot.next_request_id = slot.next_holder = slot.next_at = None
    slot.next_reason = ""


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
    """The request failed or was aborted: its place is open to the next; a cube that it was to replace stays."""
    with transaction.atomic():
        slot = hold(request_id)
        if slot is None:
            return
        if slot.request_id == request_id:
            slot.delete()
        else:
            _forget_next(slot)
            slot.save()


def lock(product):
    """The place of this product, locked until the transaction ends; None where it has none."""
    change_letters.still(product.mous_id)
    return CubeSlot.objects.select_for_update().filter(product=product).first()


def vacate(slot):
    """Its product is withdrawn: the place is free, or that of the request that stood behind it."""
    if slot.next_request_id is None:
        slot.delete()
    else:
        _move_up(slot)
        slot.save()


def give_back(product, holder, *, by):
    """A cube that was withdrawn takes its place again; `CubeExistsError` where another has it."""
    try:
        with transaction.atomic():
            CubeSlot.objects.create(
                mous=product.mous,
                source=product.source,
                request_id=product.request_id,
                holder=holder,
                product=product,
            )
    except IntegrityError as conflict:
        slot = _in_the_way(conflict, product.source)
        if slot is None:  # as in `reserve`
            return give_back(product, holder, by=by)
        raise CubeExistsError(slot, by=by) from conflict
    return None


def _facts(slot, by, phase):
    """What may be said of the holder's request; the name only to the PI, staff and the holder herself."""
    product = f"{settings.SITE_URL}/api/products/{slot.product_id}/file" if slot.product_id else None
    named = access.knows_holder(by, slot.mous, slot.holder)
    replaces = slot.product_id and slot.next_request_id is None and may_replace(slot, by)
    return {
        "phase": phase,
        "date": slot.reserved_at.date().isoformat(),
        "product": product,
        "holder": slot.holder.get_username() if named else None,
        "replaces": str(slot.product_id) if replaces else None,
    }


def _what_next(facts):
    download = f"Download that one ({facts['product']}), or"
    if facts["replaces"]:
        return f"{download} replace it: send `replaces`: {facts['replaces']} with the request, and a `reason`."
    return f"{download} ask the helpdesk to withdraw it first."


def _told(facts):
    by = f" by {facts['holder']}" if facts["holder"] else ""
    phase = f", now {facts['phase']}" if facts["phase"] else ""
    return f" (asked for{by} on {facts['date']}{phase})"
