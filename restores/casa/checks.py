"""Everything CASA gets wrong without saying so.  Each check turns a silent wrong product into a refusal.

The list follows what was measured: skipped binary files, flags of another import, missing or empty tables, data that
were all flagged, an image of nothing, a start moved into the band, a full disk.
"""

import pathlib
import shutil

from restores.casa import asdm, tables
from restores.casa.failures import Failure

ASK_HELPDESK = "Ask the helpdesk to compare the stored delivery with the observatory's copy."


def require_free(directory: pathlib.Path, needed: int) -> None:
    """A full disk loses output without an error, or ends CASA without a word."""
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise Failure(
            "scratch-full",
            f"This job needs about {needed / 1e9:.1f} GB of scratch space and {free / 1e9:.1f} GB are free.",
            "Try again when other jobs have ended, or ask the operators for more scratch space.",
        )


def require_binaries(raw: pathlib.Path) -> None:
    missing = asdm.missing_binaries(raw)
    if missing:
        told = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise Failure("raw-incomplete", f"{raw.name} lacks the binary data of {told}.", ASK_HELPDESK)


def require_all_rows(vis: pathlib.Path, expected: dict[int, int]) -> int:
    """Every scan has the rows its Main table promises; returns how many rows there are."""
    found = tables.rows_per_scan(vis)
    short = {scan: rows - found.get(scan, 0) for scan, rows in expected.items() if found.get(scan, 0) < rows}
    if short:
        scans = ", ".join(str(scan) for scan in sorted(short))
        raise Failure(
            "raw-incomplete",
            f"Of {vis.stem}, {sum(short.values())} of {sum(expected.values())} rows are missing after import "
            f"(scan {scans}): a binary file of the raw data is truncated or damaged.",
            ASK_HELPDESK,
        )
    return sum(found.values())


def require_flag_version(vis: pathlib.Path, version: str, rows: int) -> None:
    """Archived flags fit only an import with the same rows in the same order."""
    flags = pathlib.Path(f"{vis}.flagversions") / f"flags.{version}"
    if not flags.is_dir():
        raise Failure(
            "flags-missing", f"The delivered flag versions of {vis.stem} hold no version {version}.", ASK_HELPDESK
        )
    saved = tables.row_count(flags)
    if saved != rows:
        raise Failure(
            "flags-do-not-fit",
            f"The delivered flags of {vis.stem} have {saved} rows and the imported data {rows}.",
            "Restore with the CASA version of the original calibration, whose import gives the same rows.",
        )


def require_caltables(eb_name: str, directory: pathlib.Path, named: list[str]) -> None:
    missing = [name for name in named if not (directory / name / "table.dat").is_file()]
    if missing:
        raise Failure(
            "caltable-missing",
            f"The calibration of {eb_name} applies {missing[0]}, which the delivered caltables do not hold.",
            ASK_HELPDESK,
        )
    empty = [name for name in named if not tables.row_count(directory / name)]
    if empty:
        raise Failure("caltable-empty", f"The caltable {empty[0]} of {eb_name} has no rows.", ASK_HELPDESK)


def require_calibrated(vis: pathlib.Path) -> float:
    """Returns the flagged fraction of the rows looked at."""
    seen = tables.sample(vis)
    if not seen.has_corrected:
        raise _not_calibrated(vis, "it has no CORRECTED_DATA")
    if seen.flagged_fraction >= 1.0:
        raise _not_calibrated(vis, "all its data are flagged")
    if not seen.finite:
        raise _not_calibrated(vis, "its corrected data are zero or not finite")
    if not seen.changed:
        raise _not_calibrated(vis, "its corrected data equal the raw data")
    return round(seen.flagged_fraction, 4)


def _not_calibrated(vis: pathlib.Path, why: str) -> Failure:
    return Failure("not-calibrated", f"The restore of {vis.stem} gave no calibrated data: {why}.", ASK_HELPDESK)
