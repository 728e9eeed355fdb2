"""Whether the reader may have the data of a row: asked of the very rule that guards the download, MOUS by MOUS."""

from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.db.models.expressions import RawSQL

from archive import access, repeated
from archive.models import MemberOUS
from archive.search.reader import Reader

_ASKED = "SELECT o.mous_id FROM k JOIN archive_observation o ON o.id = k.key"


def readable(reader: Reader) -> tuple[str, dict[str, object]]:
    """Keys of the MOUSs whose data she may have, among those of the rows of table `k`: SQL with its values."""
    known = access.has_account(reader.user)
    text, fixed = _question(known)
    return text, fixed | {"now": reader.now} | ({"reader": reader.user.pk} if known else {})


@cache
def _question(known: bool) -> tuple[str, dict[str, object]]:
    reader = repeated.Reader() if known else AnonymousUser()
    asked = RawSQL(_ASKED, [])  # noqa: S611 (nothing from outside is in it)
    rows = MemberOUS.objects.filter(access.readable_by(reader, repeated.now()), pk__in=asked)
    return repeated.Repeated(rows.order_by().values("pk")).within("lock")
