"""Asking for work, and taking it back.  Whatever can be known before the hours of computing is said here.

The request, its details, the place of its cube, its first line of history and the wake-up of a worker are one
transaction: all of them or none.
"""

from dataclasses import asdict

from django.conf import settings
from django.db import IntegrityError, transaction

from archive.errors import ArchiveError
from archive.staff import Role, has_role
from products import slots
from restores import casa_versions, image_request, needs, phases, queue, quotas, rights, scratch
from restores.coverage import windows_of
from restores.cubes import cube_spec
from restores.models import ImagingDetails, Phase, Request, RestoreDetails
from restores.refusals import ScratchSpaceError
from restores.restorability import raw_bytes, require_restorable

ONE_LIVE_RESTORE = "one_live_restore_per_mous_and_owner"


class RestoreRunningError(ArchiveError):
    status = 409
    code = "restore-running"

    def __init__(self, live):
        self.request_id = live.pk
        self.facts = {"request": str(live.pk), "phase": live.phase}
        super().__init__(
            f"You have asked for a restore of {live.mous.uid} already: it is request {live.pk}, now {live.phase}.",
            f"Follow that one at {settings.SITE_URL}/api/restores/{live.pk}/, or abort it first.",
        )


class NotYoursError(ArchiveError):
    status = 403
    code = "not-your-request"

    def __init__(self, request):
        super().__init__(
            f"The {request} belongs to somebody else.", "Only its owner and operators may abort it: ask one of them."
        )


def request_restore(mous, *, by, now):
    """Queue the restore of all execution blocks of `mous`."""
    require_restorable(mous, by=by, now=now)
    with transaction.atomic():
        quotas.require_room(by)
        request = _insert_restore(mous, by)
        RestoreDetails.objects.create(request=request, raw_bytes=raw_bytes(mous), keep_days=settings.RESULT_DAYS)
        _queue(request)
        rights.record(request, by=by, now=now)
    return request


def request_image(mous, asked, *, by, now):
    """Queue a continuum image, a user-defined cube, or both, as `asked` for in the words of the API."""
    require_restorable(mous, by=by, now=now)
    wish = image_request.read(asked)
    source = image_request.target(mous, wish.source)
    windows = windows_of(source, mous.calibration) if wish.cubes else {}
    cubes = [cube_spec(cube, windows) for cube in wish.cubes]
    _require_room(mous, needs.of_image(mous, cubes, wish.angular_resolution_arcsec))
    with transaction.atomic():
        quotas.require_room(by)
        request = _insert(mous, by, Request.Kind.IMAGE)
        if cubes:
            _take_place(source, request, wish, by)
        ImagingDetails.objects.create(
            request=request,
            source=source,
            cubes=[asdict(cube) for cube in cubes],
            continuum=wish.continuum,
            angular_resolution_arcsec=wish.angular_resolution_arcsec,
            asked=dict(asked),
        )
        _queue(request)
        rights.record(request, by=by, now=now)
    return request


def may_abort(request, by) -> bool:
    return by.pk == request.owner_id or has_role(by, Role.OPERATOR)


def abort(request, *, by):
    """Stop it, whatever it does; the worker ends CASA and tidies up."""
    if not may_abort(request, by):
        raise NotYoursError(request)
    phases.move(request, Phase.ABORTED, note=f"aborted by {by.get_username()}")
    return request


def _insert(mous, by, kind):
    delivery = mous.calibration
    runtime = casa_versions.choose(delivery.casa_version, casa_versions.installed())
    return Request.objects.create(kind=kind, mous=mous, calibration=delivery, owner=by, casa_version=runtime)


def _insert_restore(mous, by):
    """A second press of the button is told of the first."""
    try:
        with transaction.atomic():
            return _insert(mous, by, Request.Kind.RESTORE)
    except IntegrityError as conflict:
        if ONE_LIVE_RESTORE not in str(conflict):
            raise
        live = Request.objects.filter(mous=mous, owner=by, kind=Request.Kind.RESTORE).exclude(phase__in=phases.ENDED)
        if found := live.first():
            raise RestoreRunningError(found) from conflict
        return _insert_restore(mous, by)  # it ended in the moment between


def _take_place(source, request, wish, by):
    """Free, it is ours; else we may stand behind the cube that is there, to replace it."""
    try:
        if wish.replaces:
            slots.reserve_next(source, replaces=wish.replaces, request_id=request.pk, by=by, reason=wish.reason)
        else:
            slots.reserve(source, request_id=request.pk, by=by)
    except slots.CubeExistsError as taken:
        holder = Request.objects.filter(pk=taken.slot.request_id).first()
        raise slots.CubeExistsError(taken.slot, by=by, phase=holder.phase if holder else "") from taken


def _queue(request):
    delivered = casa_versions.normalise(request.calibration.casa_version)
    chosen = "the version of the delivery" if delivered == request.casa_version else f"delivered with {delivered}"
    phases.remark(request, f"queued for CASA {request.casa_version}, {chosen}")
    queue.wake(request.pk)


def _require_room(mous, need):
    if need > (room := scratch.room(empty=True)):
        raise ScratchSpaceError(mous, need=need, room=room)
