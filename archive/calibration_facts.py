"""What a package says about its calibration, kept as a version: a changed package is a new one, the old one stays."""

import hashlib
import json

from archive import findings
from archive.consistency import first_path
from archive.models import CalibrationDelivery
from archive.sources import source_key

# files whose bytes decide what a restore gives
DECISIVE = ("caltables", "flagversions", "calapply", "manifest", "pprequest", "restore_script")
BY_HAND = frozenset({"script_for_calibration", "script_for_sd_calibration"})
IGNORED = "calibration-ignored"


def record_calibration(mous, delivery, digests):
    """Make the delivery's calibration the one in force, unless it already is or the delivery brings none of its own.

    What decides a calibration is replaced as a whole: a part of a package never takes the place of a whole one.
    """
    kept = _record(mous, delivery, digests)
    if kept:
        in_force = kept.fingerprint == _fingerprint(calibration_fields(delivery), delivery, digests)
        _keep_names(kept, mous, delivery if in_force else None)
        _keep_size_check(kept, delivery.size_check)
    return kept


def _record(mous, delivery, digests):
    held, lacking = mous.calibration, _lacking(delivery)
    if held and delivery.delivery_date:  # calibrated by hand, whichever part of the package says it
        return held
    if held and lacking and _decides(held.manifests, held.calibration_pprs, held.scripts):
        if any(file.role in DECISIVE or file.role in BY_HAND for file in delivery.files):
            findings.report(mous, IGNORED, _ignored(held, delivery, lacking))
        return held
    if not _brings_calibration(delivery):
        return held
    facts = calibration_fields(delivery)
    fingerprint = _fingerprint(facts, delivery, digests)
    findings.settle(mous, IGNORED)
    if held and held.fingerprint == fingerprint:
        return held
    mous.calibrations.filter(current=True).update(current=False)
    version = mous.calibrations.count() + 1
    return CalibrationDelivery.objects.create(mous=mous, version=version, fingerprint=fingerprint, **facts)


def _keep_names(kept, mous, delivery):
    """Who names which execution blocks, for `manage.py check_index`; raw data alone may come later."""
    raw = mous.ebs.filter(raw_bytes__isnull=False).values_list("uid", flat=True)
    names = {"named_blocks": {**kept.named_blocks, "raw": sorted(raw)}}
    if delivery:
        sb_name = next((request.sb_name for request in _calibrating(delivery) if request.sb_name), "")
        names = {"named_blocks": named_blocks(delivery) | {"raw": sorted(raw)}, "sb_name": sb_name[:128]}
    type(kept).objects.filter(pk=kept.pk).update(**names)


def _keep_size_check(kept, said):
    """It decides nothing of the calibration; a package that brings none leaves what the one before said."""
    if said:
        made = said.made and [list(image) for image in said.made]
        kept.size_check = {"words": said.words, "limits": said.limits, "made": made}
        kept.save(update_fields=["size_check"])


def named_blocks(delivery):
    """The execution blocks by who names them; a source that did not come, or names none, is left out."""
    said = {
        "manifest": [block.uid for block in delivery.manifest.blocks] if delivery.manifest else [],
        "ppr": [uid for request in _calibrating(delivery) for uid in request.blocks],
        "restore_script": delivery.script.sessions if delivery.script else {},
    }
    return {source: sorted(set(uids)) for source, uids in said.items() if uids}


def _calibrating(delivery):
    """A request that only makes images may take in other blocks."""
    return [request for request in delivery.requests if request.calibrates]


def _brings_calibration(delivery):
    """Raw data or images alone say nothing about the calibration."""
    facts = delivery.calibration
    return delivery.parts.auxiliary or facts.kind != "unknown" or bool(facts.scripts)


def _decides(manifests, calibration_pprs, scripts):
    """Whether there is something that says how the data were calibrated."""
    return bool(manifests or calibration_pprs or BY_HAND & set(scripts))


def _lacking(delivery):
    """What a delivery would need to be a calibration by itself: who decides, and the files it names."""
    facts, present = delivery.calibration, {file.name for file in delivery.files}
    directories = {file.path.partition("/")[0] for file in delivery.files}
    decided = _decides(facts.calibration_manifests, facts.calibration_pprs, facts.scripts)
    lacking = [] if decided else ["a manifest, processing request or calibration script"]
    lacking += [f"{directory}/" for directory in ("calibration", "script") if directory not in directories]
    blocks = [block for block in delivery.execution_blocks if block.used]
    named = {name for block in blocks for name in (*block.caltables, block.flagversions, block.calapply) if name}
    return lacking + sorted(named - present)


def _ignored(held, delivery, lacking):
    more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
    return (
        f"{first_path(delivery)} brings calibration files without {', '.join(lacking[:3])}{more}: they are stored, "
        f"but version {held.version} of the calibration stays in force. Ingest the auxiliary part whole to replace it."
    )


def calibration_fields(delivery):
    """The delivery's calibration in the columns of `CalibrationDelivery`."""
    facts = delivery.calibration
    return {
        "kind": facts.kind,
        "casa_version": facts.casa_version or "",
        "pipeline_version": facts.pipeline_version or "",
        "recipe": facts.recipe or "",
        "calibration_pprs": list(facts.calibration_pprs),
        "imaging_pprs": list(facts.imaging_pprs),
        "manifests": list(facts.calibration_manifests),
        "scripts": list(facts.scripts),
        "restore_task": facts.restore_task or "",
        "restore_parameters": dict(facts.restore_parameters),
        "renorm_applied": facts.renorm_applied,
        "sessions": _sessions(delivery),
        "blocks": {block.uid: _block(block) for block in delivery.execution_blocks if block.used},
        "continuum_ranges": _continuum(delivery),
        "requested": _requested(delivery),
    }


def _sessions(delivery):
    sessions = {}
    for block in delivery.execution_blocks:
        if block.used and block.session:
            sessions.setdefault(block.session, sorted(block.caltables))
    return sessions


def _block(block):
    return {
        "session": block.session,
        "flagversions": block.flagversions or "",
        "calapply": block.calapply or "",
        "applycal": [dict(line) for line in block.applycal],
    }


def _continuum(delivery):
    """Ranges by source key and virtual window, of the selections that are in LSRK (FACTS 3.7)."""
    ranges = {}
    for selection in delivery.continuum:
        if selection.frame == "LSRK":
            windows = ranges.setdefault(source_key(selection.source), {})
            windows[str(selection.window)] = [list(pair) for pair in selection.ranges]
    return ranges


def _requested(delivery):
    """Performance parameters of the calibration's processing request."""
    asked = (request.performance for request in delivery.requests if request.calibrates)
    return {key: value for performance in asked for key, value in performance.items()}


def _fingerprint(facts, delivery, digests):
    files = {file.name: digests.get(file.name, "") for file in delivery.files if file.role in DECISIVE}
    text = json.dumps({"facts": facts, "files": files}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
