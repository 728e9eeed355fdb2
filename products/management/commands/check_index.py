"""`manage.py check_index [UID or CODE ...]`: is anything missing, or not what another source says it is?"""

import contextlib
import json
import sys

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from archive import find, uids
from archive.errors import ArchiveError, TransientError
from archive.index_check.faults import CODES
from archive.models import MemberOUS
from products.index_check import Found, Scope, look

MOST_LINES = 1000  # of the table, which is laid out as a whole
PLAIN_WIDTH = 160  # where no terminal says how wide it is


class Command(BaseCommand):
    not_done, stopped = 2, "The check is not done; nothing was settled. Run it again."
    help = (
        "Compare what deliveries, ObsCore, the index and the object store say. Exit status 1 when something is wrong."
    )

    def add_arguments(self, parser):
        parser.add_argument("names", nargs="*", metavar="UID or CODE", help="of MOUSs and projects; none: everything")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
        parser.add_argument("--code", action="append", choices=sorted(CODES), help="only findings of this code")
        parser.add_argument("--no-store", action="store_true", help="do not ask the object store")

    def handle(self, *, names, code, no_store, **options):
        found = Found()
        try:
            scope = Scope(_named(names), not no_store, frozenset(code or CODES))
            with _progress(scope) as tell:
                faults = look(scope, found, tell=tell)
                (self._json if options["json"] else self._table)(faults, found)
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip(), returncode=self.not_done) from error
        except TransientError as error:
            raise CommandError(
                f"{error} The check is not done; nothing was settled.", returncode=self.not_done
            ) from error
        if not found.sound:
            sys.exit(1)

    def _json(self, faults, found):
        """Written piece by piece: however much is wrong, none of it is kept in memory."""
        self.stdout.write(f'{{"checked_at": "{found.began.isoformat()}", "findings": [', ending="")
        for number, fault in enumerate(faults):
            self.stdout.write(("," if number else "") + "\n" + json.dumps(fault.told()), ending="")
        ends = {"sound": found.sound, "mous": found.mous, "announced_only": found.announced_only}
        self.stdout.write(f"], {json.dumps({'counts': dict(sorted(found.counts.items())), **ends})[1:]}")

    def _table(self, faults, found):
        table = Table()
        for name in ("Code", "Where", "Since"):
            table.add_column(name, no_wrap=True)
        table.add_column("What is wrong")
        for number, fault in enumerate(faults):
            if number < MOST_LINES:
                where = f"{fault.project}\n{fault.uid}" if fault.uid else "the whole archive"
                table.add_row(fault.code, where, f"{fault.since:%Y-%m-%d}", escape(fault.sentence))
        if table.rows:
            Console(file=self.stdout._out, width=None if self.stdout.isatty() else PLAIN_WIDTH).print(table)
        if found.counts.total() > MOST_LINES:
            self.stdout.write(f"These are the first {MOST_LINES} of {found.counts.total()}; --json gives all.")
        for code, count in sorted(found.counts.items()):
            self.stdout.write(f"{count:8} {code}: {CODES[code]}")
        known = f"{found.mous} MOUSs, {found.announced_only} of them known from ObsCore alone"
        self.stdout.write(f"{known}: {'nothing is wrong' if found.sound else 'look at the above'}.")


def _named(names):
    if not names:
        return None
    keys = [find.mous_on_server(name).pk for name in names if uids.is_uid(name)]
    projects = [find.project_on_server(name).pk for name in names if not uids.is_uid(name)]
    return MemberOUS.objects.filter(Q(pk__in=keys) | Q(gous__project__in=projects))


@contextlib.contextmanager
def _progress(scope):
    """A bar on the terminal, by MOUSs; the store is listed after it."""
    total = (MemberOUS.objects.all() if scope.mous is None else scope.mous).count()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("checking", total=total)
        yield lambda done: progress.advance(task, done)
