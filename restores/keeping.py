"""How long results are kept: restored MeasurementSets for some weeks, with a letter before the end and a renewal.

A MeasurementSet can be made again at any time, so it need not be kept for ever; whoever works with it says so with one
click.  Products of the observatory, and images, have no end.
"""

import logging
import smtplib
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef
from django.utils import timezone

from archive import access
from archive.errors import ArchiveError
from products.models import Product
from restores.models import Phase, Request, RestoreDetails

LEAST_GAIN = timedelta(days=1)  # less is a second click, and takes no renewal
SUBJECT = "Your restored MeasurementSets will be removed soon"

log = logging.getLogger(__name__)


class NotYoursToRenewError(ArchiveError):
    status = 403
    code = "not-yours-to-renew"

    def __init__(self):
        super().__init__("Only who asked for a result can have it kept longer.", "Ask for a restore of your own.")


class NothingToRenewError(ArchiveError):
    status = 409
    code = "nothing-to-renew"

    def __init__(self, request):
        super().__init__(
            f"The request {request.pk} has no result that would be removed.",
            "Images are kept for ever; a restore that has expired is asked for again.",
        )


class RenewedOftenError(ArchiveError):
    status = 409
    code = "renewed-often"

    def __init__(self, until):
        super().__init__(
            f"The result was renewed {settings.RENEWALS} times, and is kept until {until:%Y-%m-%d %H:%M} UTC.",
            "Download it, or ask for the restore again when it is gone.",
        )


def due(request, now):
    """The files of a request that have an end which has not come yet."""
    return Product.objects.filter(request_id=request.pk, expires_at__gt=now, withdrawn_at=None)


def kept_until(request, now):
    """When the first of them is removed; None where nothing has an end."""
    return due(request, now).aggregate(until=Min("expires_at"))["until"]


def renewals_left(request) -> int:
    details = getattr(request, "restore", None)
    return max(0, settings.RENEWALS - details.renewals) if details else 0


def may_renew(request, by, now) -> bool:
    """Whether there is something to be renewed by her; the right to the data is asked when she does."""
    return request.owner_id == by.pk and bool(renewals_left(request)) and due(request, now).exists()


def renew(request, *, by, now):
    """Keep the result for its usual time from `now` on; returns until when.

    Twice in a day changes nothing.  The owner needs the right that she needed to ask for it.
    """
    if request.owner_id != by.pk:
        raise NotYoursToRenewError
    access.require_process(by, request.mous, now)
    with transaction.atomic():
        details = RestoreDetails.objects.select_for_update().filter(request=request).first()
        before = kept_until(request, now)
        if details is None or before is None:
            raise NothingToRenewError(request)
        until = now + timedelta(days=details.keep_days)
        if until - before < LEAST_GAIN:
            return before
        _renew(details, due(request, now), until, before)
    return until


def _renew(details, products, until, before):
    if details.renewals >= settings.RENEWALS:
        raise RenewedOftenError(before)
    products.update(expires_at=until)
    RestoreDetails.objects.filter(pk=details.pk).update(renewals=F("renewals") + 1, reminded_at=None)


def remind() -> None:
    """Write to the owners of what ends soon, once for each end; a mail server that refuses one is asked again later."""
    for details in _ending(timezone.now()):
        try:
            _remind(details.request, timezone.now())
        except (smtplib.SMTPException, OSError) as error:
            log.warning("the reminder of %s waits: %s", details.request, error)
            return


def _ending(now):
    soon = now + timedelta(days=settings.REMINDER_DAYS)
    files = Product.objects.filter(
        request_id=OuterRef("request_id"), expires_at__gt=now, expires_at__lte=soon, withdrawn_at=None
    )
    untold = RestoreDetails.objects.filter(Exists(files), reminded_at=None, request__phase=Phase.COMPLETED)
    return untold.select_related("request__mous", "request__owner")


def _remind(request: Request, now):
    """The row says first that she was told, and says so no more when the letter could not be sent."""
    with transaction.atomic():
        if not RestoreDetails.objects.filter(request=request, reminded_at=None).update(reminded_at=now):
            return
        owner, until = request.owner, kept_until(request, now)
        if until and owner.is_active and owner.email and access.may_know(owner, request.mous, now):
            send_mail(f"{settings.EMAIL_SUBJECT_PREFIX}{SUBJECT}", _body(request, until), None, [owner.email])


def _body(request, until):
    left = renewals_left(request)
    days = request.restore.keep_days
    more = f"One click there keeps them {days} days from then on." if left else "They were renewed as often as may be."
    return (
        f"The MeasurementSets of {request.mous.uid} that you asked for on {request.created_at:%Y-%m-%d} are kept until "
        f"{until:%Y-%m-%d %H:%M} UTC, and removed then.\n\n"
        f"{settings.SITE_URL}/requests/{request.pk}/\n\n{more} They can be made again at any time.\n"
    )
