"""`manage.py sync_index --from TAP_URL`: rows that a TAP service has new or changed, into the index."""

import sys
from argparse import ArgumentTypeError
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from archive.errors import ArchiveError
from archive.management.loading import progress, tell
from archive.obscore import sync

MOST_DAYS = 36525  # a hundred years


class Command(BaseCommand):
    stopped = "The rows that were loaded stay; the same command goes on where it stopped."
    help = "Load what ivoa.obscore of a TAP service has new or changed. Exit status 1 when a row is refused."

    def add_arguments(self, parser):
        parser.add_argument("--from", dest="address", required=True, metavar="TAP_URL", help="without /sync at its end")
        parser.add_argument(
            "--since", type=_time, default=sync.FIRST, help="rows modified from then on (ISO 8601, UTC)"
        )
        parser.add_argument("--until", type=_time, default=None, help="and before then; without it, now")
        parser.add_argument("--window-days", type=float, default=sync.DAYS, help="days of changes asked for at a time")
        parser.add_argument("--maxrec", type=int, default=sync.MOST, help="the most rows of one answer")

    def handle(self, *, address, since, until, window_days, maxrec, **options):
        if not 0 < window_days <= MOST_DAYS or maxrec < 2:
            raise CommandError(f"--window-days must be more than 0 and at most {MOST_DAYS}, and --maxrec more than 1.")
        if until is not None and until <= since:
            raise CommandError("--until must be later than --since.")
        refused = 0
        try:
            with progress() as meter:
                loads = sync.sync(address, since=since, until=until, days=window_days, most=maxrec, meter=meter)
                for report in loads:
                    tell(self, report)
                    refused += len(report.refused)
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        if refused:
            sys.exit(1)


def _time(text):
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no time; write 2024-01-31 or 2024-01-31T12:00:00") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
