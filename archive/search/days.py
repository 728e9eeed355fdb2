"""Dates as readers write them: days, months, years, times of day in UTC, or MJD; a span is half open, as UTC times."""

import math
import re
from datetime import UTC, datetime, timedelta

from archive.search.refusals import CriterionError

Span = tuple[datetime | None, datetime | None]

MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
LAST_MJD = 400_000  # in the year 2954: whatever is later is NEVER
_DATE = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_MJD = re.compile(r"\d{5,6}(\.\d+)?", re.ASCII)


def span(parameter: str, text: str) -> Span:
    """`2023` or `2023-10` or `2023-10-05` is the whole of it; in `a..b` the whole of b belongs to it."""
    low, dots, high = (part.strip() for part in text.partition(".."))
    if dots and not low and not high:
        raise CriterionError(parameter, f"{text!r} is not a range.", "Write 2023-10-01..2023-12, ..2023 or 2023-10..")
    start = _whole(parameter, low)[0] if low else None
    stop = (_whole(parameter, high)[1] if high else None) if dots else _whole(parameter, low)[1]
    if start and stop and start >= stop:
        raise CriterionError(parameter, f"the range {text} ends before it begins.", "Write the earlier date first.")
    return start, stop


def mjd(at: datetime) -> float:
    return (at - MJD_ZERO) / timedelta(days=1)


def of_mjd(value: float | None) -> datetime | None:
    return None if value is None else MJD_ZERO + timedelta(days=value)


def _whole(parameter: str, text: str) -> tuple[datetime, datetime]:
    try:
        return _mjd(text) if _MJD.fullmatch(text) else _moment(text) if _TIME.fullmatch(text) else _calendar(text)
    except (ValueError, OverflowError):
        raise CriterionError(
            parameter, f"{text!r} is no date.", "Write 2023-10-05, 2023-10, 2023, 2023-10-05T12:00 or an MJD (60222.5)."
        ) from None


def _mjd(text: str) -> tuple[datetime, datetime]:
    value = float(text)
    if not 0 <= value < LAST_MJD:
        raise ValueError(text)
    start = MJD_ZERO + timedelta(days=value)
    whole_day = timedelta(days=1) if value == math.floor(value) and "." not in text else timedelta(0)
    return start, start + max(whole_day, timedelta(microseconds=1))


def _moment(text: str) -> tuple[datetime, datetime]:
    at = datetime.fromisoformat(text)
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return at, at + timedelta(microseconds=1)


def _calendar(text: str) -> tuple[datetime, datetime]:
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
    if day:
        return start, start + timedelta(days=1)
    return start, datetime(start.year + (not month or month == 12), start.month % 12 + 1 if month else 1, 1, tzinfo=UTC)
