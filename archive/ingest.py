"""A delivery becomes rows.  Twice changes nothing; what arrives later completes what came before.

Call `index` inside the transaction that also inserts the products, so that nothing is ever half-indexed.
"""

from collections import Counter

from archive import cycle_zero, delivered_rows, findings, placeholders, uids
from archive.calibration_facts import record_calibration
from archive.consistency import ContradictionError, require_consistent
from archive.models import ExecutionBlock, GroupOUS, MemberOUS, Project, Source, SpectralWindow
from archive.readers.asdm import MOST_POINTINGS

# ASDM scan intents in the pipeline's words (FACTS 2.2, 3.3); others are kept as they are
INTENTS = {
    "OBSERVE_TARGET": "TARGET",
    "CALIBRATE_BANDPASS": "BANDPASS",
    "CALIBRATE_FLUX": "AMPLITUDE",
    "CALIBRATE_AMPLI": "AMPLITUDE",
    "CALIBRATE_PHASE": "PHASE",
    "CALIBRATE_DELAY": "CHECK",
    "OBSERVE_CHECK_SOURCE": "CHECK",
    "CALIBRATE_POLARIZATION": "POLARIZATION",
    "CALIBRATE_POL_ANGLE": "POLANGLE",
    "CALIBRATE_POL_LEAKAGE": "POLLEAKAGE",
}


def index(delivery, *, digests):
    """Write the rows of one delivery; `digests` are the SHA-256 of its files by name.  Returns the `MemberOUS`."""
    require_consistent([delivery])
    mous = _mous(delivery)
    for block in delivery.execution_blocks:
        _block(mous, block)
    _number_virtually(mous)
    for source in delivery.sources:
        _source(mous, source)
    record_calibration(mous, delivery, digests)
    _note_parts(mous, delivery)
    _note_findings(mous, delivery)
    delivered_rows.refresh(mous)
    if delivery.delivery_date and cycle_zero.adopt():
        mous.refresh_from_db()
    return mous


def note_products(uid):
    """Products came outside any package: what was only announced has come in part.  Returns the `MemberOUS`."""
    mous = MemberOUS.objects.get(uid=uid)
    if mous.delivery_state == MemberOUS.Delivery.ANNOUNCED:
        mous.delivery_state = MemberOUS.Delivery.PARTIAL
        mous.save(update_fields=["delivery_state"])
    return mous


def _mous(delivery):
    held = MemberOUS.objects.filter(uid=delivery.mous).select_related("gous__project").first()
    if held is None:
        project, _ = Project.objects.get_or_create(code=delivery.project)
        held, _ = MemberOUS.objects.get_or_create(uid=delivery.mous, defaults={"gous": _group(delivery, project)})
    elif delivery.group and delivery.group != held.gous.uid:
        placeholders.replace(held, _group(delivery, held.project))
    arrays = {block.array for block in delivery.execution_blocks if block.array}
    if len(arrays) == 1:
        held.array = arrays.pop()
    held.sb_name = held.sb_name or next((one.sb_name for one in delivery.requests if one.sb_name), "")
    held.delivery_id = held.delivery_id or delivery.delivery_id or ""
    held.save(update_fields=["array", "sb_name", "delivery_id"])
    _note_science_goal(held.gous, delivery)
    return held


def _group(delivery, project):
    """Another call may have made the group between our look at the index and now."""
    gous, _ = GroupOUS.objects.get_or_create(uid=delivery.group, defaults={"project": project})
    if gous.project_id != project.pk:
        raise ContradictionError(f"{gous.uid} belongs to project {gous.project.code}, not to {project.code}.")
    return gous


def _note_science_goal(gous, delivery):
    """ObsCore does not know it."""
    if delivery.science_goal and delivery.group == gous.uid and not gous.science_goal_uid:
        gous.science_goal_uid = delivery.science_goal
        gous.save(update_fields=["science_goal_uid"])


def _block(mous, block):
    """What the delivery knows of an execution block; what it does not know stays as it is."""
    known = {
        "session": block.session,
        "used": block.used,
        "antennas": len(block.antennas) or None,
        "longest_baseline_m": block.longest_baseline_m,
        "started_at": block.started_at,
        "ended_at": block.ended_at,
        "rows": block.cross_rows,
        "raw_bytes": block.raw.size if block.raw else None,
    }
    known = {name: value for name, value in known.items() if value is not None}
    row, _ = ExecutionBlock.objects.update_or_create(
        uid=block.uid, defaults=known, create_defaults={"mous": mous, **known}
    )
    if block.windows:
        _windows(row, block.windows)


def _windows(row, windows):
    for window in windows:
        SpectralWindow.objects.update_or_create(
            eb=row,
            number=window.number,
            defaults={
                "name": window.name,
                "science": window.science,
                "nchan": window.channels,
                "low_hz": window.low_hz,
                "high_hz": window.high_hz,
                "channel_width_hz": abs(window.channel_width_hz),
            },
        )
    row.spws.exclude(number__in=[window.number for window in windows]).delete()


def _number_virtually(mous):
    """Virtual ids are those of the first execution block used; the others join by name (FACTS 1.4, 2.1)."""
    used = sorted(mous.ebs.exclude(used=False), key=lambda eb: uids.chronological(eb.uid))
    # without the first block's raw data nobody knows its ids yet
    numbers = {spw.name: spw.number for spw in used[0].spws.all()} if used else {}
    for spw in SpectralWindow.objects.filter(eb__mous=mous):
        if spw.virtual != numbers.get(spw.name):
            spw.virtual = numbers.get(spw.name)
            spw.save(update_fields=["virtual"])


def _source(mous, source):
    intents = {INTENTS.get(intent.split("#")[0], intent.split("#")[0]) for intent in source.intents}
    row, _ = Source.objects.get_or_create(
        mous=mous,
        key=source.key,
        defaults={"name": source.name, "ra_deg": source.ra_deg, "dec_deg": source.dec_deg},
    )
    pointings = list(dict.fromkeys(map(tuple, [*row.pointings, *source.pointings])))[:MOST_POINTINGS]
    row.intents = sorted(intents | set(row.intents))
    row.pointings = [list(pointing) for pointing in pointings]
    row.save(update_fields=["intents", "pointings"])


def _note_parts(mous, delivery):
    parts = delivery.parts
    seen = {f"product {k} of {parts.product_parts_total}" for k in parts.product_parts}
    seen |= {"auxiliary"} if parts.auxiliary else set()
    seen |= {"readme"} if parts.readme else set()
    mous.parts_seen = sorted(seen | set(mous.parts_seen))
    mous.delivery_state = _delivery_state(mous)
    mous.save(update_fields=["parts_seen", "delivery_state"])


def _delivery_state(mous):
    """How much has arrived: the files parts, and the raw data of every block that QA2 used.

    The parts of a Cycle 0 package hold everything.
    """
    raw = set(mous.ebs.filter(raw_bytes__isnull=False).values_list("uid", flat=True))
    wanted = set(mous.ebs.filter(used=True).values_list("uid", flat=True))
    products_whole = _products_whole(mous.parts_seen)
    files_whole = products_whole and "auxiliary" in mous.parts_seen
    states = MemberOUS.Delivery
    if not mous.parts_seen:
        return states.RAW_ONLY if raw else states.PARTIAL
    if mous.delivery_id:
        return states.COMPLETE if products_whole else states.PARTIAL
    if files_whole and raw and wanted <= raw:
        return states.COMPLETE
    return states.PRODUCTS_ONLY if files_whole and not raw else states.PARTIAL


def _products_whole(parts_seen):
    totals = Counter(part.split()[-1] for part in parts_seen if part.startswith("product "))
    return any(int(total) == seen for total, seen in totals.items())


def _note_findings(mous, delivery):
    """Say what is missing or odd, and take back what this delivery has mended."""
    for uid in mous.ebs.filter(raw_bytes__isnull=False).values_list("uid", flat=True):
        findings.settle(mous, "missing-raw", subject=uid)
    for finding in delivery.findings:
        findings.report(mous, finding.code, finding.sentence, subject=finding.subject[:256])
