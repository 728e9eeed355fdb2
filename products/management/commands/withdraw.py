"""`manage.py withdraw PRODUCT_ID --reason TEXT --by NAME`: hand a product out no longer."""

from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from archive.errors import ArchiveError
from products import withdraw
from products.listing import require


class Command(BaseCommand):
    help = "Withdraw a product with its companions; the place of a user-defined cube becomes free."

    def add_arguments(self, parser):
        parser.add_argument("product", type=UUID, metavar="PRODUCT_ID")
        parser.add_argument("--reason", required=True, help="a sentence, shown to those who may have the data")
        parser.add_argument("--by", required=True, metavar="NAME", help="account that answers for it")
        parser.add_argument("--qa-fail", action="store_true", help="it failed quality assurance")

    def handle(self, **options):
        verb = withdraw.fail_qa if options["qa_fail"] else withdraw.withdraw
        person = answering(options["by"])
        try:
            product = require(options["product"])
            verb(product, by=person, reason=options["reason"])
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        self.stdout.write(f"{product.name} of {product.mous.uid} was withdrawn.")


def answering(name):
    """The account that answers for what a command does."""
    person = get_user_model().objects.filter(username=name, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active account {name!r}.")
    return person
