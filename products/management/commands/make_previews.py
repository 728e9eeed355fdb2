"""`manage.py make_previews`: make the previews that are due, of the whole archive or of one MOUS."""

from django.core.management.base import BaseCommand, CommandError

from archive import uids
from archive.errors import ArchiveError, TransientError
from products.models import Product
from products.previews import making


class Command(BaseCommand):
    stopped = "What was made is made; run the same command again, or leave the rest to the workers."
    help = "Make the previews of images that have none yet. What is made is not made twice."

    def add_arguments(self, parser):
        parser.add_argument("--mous", metavar="UID", help="of this MOUS alone, in any spelling")
        parser.add_argument("--again", action="store_true", help="with --mous: also what is made or could not be made")

    def handle(self, *args, **options):
        if options["again"] and not options["mous"]:
            raise CommandError("To make all previews of the archive again takes days: say which MOUS with --mous UID.")
        try:
            uid = uids.canonical(options["mous"]) if options["mous"] else None
            if options["again"]:
                making.again(Product.objects.filter(mous__uid=uid))
            done = making.make_due(uid)
        except (ArchiveError, TransientError) as error:
            raise CommandError(f"{error} {getattr(error, 'remedy', '')}".strip()) from error
        self.stdout.write(f"Previews of {done['made']} products made, of {done['failed']} not possible.")
