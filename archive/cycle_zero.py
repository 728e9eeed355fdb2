"""Cycle 0 packages: which MOUS one is of, when it says only for which project it is and on which day it was delivered.

It is the MOUS that ObsCore gives the execution blocks to.  While ObsCore has said nothing, the MOUS is called as ALMA
calls the delivery, `2011.0.00340.S_2012-12-05`, in a placeholder group; when ObsCore announces it later, the two become
one (docs/decisions/0017).
"""

from collections.abc import Iterable
from dataclasses import replace

from django.db import connection, transaction
from django.db.models import F, ProtectedError, Q

from archive import delivered_rows, findings, placeholders, release, tallies
from archive.consistency import ContradictionError, PlacelessDeliveryError, first_path
from archive.models import AnnouncedBlock, ExecutionBlock, MemberOUS, Observation
from archive.readers.facts import Delivery

ELSEWHERE = "announced-elsewhere"
JOINED = "announced-and-used"


def named(delivery: Delivery) -> Delivery:
    """The delivery with the name of its MOUS, and the placeholder group of a new one; later cycles stay as they are."""
    if delivery.delivery_date is None:
        return delivery
    if delivery.mous is not None:
        raise ContradictionError(
            f"{first_path(delivery)} names a MOUS, {delivery.mous}, and a day of Cycle 0, {delivery.delivery_date}."
        )
    held = _held(delivery)
    if held is not None:
        return replace(delivery, mous=held.uid, project=delivery.project or held.project.code)
    if delivery.delivery_id is None:
        raise PlacelessDeliveryError(first_path(delivery), f"the delivery of {delivery.delivery_date}")
    return replace(delivery, mous=delivery.delivery_id, group=delivery.delivery_id)


def _held(delivery: Delivery) -> MemberOUS | None:
    """The MOUS of an earlier part, else the one that its execution blocks are known to belong to."""
    blocks = [block.uid for block in delivery.execution_blocks]
    rows = MemberOUS.objects.select_related("gous__project")
    earlier = rows.filter(delivery_id=delivery.delivery_id or "-").first()
    known = list(rows.filter(Q(announced_blocks__uid__in=blocks) | Q(ebs__uid__in=blocks)).distinct())
    for mous in known:
        if mous.delivery_id not in ("", delivery.delivery_id):
            raise ContradictionError(f"{first_path(delivery)} holds data that were delivered as {mous.delivery_id}.")
    if earlier is None and len(known) > 1:
        names = " and ".join(sorted(mous.uid for mous in known))
        raise ContradictionError(f"{first_path(delivery)} holds execution blocks of {names}.")
    return earlier or (known[0] if known else None)


@transaction.atomic
def adopt() -> list[MemberOUS]:
    """Join every MOUS that still has the name of its delivery with the one that ObsCore has announced since.

    A load knows announced MOUSs by their keys, so nobody takes them away while one is under way; it adopts at its end.
    """
    waiting = MemberOUS.objects.filter(uid=F("delivery_id")).exclude(delivery_id="").select_related("gous__project")
    return [mous for mous in waiting if _adopted(mous)] if waiting.exists() and _no_load_elsewhere() else []


def _no_load_elsewhere() -> bool:
    """Whether the lock of a load (archive/obscore/load.py) is free, or our own; then it is ours to the end of this."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('load of the index'))")
        return cursor.fetchone()[0]


def _adopted(mous: MemberOUS) -> bool:
    blocks = ExecutionBlock.objects.filter(mous=mous).values("uid")
    announced = MemberOUS.objects.filter(announced_blocks__uid__in=blocks).exclude(pk=mous.pk).distinct()
    found = list(announced.select_related("gous__project"))
    doubt = _doubt(mous, found)
    findings.restate(mous, ELSEWHERE, doubt)
    return bool(found) and not doubt and _join(mous, found[0])


def _doubt(mous: MemberOUS, found: Iterable[MemberOUS]) -> str:
    names = sorted(each.uid for each in found)
    if len(names) > 1:
        return f"ObsCore gives the execution blocks of {mous.uid} to {len(names)} MOUSs: {', '.join(names)}."
    others = [each for each in found if each.project != mous.project]
    return f"ObsCore gives the execution blocks of {mous.uid} to {names[0]} of {others[0].project}." if others else ""


def _join(mous: MemberOUS, announced: MemberOUS) -> bool:
    """The row with the files stays, for logs that nobody may change point to it, and takes what was announced.

    Where something that has to stay points to the other row as well, both stay, and staff are told.
    """
    uid, rows = announced.uid, Observation.objects.filter(mous=announced.pk)
    try:
        with transaction.atomic():
            rows.update(mous=mous.pk)
            AnnouncedBlock.objects.filter(mous=announced).update(mous=mous)
            announced.problem_reports.update(mous=mous)
            announced.delete()
            _take(mous, announced, uid)
            tallies.recount([mous.pk])
    except ProtectedError:
        findings.report(mous, JOINED, f"{uid} has the data of {mous.uid}; it was in use here, so they stay apart.")
        return False
    findings.settle(mous, JOINED)
    return True


def _take(mous: MemberOUS, announced: MemberOUS, uid: str) -> None:
    mous.sb_name = mous.sb_name or announced.sb_name
    mous.array = mous.array or announced.array
    mous.qa2_state = mous.qa2_state or announced.qa2_state
    mous.stated_release_at = mous.stated_release_at or announced.stated_release_at
    mous.uid = uid
    mous.save(update_fields=["sb_name", "array", "qa2_state", "stated_release_at", "uid"])
    release.settle(mous)
    placeholders.replace(mous, announced.gous)
    Observation.objects.filter(mous=mous.pk).update(**delivered_rows.copies(mous))
