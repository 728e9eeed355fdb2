"""What a reader has a right to before release and may not have all the same, for it is recalled (decision 0031).

The copies of release times in the index say of a recalled MOUS that it is never public, so who has no such right needs
no more.  Of the others few have a MOUS that is recalled: it is named to the query.
"""

from functools import cache

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F

from archive import access, repeated
from archive.models import MemberOUS

# Rows of `archive_observation o` that are hers to have; those of a group have no MOUS
HERS = f"({access.INDEXED_GRANTED} AND (o.mous_id = ANY(%(recalled)s)) IS NOT TRUE)"


def of(user, now, held: access.Grants) -> list[int]:
    """Keys of MOUSs, for `HERS`, by the very rule that guards the download; it is asked of those `held` alone."""
    among = {"projects": list(held.projects), "mous": list(held.mous)}
    return [key for (key,) in _question().every(reader=user.pk, now=now, **among)]


@cache
def _question() -> repeated.Repeated:
    reader, now = repeated.Reader(), repeated.now()
    rows = MemberOUS.objects.filter(access.granted(reader, now), ~access.readable_by(reader, now))
    projects, mous = (repeated.Blank(name, ArrayField(BigIntegerField())) for name in ("projects", "mous"))
    held = repeated.Among(F("gous__project"), projects) | repeated.Among(F("pk"), mous)
    return repeated.Repeated(rows.filter(held, recalled_at__isnull=False).order_by().values("pk"))
