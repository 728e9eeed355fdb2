"""`manage.py write_sidecars`: have the store tell what the index holds, now."""

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F

from archive.errors import TransientError
from products import sidecars
from products.models import Sidecar


class Command(BaseCommand):
    stopped = "What was written is written; run the same command again for the rest."
    help = "Write the objects that tell of each MOUS and are behind its rows."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="those that are up to date as well")

    def handle(self, *args, **options):
        if options["all"]:
            Sidecar.objects.update(changes=F("changes") + 1)
        written = 0
        try:
            while more := sidecars.flush_due():
                written += more
        except TransientError as error:
            raise CommandError(f"{error} {written} were written; run the same command again.") from error
        waiting = sidecars.due().count()
        self.stdout.write(
            f"{written} written" + (f"; {waiting} wait for somebody who writes them." if waiting else ".")
        )
