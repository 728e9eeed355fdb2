"""`manage.py sweep`: remove what nobody needs, and say what it was."""

from django.core.management.base import BaseCommand, CommandError

from archive.errors import TransientError
from restores.sweep import sweep


class Command(BaseCommand):
    stopped = "What was removed is removed; run it again for the rest."
    help = "Remove expired results, objects no row names, broken uploads and scratch left by ended work."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *, dry_run, **options):
        try:
            swept = sweep(dry_run=dry_run)
        except TransientError as error:
            raise CommandError(f"{error} What was removed is removed; run it again for the rest.") from error
        self.stdout.write(f"{'Would remove' if dry_run else 'Removed'}: {swept}.")
