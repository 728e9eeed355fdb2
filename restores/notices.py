"""The e-mails that say a request has ended.  They hold no secret: what is proprietary stays behind their address."""

import logging
import smtplib

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import mail_admins, send_mail
from django.db import transaction
from django.utils import timezone

from archive.access import may_know
from archive.errors import TransientError
from restores.leases import ENDED
from restores.models import Phase, Request
from restores.rights import AccessEndedError

log = logging.getLogger(__name__)

_WHAT = {
    Request.Kind.RESTORE: "restored MeasurementSets",
    Request.Kind.IMAGE: "user-defined image",
}
_ENDS = {Phase.COMPLETED: "is ready", Phase.ERROR: "has failed", Phase.ABORTED: "was aborted"}


def tell(request) -> None:
    """Write to the owner, once: the row says so first, and says so no more when the letter could not be sent."""
    try:
        with transaction.atomic():
            untold = Request.objects.filter(pk=request.pk, phase__in=ENDED, told_at=None)
            if untold.update(told_at=timezone.now()) and request.owner.is_active and request.owner.email:
                send_mail(_subject(request), _body(request), None, [request.owner.email])
    except (smtplib.SMTPException, OSError) as error:
        raise TransientError(f"The mail server did not take the notice: {error}") from error


def tell_staff(request) -> None:
    """Write to `settings.ADMINS` of a failure that is not the user's, once at most: the log has it in any case."""
    named = f" of {request.mous.uid}" if may_know(AnonymousUser(), request.mous, timezone.now()) else ""
    what = f"The {request.kind} {request.pk}{named} has failed: {request.error_code}."
    where = f"{settings.SITE_URL}/requests/{request.pk}/"
    try:
        mail_admins(f"{request.error_code}: {request.pk}", f"{what}\n\nThe log has more.\n\n{where}\n")
    except (smtplib.SMTPException, OSError) as error:
        log.warning("staff could not be told of %s: %s", request, error)


def _subject(request) -> str:
    what = f"your {_WHAT[request.kind]} {_ENDS[request.phase]}"
    return f"[Altiplano] {request.mous.uid}: {what}" if _known(request) else f"[Altiplano] {what}"


def _known(request) -> bool:
    """Whether the owner may still know of the MOUS: her access may have ended, and with it what she may be told."""
    return may_know(request.owner, request.mous, timezone.now())


def _body(request) -> str:
    lines = [f"Your request {request.pk} of {request.created_at:%Y-%m-%d %H:%M} UTC has ended: {request.phase}."]
    if request.phase == Phase.ERROR and (_known(request) or request.error_code == AccessEndedError.code):
        lines += [request.error_sentence, request.error_remedy]
    lines.append(f"{settings.SITE_URL}/requests/{request.pk}/")
    return "\n\n".join(line for line in lines if line) + "\n"
