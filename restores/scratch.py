"""Scratch: `<request id>/<attempt>` below `settings.SCRATCH_DIR`, made fresh, bounded, and always given back."""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from archive.errors import TransientError
from restores.launchers import local
from restores.leases import ENDED
from restores.models import Request

PARTS = ("inputs", "work", "outputs")


def home(request_id) -> Path:
    return settings.SCRATCH_DIR.absolute() / str(request_id)


def attempt(request) -> Path:
    return home(request.pk) / str(request.attempt)


def fresh(request) -> Path:
    """The empty directory of the attempt that begins.  Other accounts of the machine see nothing of it."""
    directory = attempt(request)
    home(request.pk).mkdir(mode=0o700, parents=True, exist_ok=True)
    home(request.pk).chmod(0o700)
    for part in PARTS:
        (directory / part).mkdir(parents=True)
    return directory


def clear(request_id) -> None:
    """End and remove every attempt of a request.  CASA may look whole when it was killed: nothing of it is reused."""
    place = home(request_id)
    if place.is_dir():
        for directory in place.iterdir():
            local.cancel(directory)
        shutil.rmtree(place)


def require_room(needed: int) -> None:
    """Wait when disk or quota would not do: a full disk loses CASA's output silently, hours later."""
    if needed > (free := room()):
        raise TransientError(f"{needed} bytes of scratch are needed, {free} may be used now.")


def room(*, empty=False) -> int:
    """Bytes that a job may use now; with `empty`, once all other work has ended: beyond that it never fits."""
    quota, free = settings.SCRATCH_QUOTA_BYTES, disk_free()
    if empty and quota <= free:
        return quota  # without a look at every file
    taken = used()
    return min(quota, free + taken) if empty else min(quota - taken, free)


def disk_free() -> int:
    place = settings.SCRATCH_DIR
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def used() -> int:
    return _size(settings.SCRATCH_DIR)


def _size(directory) -> int:
    total = 0
    for where, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
            except FileNotFoundError:
                continue  # CASA works there meanwhile
    return total


def leftovers() -> Iterator[uuid.UUID]:
    """Requests that have ended, or that nobody knows for long, and still have a directory."""
    if not settings.SCRATCH_DIR.is_dir():
        return
    found = {request_id: place for place in settings.SCRATCH_DIR.iterdir() if (request_id := _as_id(place.name))}
    phases = dict(Request.objects.filter(pk__in=found).values_list("pk", "phase"))
    for request_id, place in found.items():
        known = request_id in phases
        if (known and phases[request_id] in ENDED) or (not known and _is_old(place)):
            yield request_id


def _is_old(place) -> bool:
    """Somebody else's database may know it: that is a mistake, but no reason to be quick."""
    return time.time() - place.stat().st_mtime > settings.ORPHAN_GRACE_HOURS * 3600


def _as_id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None
