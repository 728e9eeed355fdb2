"""The progress of a load on the terminal, for the commands that load."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.obscore.load import Meter

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
