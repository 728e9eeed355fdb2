"""By which part of the access rule somebody has data."""

from dataclasses import dataclass

from archive.models import Delegation, StaffAssignment


@dataclass(frozen=True)
class Ground:
    """For the log: the part of the rule, with the row that gave the right, if any."""

    rule: str
    delegation: Delegation | None = None
    assignment: StaffAssignment | None = None
