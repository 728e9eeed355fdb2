"""One attempt of a request: begin it, watch it, and say what its end means.

An attempt is counted before it does anything, so that one which kills its worker is counted too; one that only had to
wait for somebody, or was told to stop, is given back.
"""

import json
import logging
import re
import time
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from archive.errors import ArchiveError, TransientError
from restores import needs, orders, phases, quotas, rights, scratch, staging, stopping
from restores.launchers import local
from restores.models import Phase

WATCH_SECONDS = 30
POLL_SECONDS = 0.2
LAST_LINES = 5
LINE_LENGTH = 200
TAIL_BYTES = 64 * 1024
DIRECTORIES = re.compile(r"(?:file://|(?<![\w/.]))/(?:[^\s/'\"<>|,;()]+/)+")

log = logging.getLogger(__name__)


class CrashedError(ArchiveError):
    status = 500
    code = "crashed"

    def __init__(self, words):
        super().__init__(
            f"The work broke off in each of {settings.MAX_ATTEMPTS} attempts, without a result. {words}".strip(),
            "Request it again; should it fail again, write to the helpdesk with the id of the request.",
        )


def begin(request, lease) -> bool:
    """Stage the inputs, write the order and start CASA; False when the owner has enough running already."""
    rights.require_still(request)
    if request.attempt >= settings.MAX_ATTEMPTS:
        raise CrashedError(_words(request))
    if not quotas.take_place(request, lease):
        _wait(request, lease)
        return False
    request.refresh_from_db()
    try:
        scratch.clear(request.pk)
        scratch.require_room(needs.of_request(request))
        handle = _start(request, lease)
    except (TransientError, stopping.StopRequestedError):
        lease.row().update(attempt=F("attempt") - 1)
        raise
    _note_start(request, lease, handle)
    return True


def _wait(request, lease) -> None:
    """Say once why it does not begin."""
    if request.stage != quotas.WAITS:
        most = quotas.usage(request.owner).most_running
        with transaction.atomic():
            lease.update(stage=quotas.WAITS)
            phases.remark(request, f"waits: {most} requests of one person may run at once, and that many do")


def _start(request, lease) -> dict:
    directory = scratch.fresh(request)
    began = time.monotonic()
    staging.stage(request, directory, beat=lease.beat)
    staged = round(time.monotonic() - began, 3)
    orders.write_order(request, directory)
    lease.update(stage="starting CASA")
    rights.require_still(request)  # staging a terabyte takes hours
    return local.submit(directory, request.casa_version) | {"staging_seconds": staged}


def _note_start(request, lease, handle) -> None:
    if request.phase == Phase.QUEUED:
        phases.move(request, Phase.EXECUTING, token=lease.token, handle=handle)
        return
    with transaction.atomic():
        lease.update(handle=handle)
        phases.remark(request, f"attempt {request.attempt} begins")
    request.refresh_from_db()


def watch(request, lease):
    """How CASA ended, or None when it still runs after a while: the next wake-up goes on."""
    directory, until = scratch.attempt(request), time.monotonic() + WATCH_SECONDS
    while (ended := local.outcome(directory, request.handle)) is None:
        lease.beat(**progress(directory))
        if time.monotonic() > until:
            return None
        stopping.pause(POLL_SECONDS)
    local.cancel(directory)  # CASA may leave helpers behind, and a supervisor that died left CASA itself
    return ended


def progress(directory: Path) -> dict:
    try:
        told = json.loads((directory / "progress.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return {"stage": str(told["stage"])[:80], "fraction": float(told["fraction"])}


def crashed(request, lease, ended) -> None:
    """Note the crash and how it looked; what begins the next attempt is that there is no handle any more."""
    words = _last_words(scratch.attempt(request))
    how = "was lost" if ended is local.LOST else f"ended with status {ended}"
    log.warning("CASA %s in attempt %s without a whole result", how, request.attempt)
    with transaction.atomic():
        lease.update(handle=None, report={"last_words": words})
        phases.remark(request, f"attempt {request.attempt}: CASA {how} and left no whole result")
    request.refresh_from_db()


def _words(request) -> str:
    words = request.report.get("last_words", [])
    return "Its last words: " + " | ".join(words) if words else ""


def _last_words(directory: Path) -> list[str]:
    """The end of what CASA said; its complaints rather than its chatter, when it had any."""
    lines = _tail(directory / "casa.log") + _tail(directory / "casa.out")
    severe = [line for line in lines if "SEVERE" in line or "Error" in line]
    return (severe or lines)[-LAST_LINES:]


def _tail(path: Path) -> list[str]:
    if not path.is_file():
        return []
    with path.open("rb") as text:
        text.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = text.read().decode(errors="replace").replace("\0", "").splitlines()
    return [_bare(" ".join(line.split()))[:LINE_LENGTH] for line in lines if line.strip()]


def _bare(line: str) -> str:
    """Without the directories of paths: where things lie on our machines is told to nobody.  A uid:// stays whole."""
    return DIRECTORIES.sub("", line)
