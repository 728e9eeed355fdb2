"""`manage.py check_fixity`: read stored bytes again, whatever was not read for longest first."""

import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archive.errors import TransientError
from products import fixity


class Command(BaseCommand):
    not_done, stopped = 2, "What was read is noted; run it again for the rest."
    help = "Read a portion of the stored bytes and quarantine what is wrong. Exit status 1 when something is."

    def add_arguments(self, parser):
        parser.add_argument("--budget", type=int, metavar="BYTES", help="how much to read; 0: one object")

    def handle(self, *, budget, **options):
        if budget is not None and budget < 0:
            raise CommandError("--budget is a number of bytes, at least 0.")
        try:
            checked = fixity.check(budget)
        except TransientError as error:
            raise CommandError(f"{error} What was read is noted; run it again.", returncode=self.not_done) from error
        for product, code, sentence in checked.bad:
            self.stdout.write(f"{product} {code}: {sentence}")
        self.stdout.write(f"{checked.objects} objects, {checked.bytes} bytes read; {len(checked.bad)} bad.")
        if since := fixity.oldest():
            days = (timezone.now() - since).days
            self.stdout.write(f"The oldest check is {days} days old; {settings.FIXITY_DAYS} are allowed.")
        if checked.bad:
            sys.exit(1)
