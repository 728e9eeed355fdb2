"""`manage.py ingest_products PATH...`: take in products that are in no package of ALMA's, such as single images."""

from django.core.management.base import BaseCommand

from products import promised
from products.ingest import ingest_each
from products.taking_face import STOPPED, add_options, take_in, tasked


class Command(BaseCommand):
    stopped = STOPPED
    help = "Store products of indexed MOUSs: files, tars, directories. Twice changes nothing; killed, it goes on."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--mous", default="", metavar="UID", help="of files whose names do not say it")
        parser.add_argument("--index-only", metavar="LISTING", help="SHA256SUMS or JSON: do not read what it lists")
        parser.add_argument("--reason", default="", help='kept with new versions: "imaged again with CASA 6.6"')
        add_options(parser)

    def handle(self, *, paths, mous, index_only, reason, **options):
        def reports(meter):
            told = tasked("ingest_products", options, mous=mous, index_only=index_only, reason=reason)
            listing = promised.read(index_only) if index_only else {}
            return ingest_each(paths, loose=True, meter=meter, mous=mous, listing=listing, reason=reason, **told)

        take_in(self, reports)
