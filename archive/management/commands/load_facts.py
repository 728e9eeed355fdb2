"""`manage.py load_facts FILE`: what packages do not hold, for objects that are indexed already."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from archive.errors import ArchiveError
from archive.facts import apply_facts, read_facts


class Command(BaseCommand):
    help = "Apply a facts file (JSON, or ObsCore rows as .csv). Exit status 1 when something in it could not be used."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="JSON or ObsCore CSV (docs/operating.md)")

    def handle(self, *, file, **options):
        bad = []
        try:
            report = apply_facts(read_facts(file, tell=bad.append))
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        for name in report.applied:
            self.stdout.write(f"applied: {name}")
        for name in report.unknown:
            self.stdout.write(f"not indexed: {name}")
        for sentence in bad:
            self.stderr.write(sentence)
        if report.unknown or bad:
            sys.exit(1)
