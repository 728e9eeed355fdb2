"""`manage.py verify_access_log`: walk along the hash chain of the access log and name every minute that is wrong."""

from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from archive import seals
from archive.models import Seal


class Command(BaseCommand):
    not_done, stopped = 2, "The log was not read to its end, and nothing was changed. Run it again."
    help = "Check that the access log is as it was written. Status 1, and a sentence per broken minute, if it is not."

    def add_arguments(self, parser):
        parser.add_argument("--expect", metavar="DIGEST", default="", help="a latest seal that was noted earlier")
        parser.add_argument(
            "--patience",
            metavar="MINUTES",
            type=float,
            default=seals.PATIENCE / seals.MINUTE,
            help="how long records may wait for their seal",
        )

    def handle(self, *, expect, patience, **options):
        walk = seals.Walk(expected=expect.strip().lower())
        wrong = self._walk(walk, timedelta(minutes=patience))
        if expect and not walk.met:
            wrong += 1
            self.stdout.write(f"The digest {expect} is not in the chain: the log was rewritten, or it is not this one.")
        minutes = f"{walk.minutes} minutes with {walk.records} records"
        if wrong:
            raise CommandError(f"The access log is not as it was written: {wrong} findings in {minutes}.")
        self.stdout.write(f"The access log is as it was written: {minutes}.")
        self.stdout.write(f"Latest seal: {f'{walk.latest} {walk.latest.sha256}' if walk.latest else 'none yet'}")

    def _walk(self, walk, patience) -> int:
        """Tell each finding as it is met; how many there are."""
        wrong = 0
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("minutes", total=Seal.objects.count() or None)
            for finding in seals.broken(walk, now=timezone.now(), patience=patience):
                progress.advance(bar)
                if finding:
                    wrong += 1
                    self.stdout.write(str(finding))
        return wrong
