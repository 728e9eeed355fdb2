"""`manage.py bring_back PRODUCT_ID --reason TEXT --by NAME`: hand a withdrawn image out again."""

from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from archive.errors import ArchiveError
from products import withdraw
from products.listing import require
from products.management.commands.withdraw import answering


class Command(BaseCommand):
    help = "Bring back an image that was withdrawn, while its file is here and its place is free."

    def add_arguments(self, parser):
        parser.add_argument("product", type=UUID, metavar="PRODUCT_ID")
        parser.add_argument("--reason", required=True, help="a sentence, kept in the history")
        parser.add_argument("--by", required=True, metavar="NAME", help="account that answers for it")

    def handle(self, **options):
        person = answering(options["by"])
        try:
            product = require(options["product"])
            withdraw.bring_back(product, by=person, reason=options["reason"])
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        self.stdout.write(f"{product.name} of {product.mous.uid} is handed out again.")
