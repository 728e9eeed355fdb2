"""`manage.py ingest_delivery PATH...`: take in packages as ALMA delivers them."""

from django.core.management.base import BaseCommand

from archive.facts import read_facts
from products.ingest import ingest_each
from products.taking_face import STOPPED, add_options, take_in, tasked


class Command(BaseCommand):
    stopped = STOPPED
    help = "Index deliveries (tars or directories) and store their files. Twice changes nothing; killed, it goes on."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--facts", help="JSON or ObsCore CSV: PI, times, QA (docs/operating.md)")
        parser.add_argument("--reason", default="", help='of a re-reduction, kept with its versions: "QA3: flux scale"')
        add_options(parser)

    def handle(self, *, paths, facts, reason, **options):
        def reports(meter):
            read = read_facts(facts, tell=self.stderr.write) if facts else None
            told = tasked("ingest_delivery", options, facts=facts, reason=reason)
            return ingest_each(paths, facts=read, meter=meter, reason=reason, **told)

        take_in(self, reports)
