"""What one delivery says, as plain values: the result of `delivery.read_delivery`.

Nothing here was looked up anywhere else: who the PI is and when the data become public is not written in a package.
Frequencies are in Hz, TOPO unless a name says LSRK; positions are ICRS degrees; times are UTC; uids are canonical.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from archive.readers.contdat import ContinuumSelection
from archive.readers.delivery_tree import AsdmTree, Member
from archive.readers.fluxcsv import FluxRow
from archive.readers.manifest import Manifest
from archive.readers.origins import Origin
from archive.readers.ppr import ProcessingRequest
from archive.readers.restore_script import RestoreScript
from archive.readers.size_check import SizeCheck


@dataclass(frozen=True)
class Finding:
    """Something that is wrong or missing but does not stop the delivery from being indexed."""

    code: str
    sentence: str
    subject: str = ""  # the file or block it is about; a finding is said once for each


@dataclass(frozen=True)
class WindowFacts:
    """A spectral window of one execution block.  Windows of several blocks are the same when their names are."""

    name: str
    number: int  # in this block's MeasurementSet
    virtual: int | None  # the number of the window of this name in the first block; None when that has none
    low_hz: float  # outer edges of the first and last channel
    high_hz: float
    channels: int
    channel_width_hz: float
    baseband: str
    science: bool  # seen by OBSERVE_TARGET scans, with more than 4 channels


@dataclass(frozen=True)
class SourceFacts:
    name: str
    key: str
    intents: frozenset[str]  # ASDM scan intents, such as OBSERVE_TARGET
    ra_deg: float | None
    dec_deg: float | None
    pointings: tuple[tuple[float, float], ...] = ()  # RA and Dec of the fields on it, of all blocks

    @property
    def target(self) -> bool:
        return any(intent.startswith("OBSERVE_TARGET") for intent in self.intents)


@dataclass(frozen=True)
class ExecutionBlockFacts:
    uid: str
    named_by: frozenset[str]  # of "asdm", "manifest", "ppr", "restore_script", "file", "tree"
    session: str | None = None  # "session_2"
    used: bool | None = None  # in the calibration manifest (or PPR); None while nothing says so
    raw: AsdmTree | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    array: str | None = None  # "12m", "7m", "TP"
    antennas: tuple[str, ...] = ()
    longest_baseline_m: float | None = None
    cross_rows: int | None = None  # cross-correlation rows that importasdm has to produce
    windows: tuple[WindowFacts, ...] = ()
    sources: tuple[SourceFacts, ...] = ()
    flagversions: str | None = None  # names of delivered files, after product_rename
    calapply: str | None = None
    applycal: tuple[dict[str, Any], ...] = ()  # the lines of the calapply file, as in order.json
    caltables: tuple[str, ...] = ()  # of its session
    renorm_applied: bool = False

    @property
    def has_raw(self) -> bool:
        return self.raw is not None


@dataclass(frozen=True)
class CalibrationFacts:
    kind: str = "unknown"  # "pipeline", "manual", "unknown"
    calibration_pprs: tuple[str, ...] = ()
    imaging_pprs: tuple[str, ...] = ()  # those that only image: they make no calibration
    manifests: tuple[str, ...] = ()  # names of every manifest seen
    calibration_manifests: tuple[str, ...] = ()  # those that list caltables
    casa_version: str | None = None
    pipeline_version: str | None = None
    recipe: str | None = None
    restore_script: str | None = None
    restore_task: str | None = None
    restore_parameters: dict[str, Any] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()  # roles of the scripts seen, such as "script_for_calibration"
    renorm_applied: bool = False


@dataclass(frozen=True)
class FileFacts:
    """One delivered file.  Raw data are not here: an ASDM is a tree, see `ExecutionBlockFacts.raw`."""

    name: str
    path: str  # below the member directory, "product/..."
    role: str  # products.roles
    size: int
    member: Member  # `member.open()` streams the bytes
    delivered_as: str | None = None  # its name before product_rename, when it had another

    def open(self) -> BinaryIO:
        return self.member.open()


@dataclass(frozen=True)
class TreeFacts:
    """One directory of Cycle 0 that is a MeasurementSet, an image of CASA, or the like: many files, one thing."""

    path: str  # below the member directory, "calibrated/uid___A002_X554543_X207.ms.split.cal"
    role: str
    members: dict[str, Member] = field(repr=False)  # path below the member directory -> member

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class PartsSeen:
    """Which tars of a delivery came in; a package may arrive in several goes."""

    product_parts: frozenset[int] = frozenset()
    product_parts_total: int | None = None
    auxiliary: bool = False
    readme: bool = False
    raw: frozenset[str] = frozenset()

    @property
    def products_complete(self) -> bool:
        return bool(self.product_parts) and len(self.product_parts) == self.product_parts_total


@dataclass(frozen=True)
class Delivery:
    mous: str | None  # None only in Cycle 0, whose packages give a date and no uid (archive/cycle_zero.py)
    project: str | None = None
    science_goal: str | None = None
    group: str | None = None
    cycle0: bool = False
    delivery_date: str | None = None  # Cycle 0: "2012-12-05"
    execution_blocks: tuple[ExecutionBlockFacts, ...] = ()  # in chronological order
    sources: tuple[SourceFacts, ...] = ()  # of all blocks, one per key
    calibration: CalibrationFacts = CalibrationFacts()
    continuum: tuple[ContinuumSelection, ...] = ()  # cont.dat
    fluxes: tuple[FluxRow, ...] = ()
    size_check: SizeCheck = field(default_factory=SizeCheck)
    files: tuple[FileFacts, ...] = ()
    trees: tuple[TreeFacts, ...] = ()  # Cycle 0
    parts: PartsSeen = PartsSeen()
    findings: tuple[Finding, ...] = ()
    paths: tuple[Origin, ...] = ()  # the tars and directories read
    manifest: Manifest | None = None
    requests: tuple[ProcessingRequest, ...] = ()
    script: RestoreScript | None = None

    @property
    def delivery_id(self) -> str | None:
        """What ALMA calls a Cycle 0 package."""
        return f"{self.project}_{self.delivery_date}" if self.project and self.delivery_date else None
