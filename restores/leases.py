"""Who works on a request: one process at a time, for as long as it keeps saying so.

A lease is a token and an end on the row.  Every UPDATE of a step names the token, so a process that was thought dead
and comes back changes nothing.  The database's clock decides, not those of the machines.
"""

import os
import threading
import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import connections
from django.db.models import DateTimeField, ExpressionWrapper, Q, Value
from django.db.models.functions import Now

from restores import stopping
from restores.launchers import processes
from restores.models import Phase, Request

ENDED = frozenset({Phase.COMPLETED, Phase.ERROR, Phase.ABORTED})
LIVE = frozenset({Phase.QUEUED, Phase.EXECUTING})
BEAT_SECONDS = 1.0


class LeaseLostError(Exception):
    """Another process has the request now, or it was aborted: the step stops and touches nothing more."""


def _end():
    return ExpressionWrapper(Now() + Value(timedelta(seconds=settings.LEASE_SECONDS)), output_field=DateTimeField())


def free() -> Q:
    """Requests that nobody works on: no lease, or one that has ended."""
    return Q(lease_until=None) | Q(lease_until__lt=Now())


class Lease:
    """The right to change one request, good while `beat` is called."""

    def __init__(self, request_id):
        self.request_id = request_id
        self.token = uuid.uuid4()
        self._home = threading.get_ident()
        self._stage = None
        self._last = time.monotonic()

    def row(self):
        """The request while it is ours."""
        return Request.objects.filter(pk=self.request_id, lease_token=self.token)

    def beat(self, stage: str | None = None, fraction: float | None = None) -> None:
        """Say that the work goes on, and how far it is.  Call it as often as you like; it writes once a second."""
        stopping.require_going()
        now = time.monotonic()
        if now - self._last < min(BEAT_SECONDS, settings.LEASE_SECONDS / 4) and stage in {None, self._stage}:
            return
        self._last, self._stage = now, stage or self._stage
        said = {"stage": stage, "fraction": fraction}
        self.update(**{name: value for name, value in said.items() if value is not None})

    def update(self, **facts) -> None:
        """Write `facts` while the request is alive and ours."""
        try:
            if not self.row().filter(phase__in=LIVE).update(lease_until=_end(), **facts):
                raise LeaseLostError(f"The lease on {self.request_id} is lost.")
        finally:
            if threading.get_ident() != self._home:
                # The store reads uploads in a thread of its own; the connection it got here would never be returned.
                connections.close_all()


def take(request_id) -> Lease | None:
    """The lease, or None while another process has it."""
    lease = Lease(request_id)
    taken = Request.objects.filter(free(), pk=request_id).update(
        lease_token=lease.token, lease_until=_end(), lease_holder=processes.identity(os.getpid())
    )
    return lease if taken else None


def release(lease: Lease) -> None:
    lease.row().update(lease_token=None, lease_until=None, lease_holder="")


def release_of_the_dead() -> None:
    """End the leases of processes of this machine that are gone: no need to wait for their time to pass."""
    held = Request.objects.exclude(lease_until=None).values_list("pk", "lease_token", "lease_holder")
    for request_id, token, holder in held:
        if processes.is_gone(holder):
            Request.objects.filter(pk=request_id, lease_token=token).update(
                lease_token=None, lease_until=None, lease_holder=""
            )
