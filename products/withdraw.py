"""Taking a product back: its row and history stay, its file is no longer handed out, the place of a cube is free.

The file of an image that was made here is kept for `settings.WITHDRAWN_DAYS`, in which it can be brought back.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from archive.errors import ArchiveError
from archive.staff import Role, has_role
from products import change_letters, slots
from products.models import CubeSlot, Product, ProductChange

WITHDRAWN, BROUGHT_BACK, REMOVED = (ProductChange.What[name] for name in ("WITHDRAWN", "BROUGHT_BACK", "REMOVED"))


class NotYoursToWithdrawError(ArchiveError):
    status = 403
    code = "not-yours-to-withdraw"

    def __init__(self, product):
        super().__init__(
            f"{product.name} can be withdrawn only by archive scientists, or by who requested it when it is a cube.",
            "Write to the helpdesk and say what is wrong with it.",
        )


class ReasonMissingError(ArchiveError):
    code = "reason-missing"

    def __init__(self, product):
        super().__init__(f"Nothing is done with {product.name} without a reason.", "Say in a sentence why.")


class AlreadyWithdrawnError(ArchiveError):
    status = 409
    code = "already-withdrawn"

    def __init__(self, product):
        super().__init__(f"{product.name} was withdrawn before.", "There is nothing more to do.")


class CompanionError(ArchiveError):
    status = 409
    code = "companion"

    def __init__(self, product):
        super().__init__(
            f"{product.name} belongs to {product.companion_of.name} and goes with it.", "Withdraw that one."
        )


class NotWithdrawnError(ArchiveError):
    status = 409
    code = "not-withdrawn"

    def __init__(self, product):
        super().__init__(f"{product.name} is not withdrawn.", "There is nothing to do.")


class NotHereAnyMoreError(ArchiveError):
    status = 409
    code = "not-here-any-more"

    def __init__(self, product):
        super().__init__(
            f"{product.name} was withdrawn on {product.withdrawn_at:%Y-%m-%d}, and its file has been removed since.",
            "Request the cube again.",
        )


class NotMadeHereError(ArchiveError):
    status = 409
    code = "not-made-here"

    def __init__(self, product):
        super().__init__(
            f"{product.name} is not an image that was made on request: those alone are brought back.",
            "Staff: ingest its delivery again. A restored MeasurementSet is requested again.",
        )


class NotYoursToBringBackError(ArchiveError):
    status = 403
    code = "not-yours-to-bring-back"

    def __init__(self, product):
        super().__init__(
            f"{product.name} can be brought back only by archive scientists, or by who withdrew it when it is a cube.",
            "Write to the helpdesk and say why it is needed.",
        )


def withdraw(product, *, by, reason) -> None:
    """By an archive scientist, or by the holder of the cube; its primary beam and mask go with it."""
    with transaction.atomic():
        slot = slots.lock(product)
        if product.withdrawn_at:  # its holder has no place any more by which she might
            raise AlreadyWithdrawnError(product)
        if not _may_withdraw(slot, by):
            raise NotYoursToWithdrawError(product)
        _take_back(product, slot, by, reason)


def may_withdraw(product, by) -> bool:
    return _may_withdraw(CubeSlot.objects.filter(product=product).first(), by)


def is_offered(product, by) -> bool:
    """Whether the page of a cube leads `by` to its withdrawal: where it is in the archive, and goes by itself."""
    is_here = product.role == "user_cube" and product.withdrawn_at is None and product.companion_of_id is None
    return is_here and may_withdraw(product, by)


def _may_withdraw(slot, by):
    return has_role(by, Role.ARCHIVE_SCIENTIST) or (slot is not None and slot.holder_id == by.pk)


def fail_qa(product, *, by, reason) -> None:
    """By an archive scientist: the product did not pass quality assurance, and its source may be imaged again."""
    if not has_role(by, Role.ARCHIVE_SCIENTIST):
        raise NotYoursToWithdrawError(product)
    with transaction.atomic():
        _take_back(product, slots.lock(product), by, reason, prefix="failed quality assurance: ")


def _take_back(product, slot, by, reason, *, prefix="") -> None:
    """Who it was stays with the archive; why is for whoever could have had the file."""
    if not reason.strip():
        raise ReasonMissingError(product)
    if product.companion_of_id:
        raise CompanionError(product)
    now, why = timezone.now(), prefix + reason.strip()
    if not _family(product).filter(withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by, withdrawn_reason=why):
        raise AlreadyWithdrawnError(product)
    holder = slot and slot.holder
    if slot:
        slots.vacate(slot)
    _written(product, WITHDRAWN, at=now, by=by, holder=holder, reason=why)
    product.refresh_from_db()


def _written(product, what, **said) -> None:
    """For ever, and to who has a copy."""
    change_letters.tell(ProductChange.objects.create(product=product, what=what, **said))


def _family(product):
    return Product.objects.filter(Q(pk=product.pk) | Q(companion_of=product))


def bring_back(product, *, by, reason) -> None:
    """What was made here and withdrawn is handed out again, and takes its place again where that is free.

    By an archive scientist, or by the holder of the cube where she withdrew it herself.
    """
    with transaction.atomic():
        found = Product.objects.select_for_update(of=["self"]).select_related("mous", "source").get(pk=product.pk)
        _require_returnable(found, by, reason)
        if (holder := _holder(found)) is not None:
            slots.give_back(found, holder, by=by)
        family = _family(found).filter(withdrawn_at=found.withdrawn_at)
        family.update(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
        _written(found, BROUGHT_BACK, by=by, holder=holder, reason=reason.strip())
    product.refresh_from_db()


def may_bring_back(product, by) -> bool:
    """Whether `by` may, as things stand; the place may be another's by then."""
    return _returns(product) and _may_bring_back(product, by)


def _returns(product):
    made = product.origin == Product.Origin.IMAGED and not product.companion_of_id
    return made and product.withdrawn_at is not None and product.removed_at is None


def _may_bring_back(product, by):
    if has_role(by, Role.ARCHIVE_SCIENTIST):
        return True
    return by.pk is not None and product.withdrawn_by_id == by.pk and _holder(product) == by


def _require_returnable(product, by, reason):
    if product.withdrawn_at is None:
        raise NotWithdrawnError(product)
    if not _may_bring_back(product, by):
        raise NotYoursToBringBackError(product)
    if product.companion_of_id:
        raise CompanionError(product)
    if product.origin != Product.Origin.IMAGED:
        raise NotMadeHereError(product)
    if product.removed_at is not None:
        raise NotHereAnyMoreError(product)
    if not reason.strip():
        raise ReasonMissingError(product)


def _holder(product):
    """Who had the place when it was withdrawn; of a time that kept no history, who withdrew a cube in force."""
    if change := product.changes.filter(what=WITHDRAWN).select_related("holder").last():
        return change.holder
    return product.withdrawn_by if product.role == "user_cube" and product.superseded_at is None else None


def kept_until(product):
    """When the file of a withdrawn image may be removed."""
    return product.withdrawn_at + timedelta(days=settings.WITHDRAWN_DAYS)


def due(now):
    """Images made here that were withdrawn long enough ago for their files to go."""
    rows = Product.objects.filter(origin=Product.Origin.IMAGED, companion_of=None, removed_at=None)
    return rows.filter(withdrawn_at__lte=now - timedelta(days=settings.WITHDRAWN_DAYS))


def let_go(product_id, now) -> int:
    """Give up the files of one that is due: rows first, the sweep removes the objects; how many files there were.

    From here on it cannot be brought back.  Who does that at this moment has the row locked, and is first or too late.
    """
    with transaction.atomic():
        product = due(now).filter(pk=product_id).select_for_update(skip_locked=True).first()
        if product is None:
            return 0
        gone = _family(product).filter(withdrawn_at__isnull=False, removed_at=None).update(removed_at=now)
        ProductChange.objects.create(product=product, what=REMOVED, at=now)
        return gone
