"""Whether this process lives, and whether the service can do its work.  Names and numbers only: nobody logs in."""

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from archive.errors import ArchiveError, TransientError
from products import fixity, store
from restores import queue, scratch

PATIENCE_SECONDS = 2


@never_cache
def alive(request):
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
def ready(request):
    """200 when every part works, else 503; either way each part by name, and how old the oldest check of bytes is."""
    parts = {"database": _database(), "store": _store(), "scratch": _scratch()}
    parts["queue"] = _queue() if parts["database"]["ok"] else {"ok": False}
    checks = _checks() if parts["database"]["ok"] else {}
    well = all(part["ok"] for part in parts.values())
    return JsonResponse({"ready": well, "parts": parts, "checks": checks}, status=200 if well else 503)


def _database():
    """From the pool as requests get theirs, but without their patience: who asks here wants to know within seconds."""
    try:
        connection.pool.open()
        with connection.pool.connection(timeout=PATIENCE_SECONDS) as link:
            link.execute("SELECT 1")
    except psycopg.Error:
        return {"ok": False}
    return {"ok": True}


def _store():
    try:
        store.open_store().ping()
    except (TransientError, ArchiveError):
        return {"ok": False}
    return {"ok": True}


def _queue():
    """No worker, or one that is far behind."""
    try:
        seconds = queue.oldest_waiting_seconds()
    except DatabaseError:
        return {"ok": False}
    return {"ok": seconds <= settings.QUEUE_AGE_SECONDS, "oldest_seconds": round(seconds)}


def _checks():
    """When all stored bytes were last read; late checks are staff's business and keep nobody from work."""
    try:
        since = fixity.oldest()
    except DatabaseError:
        return {}
    days = (timezone.now() - since).days if since else 0
    return {"oldest_days": days, "late": days >= settings.FIXITY_DAYS}


def _scratch():
    free = scratch.disk_free()
    return {"ok": free >= settings.SCRATCH_MIN_FREE_BYTES, "free_bytes": free}
