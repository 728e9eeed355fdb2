"""`manage.py withdraw PRODUCT_ID --reason TEXT --by NAME`: hand a product out no longer."""

from products import withdraw
from products.deciding_face import DecidingCommand


class Command(DecidingCommand):
    help = "Withdraw a product with its companions; the place of a user-defined cube becomes free."
    kept = "shown to those who may have the data"
    done = "was withdrawn"

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--qa-fail", action="store_true", help="it failed quality assurance")

    def verb(self, options):
        return withdraw.fail_qa if options["qa_fail"] else withdraw.withdraw
