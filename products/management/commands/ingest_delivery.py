"""`manage.py ingest_delivery PATH...`: take in packages as ALMA delivers them."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from archive.errors import ArchiveError, TransientError
from archive.facts import read_facts
from products.ingest import Meter, ingest_each
from products.previews import making


class Bar(Meter):
    """The progress of an ingestion on the terminal."""

    def __init__(self, progress):
        self.progress = progress
        self.task = progress.add_task("ingest", total=None)

    def begin(self, total):
        self.progress.update(self.task, total=total)

    def advance(self, size):
        self.progress.advance(self.task, size)


class Command(BaseCommand):
    help = "Index deliveries (tars or directories) and store their files. Twice changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--facts", type=Path, help="JSON or ObsCore CSV: PI, times, QA (docs/operating.md)")
        parser.add_argument("--verify", action="store_true", help="read back stored objects, store damaged ones again")
        parser.add_argument("--no-letters", action="store_true", help="do not tell PI and delegees, e.g. of old data")
        parser.add_argument("--reason", default="", help='of a re-reduction, kept with its versions: "QA3: flux scale"')

    def handle(self, *args, **options):
        done = []
        try:
            facts = read_facts(options["facts"], tell=self.stderr.write) if options["facts"] else None
            how = {"verify": options["verify"], "letters": not options["no_letters"], "reason": options["reason"]}
            self._ingest(options["paths"], done, facts=facts, **how)
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error
        except TransientError as error:
            raise CommandError(f"{error} {_how_far(done)}") from error
        finally:
            for report in done:
                self._tell(report)
            # what one delivery leaves unknown, a later one of the call may have brought
            for name in done[-1].unknown_facts if done else ():
                self.stdout.write(f"not indexed, its facts were not used: {name}")
        self._make_previews(done)

    def _ingest(self, paths, done, **options):
        columns = (TextColumn("ingesting"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            done.extend(ingest_each(paths, meter=Bar(progress), **options))

    def _make_previews(self, done):
        """What is not made now is due all the same, and is made by the workers."""
        try:
            made = sum(making.make_due(report.mous)["made"] for report in done)
        except TransientError as error:
            self.stderr.write(f"Previews are left to the workers: {error}")
        else:
            self.stdout.write(f"Previews of {made} products made.")

    def _tell(self, report):
        counts = f"{len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged"
        self.stdout.write(f"{report.mous}: {counts}; {report.state}.")
        if report.mended:
            self.stdout.write(f"  stored again: {', '.join(report.mended)}")
        if report.left_out:
            self.stdout.write(f"  not among the files of the re-reduction: {', '.join(report.left_out)}")
        for sentence in report.findings:
            self.stdout.write(f"  look at: {sentence}")


def _how_far(done):
    kept = f"Only {', '.join(report.mous for report in done)} was taken in" if done else "Nothing was indexed"
    return f"{kept}; run the same command again."
