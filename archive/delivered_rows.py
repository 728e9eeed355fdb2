"""The rows of the index that come from deliveries: one for each source and science window of a MOUS.

Of a source that ObsCore has rows of in the same MOUS the delivery has none, whichever of the two came first.
"""

import hashlib
from collections.abc import Iterable, Iterator

from django.db import connection, transaction

from archive import index_codes, regions, tallies, target_names, window_rows
from archive.models import NEVER, Footprint, MemberOUS, Observation, Source, TargetName

OBSCORE, DELIVERY = Observation.Origin.OBSCORE, Observation.Origin.DELIVERY


@transaction.atomic
def refresh(mous: MemberOUS) -> bool:
    """Make the delivered rows of `mous` what they should be; whether anything was to be done."""
    alone()
    held = dict(Observation.objects.filter(mous=mous.pk, origin=DELIVERY).values_list("row_key", "fingerprint"))
    wanted = {row.row_key: row for row in _wanted(mous)}
    stale = [key for key, fingerprint in held.items() if key not in wanted or wanted[key].fingerprint != fingerprint]
    fresh = [row for key, row in wanted.items() if held.get(key) != row.fingerprint]
    if stale or fresh:
        Observation.objects.filter(row_key__in=stale).delete()
        Observation.objects.bulk_create(fresh)
        tallies.recount([mous.pk])
    return bool(stale or fresh)


@transaction.atomic
def refresh_covered(mous_ids: Iterable[int] | None) -> int:
    """Take away the delivered rows of sources that ObsCore has rows of by now; how many there were.  None: anywhere."""
    alone()
    wanted = None if mous_ids is None else list(mous_ids)
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, {"mous": wanted, "delivery": DELIVERY, "obscore": OBSCORE})
        touched = [mous for (mous,) in cursor.fetchall()]
    tallies.recount(sorted(set(touched)))
    return len(touched)


_COVERED = """
DELETE FROM archive_observation d USING archive_targetname n
WHERE d.origin = %(delivery)s AND (%(mous)s::bigint[] IS NULL OR d.mous_id = ANY(%(mous)s)) AND n.id = d.name_id
  AND EXISTS (SELECT FROM archive_observation o JOIN archive_targetname t ON t.id = o.name_id
              WHERE o.mous_id = d.mous_id AND o.origin = %(obscore)s AND t.key = n.key)
RETURNING d.mous_id
"""


def copies(mous: MemberOUS) -> dict:
    """What the rows of a MOUS repeat of it; triggers keep it so from then on."""
    kind = mous.calibration.kind if mous.calibration else ""
    project = type(mous.project).objects.get(pk=mous.project.pk)
    return {
        "project_id": project.pk,
        "gous_id": mous.gous_id,
        "code_order": project.code_order,
        "confidential": project.confidential,
        "release_at": NEVER if mous.recalled_at else mous.release_at,
        "qa2": index_codes.QA2.index(mous.qa2_state),
        "array": index_codes.ARRAYS.get(mous.array, 0),
        "calibration": index_codes.CALIBRATIONS.index(kind) if kind in index_codes.CALIBRATIONS else 0,
    }


def alone() -> None:
    """A load and an ingestion at the same time would each not see what the other brings."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('delivered rows of the index'))")


def none_meanwhile() -> None:
    """The same for a load, whose own sessions work side by side."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('delivered rows of the index'))")


def _wanted(mous: MemberOUS) -> Iterator[Observation]:
    windows = window_rows.windows_of(mous)
    sources = _uncovered(mous) if windows else []
    repeated = copies(mous) if sources else {}
    for source in sources:
        name, _ = TargetName.objects.get_or_create(name=source.name, defaults={"key": target_names.fold(source.name)})
        for joined in windows:
            facts = window_rows.columns(source, joined, mous.array)
            region = facts.pop("region", "")
            yield Observation(
                row_key=_hash("delivery", mous.uid, source.key, joined[0].name),
                fingerprint=_hash(source.name, region, *sorted(facts.items())),
                origin=DELIVERY,
                mous_id=mous.pk,
                name_id=name.pk,
                footprint_id=_footprint(region),
                **facts,
                **repeated,
            )


def _uncovered(mous: MemberOUS) -> list[Source]:
    names = Observation.objects.filter(mous=mous.pk, origin=OBSCORE).values("name")
    covered = set(TargetName.objects.filter(pk__in=names).values_list("key", flat=True))
    return [source for source in mous.sources.all() if target_names.fold(source.name) not in covered]


def _footprint(region: str) -> int | None:
    if not region:
        return None
    digest = hashlib.sha256(region.encode()).hexdigest()[:32]
    facts = {"region": region, "shape": regions.parse(region).shape()}
    return Footprint.objects.get_or_create(digest=digest, defaults=facts)[0].pk


def _hash(*said: object) -> int:
    text = "\0".join(map(str, said))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)
