"""When data become public: what staff decided, else what ALMA says, else what the policy gives.

The policy (FACTS 7): twelve months from the delivery to the PI, six for Director's Discretionary Time, three more for
what had been delivered and was not yet public on 2020-03-19, when the pandemic began.  Raw data that were given out
before the delivery start the clock of the whole MOUS, even if it fails QA2 later, but they are no delivery.  Times of
day are kept to the second, and a day that a month does not have becomes the last one of that month.
"""

import calendar
from datetime import UTC, datetime

from archive import codes, findings
from archive.models import NEVER, MemberOUS

MONTHS = 12
DDT_MONTHS = 6
PANDEMIC = datetime(2020, 3, 19, tzinfo=UTC)
PANDEMIC_MONTHS = 3
# Regular, target of opportunity, VLBI, large, phased array.  The observatory's own projects (CSV, SV, CAL, E ...) have
# no period in the policy, so nothing is computed for them.
SCIENCE_TYPES = frozenset("STVLP")
DISAGREES = "release-disagrees"
Origin = MemberOUS.ReleaseOrigin


def computed(code: str, delivered_at: datetime | None, raw_released_at: datetime | None = None) -> datetime:
    """The policy's time for a MOUS of project `code`; `NEVER` where the policy gives none."""
    began = min((at for at in (delivered_at, raw_released_at) if at is not None), default=None)
    if began is None or not codes.is_code(code) or codes.parse(code).type not in SCIENCE_TYPES:
        return NEVER
    months = DDT_MONTHS if codes.parse(code).ddt else MONTHS
    ends = months_later(began, months)
    extended = delivered_at is not None and delivered_at <= PANDEMIC < ends
    return months_later(began, months + PANDEMIC_MONTHS) if extended else ends


def months_later(at: datetime, months: int) -> datetime:
    """The same day and time of day in a later month, or the last day that month has; `NEVER` past the calendar."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    if year >= NEVER.year:
        return NEVER
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def settle(mous: MemberOUS) -> None:
    """Put in force what the facts of `mous` give; the time that staff decided stays.  Say where authorities differ."""
    row = MemberOUS.objects.select_for_update(of=("self",)).select_related("gous__project").get(pk=mous.pk)
    if row.release_origin != Origin.STAFF:
        at, origin = _without_staff(row)
        _put_in_force(row, at, origin)
    findings.restate(row, DISAGREES, _doubt(row))
    mous.refresh_from_db(fields=["release_at", "release_origin"])


def decided(mous: MemberOUS, release_at: datetime | None) -> None:
    """Put the time of staff in force; None takes it back, and ALMA's or the policy's is in force again."""
    if release_at is None:
        _put_in_force(mous, *_without_staff(mous))
    else:
        _put_in_force(mous, release_at, Origin.STAFF)
    settle(mous)


def _put_in_force(row: MemberOUS, at: datetime, origin: str) -> None:
    MemberOUS.objects.filter(pk=row.pk).update(release_at=at, release_origin=origin)
    row.release_at, row.release_origin = at, origin


def _policy(row: MemberOUS) -> datetime:
    return computed(row.project.code, row.delivered_at, row.raw_released_at)


def _without_staff(row: MemberOUS) -> tuple[datetime, str]:
    if row.stated_release_at is not None:
        return row.stated_release_at, Origin.ALMA
    at = _policy(row)
    return at, Origin.UNKNOWN if at == NEVER else Origin.COMPUTED


def _doubt(row: MemberOUS) -> str:
    """ALMA's time held against the one that staff decided, or else against the policy's; empty where they agree."""
    by_staff = row.release_origin == Origin.STAFF
    other = row.release_at if by_staff else _policy(row)
    unknown = row.stated_release_at is None or (other == NEVER and not by_staff)
    if unknown or row.stated_release_at == other:
        return ""
    whose, in_force = ("staff decided", "staff") if by_staff else ("the policy gives", "ALMA")
    return (
        f"Of the release of {row.uid} ALMA says {_said(row.stated_release_at)}, {whose} {_said(other)}. "
        f"In force is that of {in_force}."
    )


def _said(at: datetime) -> str:
    return "that no date is known" if at >= NEVER else f"{at:%Y-%m-%dT%H:%M:%SZ}"
