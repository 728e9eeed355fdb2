"""What a delegation gives: a whole project or one MOUS of it, in which role, and until when.

The same terms are granted to an account and offered by letter, so what they may be is said here for both.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from archive.errors import ArchiveError
from archive.models import DelegationRole, MemberOUS, Project


class UnknownDelegeeRoleError(ArchiveError):
    code = "unknown-delegee-role"

    def __init__(self, role):
        super().__init__(
            f"There is no role {role} for a delegee.",
            f"Write {' or '.join(DelegationRole.values)}: who may have data processed may also download them.",
        )


class ForeignMousError(ArchiveError):
    code = "foreign-mous"

    def __init__(self, mous, project):
        super().__init__(
            f"{mous.uid} is not a member ObsUnitSet of {project.code}.", "Name one of this project, or none for all."
        )


class PastEndError(ArchiveError):
    code = "past-end"

    def __init__(self, expires_at):
        super().__init__(
            f"This access would end at {expires_at:%Y-%m-%d %H:%M} UTC, which has passed.",
            "Name a later day, or none for access without an end.",
        )


class BadEndError(ArchiveError):
    code = "bad-end"

    def __init__(self, text):
        super().__init__(
            f"{text!r} is not a day or a time with its zone.", "Write 2027-01-31, or 2027-01-31T12:00:00Z."
        )


@dataclass(frozen=True)
class Terms:
    """`mous` None is the whole project, `expires_at` None no end; `reason` is staff's, who act for the PI."""

    project: Project
    mous: MemberOUS | None = None
    role: str = DelegationRole.PROCESS
    expires_at: datetime | None = None
    reason: str = ""

    @classmethod
    def of(cls, row) -> Self:
        """Those of a `Delegation` or an `Invitation`."""
        return cls(row.project, row.mous, row.role, row.expires_at, row.reason)

    def __str__(self):
        end = f", until {self.expires_at:%Y-%m-%d %H:%M} UTC" if self.expires_at else ""
        return f"{DelegationRole(self.role).label}; {self.mous or 'the whole project'}{end}"

    def require_possible(self, now: datetime) -> None:
        if self.role not in DelegationRole.values:
            raise UnknownDelegeeRoleError(self.role)
        if self.mous is not None and self.mous.project != self.project:
            raise ForeignMousError(self.mous, self.project)
        if self.expires_at is not None and self.expires_at <= now:
            raise PastEndError(self.expires_at)

    def as_columns(self) -> dict:
        """The columns of a `Delegation` or an `Invitation`."""
        return {
            "project": self.project,
            "mous": self.mous,
            "role": self.role,
            "expires_at": self.expires_at,
            "reason": self.reason,
        }


def end_of(text: str) -> datetime | None:
    """The end that is written as a day, which is the last one of access, or as a time; empty text is no end."""
    text = text.strip()
    try:
        if len(text) == len("2027-01-31"):
            return _midnight_after(date.fromisoformat(text))
        end = datetime.fromisoformat(text) if text else None
        if end is not None and end.utcoffset() is None:
            raise BadEndError(text)
        return end and end.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadEndError(text) from error


def _midnight_after(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
