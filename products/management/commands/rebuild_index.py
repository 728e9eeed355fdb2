"""`manage.py rebuild_index --from-store`: make the index of products again from the store alone."""

from django.core.management.base import BaseCommand, CommandError

from archive.errors import TransientError
from products.rebuild import rebuild


class Command(BaseCommand):
    stopped = "What was made again stays; run the same command again for the rest."
    help = "Make the rows of products again from what the store tells of each MOUS; those that are there stay."

    def add_arguments(self, parser):
        parser.add_argument("--from-store", action="store_true", required=True, help="from sidecars alone")

    def handle(self, *args, **options):
        try:
            done = rebuild()
        except TransientError as error:
            raise CommandError(f"{error} Run the same command again: what was made stays.") from error
        self.stdout.write(f"{len(done.mous)} MOUSs with {done.rows} rows were made again.")
        if done.left:
            self.stdout.write(f"{len(done.left)} have products already and were left as they are.")
        if done.mous:
            self.stdout.write("Next: `manage.py index_delivered` for search, `manage.py audit_storage` for the bytes.")
        for refusal in done.refused:
            self.stderr.write(f"{refusal} {refusal.remedy}")
        if done.refused:
            raise CommandError(f"{len(done.refused)} were not made again.")
