"""What a reader has a right to before release and may not have all the same, for it is recalled (decision 0031).

The copies of release times in the index say of a recalled MOUS that it is never public, so who has no such right needs
no more.  Of the others few have a MOUS that is recalled: it is named to the query.
"""

from functools import cache

from archive import access, repeated
from archive.models import MemberOUS

# Rows of `archive_observation o` that are hers to have; those of a group have no MOUS
HERS = f"({access.INDEXED_GRANTED} AND (o.mous_id = ANY(%(recalled)s)) IS NOT TRUE)"


def of(user, now) -> list[int]:
    """Keys of MOUSs, for `HERS`, by the very rule that guards the download."""
    return [key for (key,) in _question().every(reader=user.pk, now=now)]


@cache
def _question() -> repeated.Repeated:
    reader, now = repeated.Reader(), repeated.now()
    rows = MemberOUS.objects.filter(access.granted(reader, now), ~access.readable_by(reader, now))
    return repeated.Repeated(rows.filter(recalled_at__isnull=False).order_by().values("pk"))
