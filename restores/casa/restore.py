"""From raw data to the calibrated MeasurementSet: import, flags, applycal, exactly as the delivery says.

What is delivered is each execution block whole: calibrators and targets, DATA and CORRECTED_DATA, without
self-calibration and without continuum subtraction.
"""

import pathlib
import shutil
from typing import Any

from restores.casa import asdm, checks, intents, tables, tasks
from restores.casa.order import ExecutionBlock, Order
from restores.casa.report import Report
from restores.casa.unpack import unpack

FLAG_VERSION = "Pipeline_Final"
# The commands of a delivery do not say how the pipeline applied them; its applycal task does.
PIPELINE_APPLYMODE = "calflagstrict"
# Raw data, the MeasurementSet with two data columns, and its flags beside each other.
SCRATCH_PER_RAW_BYTE = 4
STAGES_PER_BLOCK = 7


def run(order: Order, report: Report) -> None:
    report.progress.planned = 1 + STAGES_PER_BLOCK * len(order.execution_blocks)
    for eb in order.execution_blocks:
        vis = restore_block(eb, order, report)
        with report.stage(f"deliver {eb.name}"):
            delivered = vis.rename(report.directory / "outputs" / vis.name)
            virtual = [spw.virtual for spw in eb.spws]
            report.add_file(delivered, kind="measurement_set", virtual_spws=virtual, eb=eb.uid)
    report.facts["casa_calls"] = tasks.calls


def restore_block(eb: ExecutionBlock, order: Order, report: Report) -> pathlib.Path:
    """The calibrated MeasurementSet of one execution block, below `work/`."""
    work = report.directory / "work"
    with report.stage(f"unpack {eb.name}"):
        raw = _unpacked_raw(eb, report.directory, work)
    vis, rows = _imported(eb, raw, order=order, report=report)
    shutil.rmtree(raw)
    with report.stage(f"flags {eb.name}"):
        _restore_flags(report.directory / str(eb.flagversions), vis, rows)
    with report.stage(f"caltables {eb.name}"):
        tables_at = _unpacked_caltables(eb, report.directory, work)
    with report.stage(f"applycal {eb.name}"):
        _apply(eb, vis, tables_at)
    with report.stage(f"check {eb.name}"):
        flagged = checks.require_calibrated(vis)
    report.facts[eb.name] = {"rows": rows, "flagged_fraction_sampled": flagged, "applycal_lines": len(eb.applycal)}
    return vis


def _unpacked_raw(eb: ExecutionBlock, directory: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    delivered = directory / str(eb.raw)
    if delivered.is_file():
        checks.require_free(work, SCRATCH_PER_RAW_BYTE * delivered.stat().st_size)
    raw = work / f"{eb.name}.asdm.sdm"
    unpack(delivered, work, only=raw.name)
    checks.require_binaries(raw)
    return raw


def _imported(eb: ExecutionBlock, raw: pathlib.Path, *, order: Order, report: Report) -> tuple[pathlib.Path, int]:
    vis = raw.parent / eb.vis
    asked = {name: order.imports[name] for name in ("ocorr_mode", "bdfflags", "asis") if name in order.imports}
    with report.stage(f"import {eb.name}"):
        # Never lazy, whatever the delivered script says: such an MS points into the raw data and cannot be handed out.
        tasks.run("importasdm", asdm=raw, vis=vis, lazy=False, process_flags=True, flagbackup=False, **asked)
        rows = checks.require_all_rows(vis, asdm.expected_rows(raw, asked.get("ocorr_mode", "ca")))
    return vis, rows


def _restore_flags(delivered: pathlib.Path, vis: pathlib.Path, rows: int) -> None:
    versions = pathlib.Path(f"{vis}.flagversions")
    shutil.rmtree(versions, ignore_errors=True)
    unpack(delivered, vis.parent, only=versions.name)
    checks.require_flag_version(vis, FLAG_VERSION, rows)
    tasks.run("flagmanager", vis=vis, mode="restore", versionname=FLAG_VERSION, merge="replace")


def _unpacked_caltables(eb: ExecutionBlock, directory: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """Tables of one session serve several execution blocks: each tar is unpacked once, into a directory of its own."""
    into = work / "caltables" / (eb.session or eb.name)
    if not into.exists():
        for delivered in eb.caltables:
            unpack(directory / delivered, into)
    named = sorted({name for line in eb.applycal for name in _listed(line.get("gaintable"))})
    checks.require_caltables(eb.name, into, named)
    return into


def _apply(eb: ExecutionBlock, vis: pathlib.Path, tables_at: pathlib.Path) -> None:
    modes = tables.observing_modes(vis)
    for line in eb.applycal:
        given: dict[str, Any] = {"applymode": PIPELINE_APPLYMODE, **line}
        given["gaintable"] = [tables_at / name for name in _listed(line.get("gaintable"))]
        given["intent"] = intents.casa_intent(line.get("intent") or "", modes)
        tasks.run("applycal", **{**given, "vis": vis, "flagbackup": False})


def _listed(written: Any) -> list[str]:
    return [written] if isinstance(written, str) else list(written or [])
