"""A reader reports a problem with a MOUS: kept with what the archive knew of it, and what its check said, just then."""

from datetime import timedelta

from django.utils import timezone

from archive.errors import ArchiveError, TransientError
from archive.models import MemberOUS, Observation, ProblemReport
from archive.problems import said
from products.index_check import Found, Scope, look

MOST_A_DAY = 20
MOST_OBJECTS = 500  # that the store is asked for while the reader waits
NOT_ASKED = {"code": "store-not-asked", "subject": "", "sentence": "The object store was not asked: {why}."}


class TooManyReportsError(ArchiveError):
    status = 429
    code = "too-many-reports"

    def __init__(self):
        super().__init__(
            f"You have reported {MOST_A_DAY} problems within a day.", "Wait, or write to the helpdesk about the rest."
        )


def report(mous, text, *, by, now):
    words = said(text)
    if ProblemReport.objects.filter(reporter=by, reported_at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyReportsError
    facts = {"snapshot": snapshot(mous), "found": list(checked(mous))}
    return ProblemReport.objects.create(mous=mous, reporter=by, text=words, reported_at=now, **facts)


def snapshot(mous) -> dict:
    """What is known of the MOUS now; nothing that is for its PI alone."""
    return {
        "taken_at": timezone.now().isoformat(),
        "state": _state(mous),
        "blocks": list(mous.ebs.order_by("uid").values("uid", "session", "used", "qa0_state", "raw_bytes")),
        "files": [_file(row) for row in mous.products.filter(superseded_at=None).order_by("directory", "name")],
        "index_rows": Observation.objects.filter(mous=mous.pk).count(),
        "calibration": _calibration(mous.calibration),
    }


def checked(mous):
    """What the check says of this MOUS, without the store where that takes long or does not answer."""
    scope = Scope(MemberOUS.objects.filter(pk=mous.pk), store=mous.products.count() <= MOST_OBJECTS)
    try:
        found, why = _look(scope), "" if scope.store else f"there are more than {MOST_OBJECTS} files"
    except TransientError:
        found, why = _look(Scope(scope.mous, store=False)), "it did not answer"
    return [*found, *([NOT_ASKED | {"sentence": NOT_ASKED["sentence"].format(why=why)}] if why else [])]


def _look(scope):
    faults = look(scope, Found(), write=False)
    return [{"code": each.code, "subject": each.subject, "sentence": each.sentence} for each in faults]


def _state(mous):
    times = {name: getattr(mous, name) for name in ("delivered_at", "release_at", "stated_release_at")}
    return {name: at and at.isoformat() for name, at in times.items()} | {
        "delivery": mous.delivery_state,
        "parts_seen": mous.parts_seen,
        "qa2": mous.qa2_state,
        "array": mous.array,
        "sb_name": mous.sb_name,
    }


def _file(row):
    place = f"{row.directory}/{row.name}" if row.directory else row.name
    facts = {name: getattr(row, name) for name in ("origin", "role", "version", "size", "sha256")}
    return {"id": str(row.pk), "place": place, "withdrawn": row.withdrawn_at is not None, **facts}


def _calibration(delivery):
    names = ("version", "kind", "casa_version", "pipeline_version", "recipe", "fingerprint", "named_blocks")
    return {name: getattr(delivery, name) for name in names} if delivery else None
