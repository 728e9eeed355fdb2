"""What the commands have in common by which a person decides on one product, with a reason."""

from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from archive.errors import ArchiveError
from products.listing import require


class DecidingCommand(BaseCommand):
    """`verb(options)` is what is done, called with the product, `by` and `reason`."""

    kept = ""  # what becomes of the reason
    done = ""  # what is said of the product at the end

    def add_arguments(self, parser):
        parser.add_argument("product", type=UUID, metavar="PRODUCT_ID")
        parser.add_argument("--reason", required=True, help=f"a sentence, {self.kept}")
        parser.add_argument("--by", required=True, metavar="NAME", help="account that answers for it")

    def handle(self, **options):
        person = _answering(options["by"])
        try:
            product = require(options["product"])
            self.verb(options)(product, by=person, reason=options["reason"])
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        self.stdout.write(f"{product.name} of {product.mous.uid} {self.done}.")


def _answering(name):
    """The account that answers for what a command does."""
    person = get_user_model().objects.filter(username=name, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active account {name!r}.")
    return person
