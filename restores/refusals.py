"""Why a MOUS cannot be restored: one class, code, sentence and way out per clause.

`restores/restorability.py` decides which of them apply.
"""

from archive import announced
from archive.errors import ArchiveError

BY_HAND = "Download the delivered package and run its scriptForPI.py in CASA"
HELPDESK = "write to the helpdesk"


class NotRestorableError(ArchiveError):
    """The MOUS, as delivered, cannot be restored here."""

    status = 422
    code = "not-restorable"


class NotDeliveredError(NotRestorableError):
    """Before all else: of a MOUS that only ObsCore knows of there is nothing here to work on."""

    code = "not-delivered"

    def __init__(self, mous):
        super().__init__(
            f"{mous.uid} is known from ALMA's list of observations alone; none of its data are in this archive.",
            f"Get them from ALMA: {announced.alma_page(mous) or 'https://almascience.org/aq/'}",
        )


class CycleZeroError(NotRestorableError):
    code = "cycle-0"

    def __init__(self, mous):
        super().__init__(
            f"{mous.uid} belongs to {mous.project.code}, a project of Cycle 0, whose data are already calibrated.",
            "Download the calibrated MeasurementSets of its package (calibrated/*.ms.split.cal) instead.",
        )


class TotalPowerError(NotRestorableError):
    code = "total-power"

    def __init__(self, mous):
        super().__init__(
            f"{mous.uid} was observed with the total power array, whose data are not restored here.",
            f"{BY_HAND} with the pipeline; it runs the single-dish steps that the restore script leaves out.",
        )


class NoCalibrationDeliveryError(NotRestorableError):
    code = "no-calibration"

    def __init__(self, mous):
        super().__init__(
            f"No calibration of {mous.uid} has been delivered: its state is {mous.delivery_state}.",
            "Come back when the auxiliary files of the delivery have been ingested.",
        )


class ManualCalibrationError(NotRestorableError):
    code = "manual-calibration"

    def __init__(self, mous, scripts):
        super().__init__(
            f"{mous.uid} was calibrated by hand: its package holds {' and '.join(scripts)}.",
            f"{BY_HAND}, in the CASA version that its calibration script names.",
        )


class NoCalibrationRequestError(NotRestorableError):
    code = "no-calibration-request"

    def __init__(self, mous, imaging):
        only = f"; {', '.join(imaging)} asks for imaging only" if imaging else ""
        super().__init__(
            f"The delivery of {mous.uid} holds no processing request (PPR) for a pipeline calibration{only}.",
            f"{BY_HAND}; only data calibrated by the pipeline are restored here.",
        )


class SeveralCalibrationRequestsError(NotRestorableError):
    code = "several-calibration-requests"

    def __init__(self, mous, names):
        super().__init__(
            f"The delivery of {mous.uid} holds {len(names)} processing requests for a calibration: {', '.join(names)}.",
            f"It is not clear which one is in force: {HELPDESK}, naming this MOUS and these files.",
        )


class NoManifestError(NotRestorableError):
    code = "no-manifest"

    def __init__(self, mous):
        super().__init__(
            f"The delivery of {mous.uid} holds no pipeline_manifest.xml of its calibration.",
            f"{BY_HAND}; packages processed before October 2017 have no manifest that a restore can use.",
        )


class EmptyManifestError(NotRestorableError):
    code = "empty-manifest"

    def __init__(self, mous, names):
        super().__init__(
            f"The manifest {', '.join(names)} of {mous.uid} names no execution block.",
            f"There is nothing to restore: {HELPDESK}, naming this MOUS and this file.",
        )


class SeveralManifestsError(NotRestorableError):
    code = "several-manifests"

    def __init__(self, mous, names):
        super().__init__(
            f"The delivery of {mous.uid} holds {len(names)} calibration manifests: {', '.join(names)}.",
            f"It is not clear which one is in force: {HELPDESK}, naming this MOUS and these files.",
        )


class CasaUnknownError(NotRestorableError):
    code = "casa-version-unknown"

    def __init__(self, mous, manifest):
        super().__init__(
            f"The manifest {manifest} of {mous.uid} does not say which CASA calibrated the data.",
            f"{BY_HAND}, or {HELPDESK}.",
        )


class CasaTooOldError(NotRestorableError):
    code = "casa-too-old"

    def __init__(self, mous, version):
        super().__init__(
            f"{mous.uid} was calibrated with CASA {version}; restores need products of CASA 5.1.1 or later.",
            f"{BY_HAND} {version}.",
        )


class RestoreTaskError(NotRestorableError):
    code = "no-restore-script"

    def __init__(self, mous, task):
        what = f"calls {task}, not hifa_restoredata" if task else "is missing or calls no restore task"
        super().__init__(
            f"The casa_piperestorescript.py of {mous.uid} {what}.",
            f"{BY_HAND}; only interferometric pipeline calibrations are restored here.",
        )


class FilesMissingError(NotRestorableError):
    """What the manifest promises has not arrived, or was withdrawn."""

    what = "files"

    def __init__(self, mous, missing):
        super().__init__(
            f"The archive does not hold the {self.what} of {', '.join(missing)}, which {mous.uid} needs.",
            "Staff: ingest the missing part of the delivery. Others: come back later, or write to the helpdesk.",
        )


class CaltablesMissingError(FilesMissingError):
    code = "caltables-missing"
    what = "calibration tables"


class FlagversionsMissingError(FilesMissingError):
    code = "flagversions-missing"
    what = "flag versions"


class CalapplyMissingError(FilesMissingError):
    code = "calapply-missing"
    what = "calibration commands (calapply.txt)"


class RawMissingError(FilesMissingError):
    code = "raw-missing"
    what = "raw data"


class FluxScriptError(NotRestorableError):
    code = "flux-script"

    def __init__(self, mous):
        super().__init__(
            f"The package of {mous.uid} holds scriptForFluxCalibration: its flux scale was set after the pipeline ran.",
            f"{BY_HAND}, which runs that script too; a restore alone would have the wrong fluxes.",
        )


class PolarizationScriptError(NotRestorableError):
    code = "polarization-script"

    def __init__(self, mous):
        super().__init__(
            f"The package of {mous.uid} holds scriptForPolCalibration: its polarization was calibrated by hand.",
            f"{BY_HAND} with SPACESAVING=1, which runs that script too.",
        )


class RenormError(NotRestorableError):
    code = "renorm-applied"

    def __init__(self, mous):
        super().__init__(
            f"hifa_renorm was applied to {mous.uid}, and it cannot be repeated without the ALMA pipeline; "
            "the fluxes would be wrong.",
            f"{BY_HAND} with the pipeline.",
        )


class NoRuntimeError(NotRestorableError):
    code = "no-casa-runtime"

    def __init__(self, mous, version, installed):
        here = f"only {', '.join(installed)}" if installed else "no CASA"
        super().__init__(
            f"{mous.uid} was calibrated with CASA {version}; {here} is installed here, which may not restore it.",
            "Staff: install that version, or a later one, below ALTIPLANO_CASA_DIR.",
        )


class ScratchSpaceError(ArchiveError):
    status = 507
    code = "scratch-space"

    def __init__(self, mous, *, need, room):
        super().__init__(
            f"Working on {mous.uid} needs about {need / 1e9:.1f} GB of scratch space; {room / 1e9:.1f} GB may be used.",
            "Try again when running jobs have ended. Staff: raise ALTIPLANO_SCRATCH_GB or free the disk.",
        )
