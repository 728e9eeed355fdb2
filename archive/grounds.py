"""By which part of the access rule somebody has data, and what all of it lets her have."""

from dataclasses import dataclass

from archive.models import Delegation, StaffAssignment


@dataclass(frozen=True)
class Ground:
    """For the log: the part of the rule, with the row that gave the right, if any."""

    rule: str
    delegation: Delegation | None = None
    assignment: StaffAssignment | None = None


@dataclass(frozen=True)
class Grants:
    """What a reader may have before release, found once for many rows of the flat index: keys of projects that are hers
    whole, and of MOUSs that are named to her one by one elsewhere.  `known` are all projects in which she has a right,
    be it to a MOUS that is in another by now: she may know of them."""

    projects: tuple[int, ...] = ()
    mous: tuple[int, ...] = ()
    known: tuple[int, ...] = ()
