"""The nouns of the archive."""

from archive.models.calibration import CalibrationDelivery
from archive.models.findings import Finding
from archive.models.observed import (
    NEVER,
    AlmaAccount,
    ExecutionBlock,
    GroupOUS,
    MemberOUS,
    Project,
    QAState,
    Source,
    SpectralWindow,
)
from archive.models.rights import Delegation, StaffAssignment

__all__ = [
    "NEVER",
    "AlmaAccount",
    "CalibrationDelivery",
    "Delegation",
    "ExecutionBlock",
    "Finding",
    "GroupOUS",
    "MemberOUS",
    "Project",
    "QAState",
    "Source",
    "SpectralWindow",
    "StaffAssignment",
]
