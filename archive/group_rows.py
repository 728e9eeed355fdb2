"""Rows of the index that are of a group as a whole: data combined from several MOUSs (calib_level 3)."""

from archive import access
from archive.models import GroupOUS, Observation

MOST = 500
_ROWS = f"""
SELECT o.*, n.name AS target, ({access.INDEXED_RELEASED} OR {access.INDEXED_GRANTED}) AS readable
FROM archive_observation o JOIN archive_targetname n ON n.id = o.name_id
WHERE o.gous_id = %(gous)s AND o.mous_id IS NULL AND {access.INDEXED_VISIBLE}
ORDER BY n.name, o.low_hz, o.id LIMIT %(most)s
"""  # noqa: S608 (the texts are the access rule's own)


def of(gous: GroupOUS, user, now) -> list[Observation]:
    """Each with `target`, and with its lock, `readable`."""
    granted = access.grants(user, now)
    given = {"gous": gous.pk, "now": now, "most": MOST}
    given |= {"projects": list(granted.projects), "mous": list(granted.mous)}
    return list(Observation.objects.raw(_ROWS, given))
