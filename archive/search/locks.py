"""Whether the reader may have the data of a row: asked of the very rule that guards the download, MOUS by MOUS."""

from collections.abc import Iterable
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F

from archive import access, repeated
from archive.models import MemberOUS
from archive.search.reader import Reader


def readable(mous: Iterable[int], reader: Reader) -> set[int]:
    """Those of these MOUSs whose data she may have."""
    keys = sorted(set(mous))
    if not keys:
        return set()
    known = access.has_account(reader.user)
    filled = {"keys": keys, "now": reader.now} | ({"reader": reader.user.pk} if known else {})
    return {key for (key,) in _question(known).every(**filled)}


@cache
def _question(known: bool) -> repeated.Repeated:
    reader = repeated.Reader() if known else AnonymousUser()
    among = repeated.Among(F("pk"), repeated.Blank("keys", ArrayField(BigIntegerField())))
    rows = MemberOUS.objects.filter(access.readable_by(reader, repeated.now()), among)
    return repeated.Repeated(rows.order_by().values("pk"))
