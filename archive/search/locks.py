"""Whether the reader may have the data of a row: asked of the very rule that guards the download, MOUS by MOUS."""

from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F

from archive import access, repeated
from archive.models import MemberOUS, Observation
from archive.search.reader import Reader


def readable(reader: Reader) -> tuple[str, dict[str, object]]:
    """Keys of the MOUSs whose data she may have, among those of the rows `keys`: SQL, and its values but `keys`."""
    known = access.has_account(reader.user)
    text, fixed = _question(known)
    return text, fixed | {"now": reader.now} | ({"reader": reader.user.pk} if known else {})


@cache
def _question(known: bool) -> tuple[str, dict[str, object]]:
    reader = repeated.Reader() if known else AnonymousUser()
    asked = Observation.objects.filter(repeated.Among(F("pk"), repeated.Blank("keys", ArrayField(BigIntegerField()))))
    rows = MemberOUS.objects.filter(access.readable_by(reader, repeated.now()), pk__in=asked.values("mous"))
    return repeated.Repeated(rows.order_by().values("pk")).within("lock")
