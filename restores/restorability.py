"""Whether a MOUS can be restored here, and for whom, decided from the index before anything is queued.

Each clause yields the refusals that apply; together they are point for point what makes a delivery restorable.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from archive import access, announced, codes, versions
from archive.errors import ArchiveError
from archive.models import CalibrationDelivery, MemberOUS
from products import listing
from restores import casa_versions, estimates, scratch
from restores import refusals as no

# roles of delivered scripts (archive/roles.py), as their files are called
BY_HAND = {
    "script_for_calibration": "scriptForCalibration",
    "script_for_sd_calibration": "scriptForSDCalibration",
}


@dataclass
class Case:
    """A MOUS, who asks, and the delivered files of it that are in force."""

    mous: MemberOUS
    delivery: CalibrationDelivery | None
    by: object
    now: datetime
    names: dict[str, set[str]] = field(default_factory=dict)
    raw: dict[str, int] = field(default_factory=dict)


def refusals(mous, *, by=None, now=None) -> list[ArchiveError]:
    """Every reason against restoring `mous`, for `by`; without `by`, those that hold for everybody."""
    now = now or timezone.now()
    if announced.only(mous) and (by is None or access.may_know(by, mous, now)):
        return [no.NotDeliveredError(mous)]
    case = _case(mous, by, now)
    return [refusal for clause in CLAUSES for refusal in clause(case)]


def require_restorable(mous, *, by, now):
    """Pass, or raise the first reason."""
    for refusal in refusals(mous, by=by, now=now):
        raise refusal


def raw_bytes(mous) -> int:
    """Size of the raw data that a restore of `mous` reads."""
    return sum(_case(mous, None, timezone.now()).raw.values())


def _case(mous, by, now):
    delivery = mous.calibration
    case = Case(mous, delivery, by, now)
    current = listing.current_delivered(mous)
    for role, name, eb, size in current.values_list("role", "name", "eb__uid", "size"):
        case.names.setdefault(role, set()).add(name)
        if role == "raw" and delivery and eb in delivery.blocks:
            case.raw[eb] = case.raw.get(eb, 0) + size
    return case


def _person(case: Case) -> Iterator[ArchiveError]:
    """Any processing needs an account, also of public data; proprietary data belong to the PI (FACTS 7)."""
    if case.by is None:
        return
    try:
        access.require_process(case.by, case.mous, case.now)
    except ArchiveError as refusal:
        yield refusal


def _observation(case: Case) -> Iterator[ArchiveError]:
    code = case.mous.project.code
    if codes.is_code(code) and codes.parse(code).cycle == 0:
        yield no.CycleZeroError(case.mous)
    if case.mous.array == "TP":
        yield no.TotalPowerError(case.mous)


def _scripts(case: Case) -> Iterator[ArchiveError]:
    """What was done by hand, before or after the pipeline ran."""
    scripts = set(case.delivery.scripts)
    if by_hand := [name for role, name in BY_HAND.items() if role in scripts]:
        yield no.ManualCalibrationError(case.mous, by_hand)
    if "script_for_flux_calibration" in scripts:
        yield no.FluxScriptError(case.mous)
    if "script_for_pol_calibration" in scripts:
        yield no.PolarizationScriptError(case.mous)
    if case.delivery.renorm_applied:
        yield no.RenormError(case.mous)


def _papers(case: Case) -> Iterator[ArchiveError]:
    """One calibration PPR, one manifest, a restore script of the interferometric pipeline."""
    delivery = case.delivery
    if not delivery.calibration_pprs:
        yield no.NoCalibrationRequestError(case.mous, delivery.imaging_pprs)
    if len(delivery.calibration_pprs) > 1:
        yield no.SeveralCalibrationRequestsError(case.mous, delivery.calibration_pprs)
    if not delivery.manifests:
        yield no.NoManifestError(case.mous)
    if len(delivery.manifests) > 1:
        yield no.SeveralManifestsError(case.mous, delivery.manifests)
    if delivery.manifests and not delivery.blocks:
        yield no.EmptyManifestError(case.mous, delivery.manifests)
    if delivery.restore_task != "hifa_restoredata":
        yield no.RestoreTaskError(case.mous, delivery.restore_task)


def _casa(case: Case) -> Iterator[ArchiveError]:
    version = case.delivery.casa_version
    if versions.parse(version) is None:
        yield no.CasaUnknownError(case.mous, ", ".join(case.delivery.manifests) or "(missing)")
    elif not casa_versions.can_restore(version):
        yield no.CasaTooOldError(case.mous, version)
    elif casa_versions.choose(version, available := casa_versions.installed()) is None:
        yield no.NoRuntimeError(case.mous, version, available)


def _files(case: Case) -> Iterator[ArchiveError]:
    """Caltables of every session, and flag versions, commands and raw data of every block of the manifest."""
    blocks, held = case.delivery.blocks, case.names
    lacking = {
        no.CaltablesMissingError: _sessions_without_tables(case),
        no.FlagversionsMissingError: _without(blocks, lambda b: b["flagversions"] in held.get("flagversions", ())),
        no.CalapplyMissingError: _without(
            blocks, lambda b: b["applycal"] and b["calapply"] in held.get("calapply", ())
        ),
        no.RawMissingError: [uid for uid in blocks if uid not in case.raw],
    }
    for error, missing in lacking.items():
        if missing:
            yield error(case.mous, missing)


def _without(blocks: dict[str, dict], complete: Callable[[dict], object]) -> list[str]:
    return [uid for uid, block in blocks.items() if not complete(block)]


def _sessions_without_tables(case: Case) -> list[str]:
    needed = {block["session"] or f"the session of {uid}" for uid, block in case.delivery.blocks.items()}
    needed |= set(case.delivery.sessions)
    held = case.names.get("caltables", set())
    tables = {session: case.delivery.sessions.get(session) for session in needed}
    return sorted(session for session, names in tables.items() if not names or not set(names) <= held)


def _scratch(case: Case) -> Iterator[ArchiveError]:
    need, room = estimates.restore_scratch(sum(case.raw.values())), scratch.room(empty=True)
    if need > room:
        yield no.ScratchSpaceError(case.mous, need=need, room=room)


def _delivery(case: Case) -> Iterator[ArchiveError]:
    """What the package says; without one there is just that to say."""
    if case.delivery is None:
        yield no.NoCalibrationDeliveryError(case.mous)
        return
    for clause in (_scripts, _papers, _casa, _files, _scratch):
        yield from clause(case)


CLAUSES: tuple[Callable[[Case], Iterable[ArchiveError]], ...] = (_person, _observation, _delivery)
