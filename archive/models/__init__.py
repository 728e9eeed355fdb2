"""The nouns of the archive."""

from archive.models.access_log import AccessRecord, Seal
from archive.models.calibration import CalibrationDelivery
from archive.models.counts import SkyCount, Tally
from archive.models.decisions import Decision
from archive.models.findings import Finding
from archive.models.index import (
    AnnouncedBlock,
    Footprint,
    Load,
    Observation,
    ProblemReport,
    Setup,
    TargetName,
)
from archive.models.notices import Notice
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
from archive.models.rights import Delegation, DelegationRole, Invitation, StaffAssignment
from archive.models.tokens import ApiToken, Scope

__all__ = [
    "NEVER",
    "AccessRecord",
    "AlmaAccount",
    "AnnouncedBlock",
    "ApiToken",
    "CalibrationDelivery",
    "Decision",
    "Delegation",
    "DelegationRole",
    "ExecutionBlock",
    "Finding",
    "Footprint",
    "GroupOUS",
    "Invitation",
    "Load",
    "MemberOUS",
    "Notice",
    "Observation",
    "ProblemReport",
    "Project",
    "QAState",
    "Scope",
    "Seal",
    "Setup",
    "SkyCount",
    "Source",
    "SpectralWindow",
    "StaffAssignment",
    "Tally",
    "TargetName",
]
