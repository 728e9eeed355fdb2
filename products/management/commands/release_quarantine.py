"""`manage.py release_quarantine ID --reason "..."`: hand a file out again whose bytes are right."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from archive.errors import ArchiveError, TransientError
from products import quarantine
from products.models import Product


class Command(BaseCommand):
    help = "Release a quarantined file, after all its bytes were read and found right."

    def add_arguments(self, parser):
        parser.add_argument("product", help="its id")
        parser.add_argument("--reason", required=True, help="kept with the file")

    def handle(self, *, product, reason, **options):
        try:
            row = Product.objects.select_related("mous").get(pk=product)
            quarantine.release(row, reason=reason, now=timezone.now())
        except (Product.DoesNotExist, ValidationError) as error:
            raise CommandError(f"There is no file {product}. The page of findings tells its id.") from error
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        except TransientError as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        self.stdout.write(f"{row.name} is released.")
