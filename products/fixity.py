"""Every byte is read again within `settings.FIXITY_DAYS`, whatever was not read for longest first.

Workers read a portion every few minutes.  What is wrong is quarantined and told to staff; what is right says when that
was seen.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from products import quarantine, unread
from products.models import Product

PORTION = timedelta(minutes=10)  # the time between two portions that workers read
MARGIN = 1.25  # so that hours without workers are made good
AT_ONCE = 100

log = logging.getLogger(__name__)


@dataclass
class Checked:
    """What one portion came to."""

    objects: int = 0
    bytes: int = 0
    bad: list[tuple[str, str, str]] = field(default_factory=list)  # id of the product, code, sentence


def check(budget: int | None = None) -> Checked:
    """Read objects until `budget` bytes are read (none given: one portion); at least one, none twice."""
    began, checked = timezone.now(), Checked()
    limit = portion(began) if budget is None else budget
    for product in _oldest(began):
        code, sentence = _check(product)
        checked.objects += 1
        checked.bytes += product.size
        if code:
            checked.bad.append((str(product.pk), code, sentence))
        if checked.bytes >= limit:
            break
    return checked


def portion(now: datetime) -> int:
    """Bytes to be read each `PORTION`; twice as many when something has waited too long."""
    total = _rotating().aggregate(total=Sum("size", default=0))["total"]
    share = MARGIN * PORTION / timedelta(days=settings.FIXITY_DAYS)
    return int(float(total) * share * (2 if is_late(now) else 1)) + 1


def oldest() -> datetime | None:
    """Since when no byte of some object was read; None where there are no objects."""
    read = _rotating().aggregate(since=Min("checked_at"))["since"]
    unread = _rotating().filter(checked_at=None).aggregate(since=Min("stored_at"))["since"]
    return min(filter(None, (read, unread)), default=None)


def is_late(now: datetime) -> bool:
    since = oldest()
    return since is not None and since < _due(now)


@dataclass(frozen=True)
class Standing:
    """How the rotation stands; bytes are those of objects."""

    objects: int
    bytes: int
    oldest: datetime | None
    behind_objects: int  # not read within the days that are allowed
    behind_bytes: int


def standing(now: datetime, of: Q | None = None) -> Standing:
    """Of the files that `of` picks, or of all."""
    late = Q(checked_at__lt=_due(now)) | Q(checked_at=None, stored_at__lt=_due(now))
    told = _rotating().filter(of or Q()).aggregate(
        objects=Count("pk"),
        bytes=Sum("size", default=0),
        oldest=Min(Coalesce("checked_at", "stored_at")),
        behind_objects=Count("pk", filter=late),
        behind_bytes=Sum("size", filter=late, default=0),
    )  # fmt: skip
    return Standing(**told)


def _due(now: datetime) -> datetime:
    return now - timedelta(days=settings.FIXITY_DAYS)


def _rotating():
    """Not what is known to be bad, nor what was taken back and is kept until an end: its object goes, or is gone.

    As the index `product_rotation` has it.
    """
    return Product.objects.filter(Q(withdrawn_at=None) | Q(expires_at=None), quarantined_at=None, removed_at=None)


def _oldest(began: datetime) -> Iterator[Product]:
    """What nobody has read yet comes first."""
    for waiting in (Q(checked_at=None), Q(checked_at__lt=began)):
        while rows := list(_rotating().filter(waiting).order_by("checked_at", "pk")[:AT_ONCE]):
            yield from rows


def _look(product: Product, now: datetime) -> tuple[str, str]:
    if product.checked_at is None:
        return unread.read_first(product, now)
    return quarantine.damage(product.key, product.size, product.sha256)


def _check(product: Product) -> tuple[str, str]:
    now = timezone.now()
    code, sentence = _look(product, now)
    if not code:
        Product.objects.filter(pk=product.pk, key=product.key).update(checked_at=now)
    elif quarantine.quarantine(product, code, sentence, now=now):
        log.error("product %s is quarantined: %s", product.pk, code)
    else:
        return "", ""  # somebody was quicker, or it lies elsewhere by now
    return code, sentence
