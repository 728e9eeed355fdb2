"""Taking a product back: its row and history stay, its file is no longer handed out, the place of a cube is free."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from archive.errors import ArchiveError
from archive.staff import Role, has_role
from products import slots
from products.models import CubeSlot, Product


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
        super().__init__(f"{product.name} is not withdrawn without a reason.", "Say in a sentence what is wrong.")


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


def withdraw(product, *, by, reason) -> None:
    """By an archive scientist, or by the holder of the cube; its primary beam and mask go with it."""
    if not may_withdraw(product, by):
        raise NotYoursToWithdrawError(product)
    _take_back(product, by, reason)


def may_withdraw(product, by) -> bool:
    return has_role(by, Role.ARCHIVE_SCIENTIST) or CubeSlot.objects.filter(product=product, holder=by).exists()


def fail_qa(product, *, by, reason) -> None:
    """By an archive scientist: the product did not pass quality assurance, and its source may be imaged again."""
    if not has_role(by, Role.ARCHIVE_SCIENTIST):
        raise NotYoursToWithdrawError(product)
    _take_back(product, by, reason, prefix="failed quality assurance: ")


def _take_back(product, by, reason, *, prefix="") -> None:
    """Who it was stays with the archive; why is for whoever could have had the file."""
    if not reason.strip():
        raise ReasonMissingError(product)
    if product.companion_of_id:
        raise CompanionError(product)
    family = Product.objects.filter(Q(pk=product.pk) | Q(companion_of=product), withdrawn_at=None)
    with transaction.atomic():
        why = prefix + reason.strip()
        if not family.update(withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_reason=why):
            raise AlreadyWithdrawnError(product)
        if CubeSlot.objects.filter(product=product).exists():
            slots.free(product.request_id)
    product.refresh_from_db()
