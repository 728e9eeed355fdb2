"""Removes what nobody needs: bytes of expired results and withdrawn cubes, orphans, broken uploads, old scratch.

Objects are written before their rows, so young ones are left alone (`settings.ORPHAN_GRACE_HOURS`): the work that they
belong to may not be done yet.
"""

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from archive import limits
from products import behind, journal, keys, sidecars, unfinished, withdraw
from products.models import Product
from products.store import OLD_SIDECAR, open_store
from restores import leases, queue, scratch, tick
from restores.models import Request

EXPIRED = "The time for which it is kept has passed; request it again."
JOBS_KEPT_HOURS = 24 * 7
AT_ONCE = 500

log = logging.getLogger(__name__)


@dataclass
class Swept:
    """What was removed, or would be."""

    expired_products: int = 0
    withdrawn_files: int = 0
    orphan_objects: int = 0
    unfinished_uploads: int = 0
    scratch_directories: int = 0

    def __str__(self):
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in asdict(self).items())


def sweep(*, dry_run=False) -> Swept:
    now = timezone.now()
    swept = Swept(
        expired_products=_expire(now, dry_run),
        withdrawn_files=_let_go(now, dry_run),
        orphan_objects=_remove_orphans(now, dry_run),
        unfinished_uploads=unfinished.abandon_dead(now, dry_run=dry_run),
        scratch_directories=_clear_scratch(dry_run),
    )
    if not dry_run:
        queue.forget_old(JOBS_KEPT_HOURS)
        limits.forget_expired()
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    log.info("sweep%s: %s", " (dry run)" if dry_run else "", swept)
    return swept


def _expire(now, dry_run) -> int:
    """Rows first: nobody is sent to bytes that are gone.  What live work may be reading waits for the next sweep."""
    busy = Request.objects.filter(phase__in=leases.LIVE).values("mous")
    due = Product.objects.filter(expires_at__lte=now, withdrawn_at=None).exclude(mous__in=busy)
    if dry_run:
        return due.count()
    return due.update(withdrawn_at=now, withdrawn_reason=EXPIRED)


def _let_go(now, dry_run) -> int:
    """Files of images that were withdrawn and not brought back in time: rows first, here too."""
    heads = list(withdraw.due(now).values_list("pk", flat=True))
    if dry_run:
        return Product.objects.filter(Q(pk__in=heads) | Q(companion_of__in=heads, removed_at=None)).count()
    return sum(withdraw.let_go(head, now) for head in heads)


def _remove_orphans(now, dry_run) -> int:
    """Objects without a row that no ingestion waits for, and those of rows that were given up."""
    store, orphans = open_store(), 0
    journal.give_up(now, dry_run=dry_run)
    try:
        behind.require_whole()
    except behind.IndexBehindError as refusal:
        log.error("%s %s", refusal, refusal.remedy)
        return 0
    before = now - timedelta(hours=settings.ORPHAN_GRACE_HOURS)
    for batch in _batches(store.objects()):
        needed = keys.needed(batch)
        for key in {key for key in batch if key not in needed and _may_go(batch[key], key, before)}:
            orphans += 1
            if not dry_run:
                store.delete(key)
    return orphans


def _batches(objects):
    """Objects of ours by key, an old sidecar counted with its object, a few hundred at a time."""
    batch = {}
    for name, changed in objects:
        if name.startswith(sidecars.PREFIX) or not keys.is_ours(name):
            continue
        batch.setdefault(name.removesuffix(OLD_SIDECAR), changed)
        if len(batch) == AT_ONCE:
            yield batch
            batch = {}
    yield batch


def _may_go(changed, key, before) -> bool:
    return changed < before or Product.objects.filter(key=key, withdrawn_at__isnull=False).exists()


def _clear_scratch(dry_run) -> int:
    left = list(scratch.leftovers())
    for request_id in left if not dry_run else ():
        tick.tidy(request_id)
    return len(left)
