"""`manage.py load_obscore FILE...`: rows of ALMA's ObsCore table into the index."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from archive.errors import ArchiveError
from archive.management.loading import SHOWN, progress
from archive.obscore.load import load_obscore

HELP = "Load ObsCore rows (CSV, parquet, VOTable). Twice changes nothing. Exit status 1 when a row or file is refused."


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write all refused lines with reasons, as JSON")

    def handle(self, *, files, report, **options):
        told = []
        try:
            with progress() as meter:
                load_obscore(files, meter=meter, done=told)
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        finally:
            for each in told:
                self._tell(each)
            if report:
                report.write_text(json.dumps([each.as_json() for each in told], indent=1), encoding="utf-8")
        if any(each.refused for each in told):
            sys.exit(1)

    def _tell(self, report):
        self.stdout.write(report.sentence())
        for line, why in list(report.refused.items())[:SHOWN]:
            self.stderr.write(f"  line {line} was refused: {why}.")
        if len(report.refused) > SHOWN:
            self.stderr.write(f"  and {len(report.refused) - SHOWN} more; --report FILE writes them all.")
        for sentence in report.doubts[:SHOWN]:
            self.stderr.write(f"  {sentence}")
