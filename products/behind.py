"""Whether the index is older than the store.  Then what no row names may be files that the index has lost.

The sidecars show it: after the loss of the database they tell of MOUSs that it does not know, and beside a database
that was restored from a backup they are newer than what it says it has written.  Whoever would delete objects that no
row names asks here first.
"""

from datetime import datetime, timedelta

from archive.errors import ArchiveError
from products import sidecars
from products.models import Sidecar
from products.store import open_store

LATEST = timedelta(hours=1)  # that a killed writer leaves a row behind its object, or clocks differ


class IndexBehindError(ArchiveError):
    status = 409
    code = "index-behind-store"

    def __init__(self, keys: list[str]):
        super().__init__(
            f"The store tells of {len(keys)} MOUSs what the index does not know, the first is {keys[0]}. "
            "No object without a row is deleted.",
            "Was the database lost, or restored from a backup? `manage.py rebuild_index --from-store` makes the rows "
            "of MOUSs without products; ingest the others again, then run `manage.py write_sidecars --all`.",
        )


def require_whole() -> None:
    """Pass when the rows know all that the store tells."""
    known = _known()
    listing = open_store().listing(sidecars.PREFIX)
    if ahead := sorted(key for key, changed, _ in listing if key not in known or changed > known[key] + LATEST):
        raise IndexBehindError(ahead)


def _known() -> dict[str, datetime]:
    """By the key of the sidecar, also of the name that a MOUS had: when it was last written, or was to be."""
    known = {}
    rows = Sidecar.objects.values_list("uid", "mous__uid", "written_at", "changed_at")
    for before, uid, written, changed in rows.iterator():
        known[sidecars.key_of(uid)] = known[sidecars.key_of(before or uid)] = max(written or changed, changed)
    return known
