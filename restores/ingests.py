"""An ingestion that failed or died is tried again by a worker: the same command with the same options."""

import io
import logging

from django.core.management import CommandError, call_command

from archive.errors import ArchiveError
from products import runs
from products.models import IngestRun
from restores import queue

log = logging.getLogger(__name__)


class NothingToTryAgainError(ArchiveError):
    status = 409
    code = "nothing-to-try-again"

    def __init__(self, run, state):
        super().__init__(f"This run of {run.command} is {state}.", "Only a run that failed or died is tried again.")


def ask_again(run: IngestRun, *, now) -> None:
    """Have a worker try it again; asked twice before one has begun is asked once."""
    state = runs.state(run, now)
    if state not in runs.ENDED_BADLY:
        raise NothingToTryAgainError(run, state)
    queue.ingest_again(run.pk)


def again(key) -> None:
    """Run the command of that run; what comes of it is a run of its own."""
    run = IngestRun.objects.get(pk=key)
    options = {("no_letters" if name == "letters" else name): value for name, value in run.options.items()}
    if "no_letters" in options:
        options["no_letters"] = not options["no_letters"]
    try:
        call_command(run.command, *run.sources, stdout=io.StringIO(), stderr=io.StringIO(), **options)
    except CommandError as refusal:
        log.warning("%s was tried again and failed: %s", run.pk, refusal)
