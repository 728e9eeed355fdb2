"""Whether the reader may have the data of a row: asked of the very rule that guards the download.

What everybody may have is told with the row.  Of the others, those are asked about that are of a project in which she
has some right, which for most pages is none.
"""

from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, TextField

from archive import access, repeated
from archive.models import MemberOUS
from archive.search.reader import Reader

_JOINED = {'"archive_memberous"': "m", '"archive_groupous"': "g", '"archive_project"': "p"}


@cache
def open_to_all() -> repeated.Said:
    """Of a row that is joined with its MOUS `m`, and with the group `g` and project `p` of that."""
    rule = access.readable_by(AnonymousUser(), repeated.now())
    text, fixed = repeated.Repeated(MemberOUS.objects.filter(rule).order_by().values("pk")).within("lock")
    condition = text.partition(" WHERE ")[2]
    for table, row in _JOINED.items():
        condition = condition.replace(f"{table}.", f"{row}.")
    return condition, fixed


def readable(uids: set[str], reader: Reader) -> set[str]:
    """Those of these MOUSs whose data she may have."""
    asked = _question().every(uids=sorted(uids), reader=reader.user.pk, now=reader.now)
    return {uid for (uid,) in asked}


@cache
def _question() -> repeated.Repeated:
    uids = repeated.Among(F("uid"), repeated.Blank("uids", ArrayField(TextField())))
    rows = MemberOUS.objects.filter(access.readable_by(repeated.Reader(), repeated.now()), uids)
    return repeated.Repeated(rows.order_by().values("uid"))
