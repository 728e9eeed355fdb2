"""A load on the terminal, its progress and its report, for the commands that load."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.obscore.load import LoadReport, Meter

SHOWN = 20  # refused lines on the terminal


class Bar(Meter):
    def __init__(self, shown: Progress) -> None:
        self.shown = shown
        self.task = shown.add_task("starting", total=None)

    def begin(self, what: str, rows: int | None) -> None:
        self.shown.reset(self.task, description=what, total=rows)

    def advance(self, rows: int) -> None:
        self.shown.advance(self.task, rows)


@contextmanager
def progress() -> Iterator[Bar]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield Bar(shown)


def tell(command: BaseCommand, report: LoadReport) -> None:
    command.stdout.write(report.sentence())
    for line, why in list(report.refused.items())[:SHOWN]:
        command.stderr.write(f"  line {line} was refused: {why}.")
    if len(report.refused) > SHOWN:
        command.stderr.write(f"  and {len(report.refused) - SHOWN} more.")
    for sentence in report.doubts[:SHOWN]:
        command.stderr.write(f"  {sentence}")
