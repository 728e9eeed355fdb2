"""What the commands that take in files have in common: their options, the bar on the terminal, and what they say."""

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from archive.errors import ArchiveError, TransientError
from products import crew
from products.ingest import Meter
from products.previews import making

STOPPED = "Nothing of a package is seen before all of it is in; what was stored is kept. Run the same command again."
COLUMNS = (TextColumn("ingesting"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())


class Bar(Meter):
    """The progress of an ingestion on the terminal: bytes, rate, time left."""

    def __init__(self, progress):
        self.progress = progress
        self.task = progress.add_task("ingest", total=None)

    def begin(self, total):
        self.progress.update(self.task, total=total)

    def advance(self, size):
        self.progress.advance(self.task, size)


def add_options(parser) -> None:
    parser.add_argument("--verify", action="store_true", help="read back stored objects, store damaged ones again")
    parser.add_argument("--md5", action="store_true", help="compute MD5 too, for those who still ask for it")
    most = crew.MOST_WORKERS
    told = f"files stored at once, 1 to {most} (default: cores)"
    parser.add_argument("--workers", type=int, choices=range(1, most + 1), metavar="N", help=told)
    parser.add_argument("--in-place", action="store_true", help="leave the objects of s3:// sources where they lie")
    parser.add_argument("--no-letters", action="store_true", help="tell nobody, e.g. of old data")


def tasked(command: str, options: dict, **said) -> dict:
    """The options for `ingest.Task`; `said` is kept for a retry with them."""
    chosen = {name: options[name] for name in ("verify", "md5", "workers", "in_place")}
    chosen["letters"] = not options["no_letters"]
    return {**chosen, "command": command, "said": {**chosen, **{name: str(one) for name, one in said.items() if one}}}


def take_in(command, reports) -> None:
    """Run `reports(meter)` to its end and say what came of each MOUS, also where it ends early."""
    done: list = []
    try:
        with Progress(*COLUMNS, console=Console(stderr=True), transient=True) as progress:
            done.extend(reports(Bar(progress)))
    except ArchiveError as error:
        raise CommandError(f"{error} {error.remedy}".strip()) from error
    except TransientError as error:
        raise CommandError(f"{error} {_how_far(done)}") from error
    finally:
        for report in done:
            _tell(command, report)
        # what one delivery leaves unknown, a later one of the call may have brought
        for name in done[-1].unknown_facts if done else ():
            command.stdout.write(f"not indexed, its facts were not used: {name}")
    _make_previews(command, done)


def _make_previews(command, done) -> None:
    """What is not made now is due all the same, and is made by the workers."""
    try:
        made = sum(making.make_due(report.mous)["made"] for report in done)
    except TransientError as error:
        command.stderr.write(f"Previews are left to the workers: {error}")
    else:
        command.stdout.write(f"Previews of {made} products made.")


def _tell(command, report) -> None:
    counts = f"{len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged"
    command.stdout.write(f"{report.mous}: {counts}; {report.state}.")
    if report.mended:
        command.stdout.write(f"  stored again: {', '.join(report.mended)}")
    if report.left_out:
        command.stdout.write(f"  not among the files of the re-reduction: {', '.join(report.left_out)}")
    for place, reason in report.quarantined.items():
        command.stdout.write(f"  quarantined: {place}: {reason}")
    if report.marked:
        command.stdout.write(f"  marked: {len(report.marked)} files, see their pages")
    for sentence in report.findings:
        command.stdout.write(f"  look at: {sentence}")


def _how_far(done) -> str:
    kept = f"Only {', '.join(report.mous for report in done)} was taken in" if done else "Nothing was indexed"
    return f"{kept}; run the same command again."
