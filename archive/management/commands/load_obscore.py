"""`manage.py load_obscore FILE...`: rows of ALMA's ObsCore table into the index."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from archive.errors import ArchiveError
from archive.management.loading import progress, tell
from archive.obscore.files import FileError
from archive.obscore.load import load_obscore


class Command(BaseCommand):
    stopped = "The rows that were loaded stay; the same command goes on where it stopped."
    help = "Load ObsCore rows (CSV, parquet, VOTable). Twice changes nothing. Exit status 1 when something is refused."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write all refused lines with reasons, as JSON")

    def handle(self, *, files, report, **options):
        told = []
        if report:
            _require_writable(report, files)
        try:
            with progress() as meter:
                load_obscore(files, meter=meter, done=told)
        except ArchiveError as error:
            raise CommandError(_sentence(error, files[len(told) + 1 :])) from error
        finally:
            for each in told:
                tell(self, each)
            if report:
                _write(report, told)
        if any(each.refused for each in told):
            sys.exit(1)


def _sentence(error, left):
    """The first file that is bad ends the load."""
    names = ", ".join(each.name for each in left)
    more = f"What was named after it was not tried: {names}." if names and isinstance(error, FileError) else ""
    return " ".join(filter(None, [str(error), more, error.remedy]))


def _require_writable(place, files):
    """What is wrong with the place would else hide what is wrong with a file."""
    if any(place.exists() and file.exists() and place.samefile(file) for file in files):
        raise CommandError(f"The report would be written over {place}; nothing was loaded. Name another file.")
    try:
        place.touch()
    except OSError as error:
        raise CommandError(f"The report cannot be written ({error}); nothing was loaded. Name another file.") from error


def _write(place, told):
    try:
        place.write_text(json.dumps([each.as_json() for each in told], indent=1), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The report was not written ({error}); the rows are loaded.") from error
