"""`manage.py audit_storage`: does the store hold what the index says, and nothing else?"""

import json
import sys

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from archive.errors import TransientError
from products.audit import Audit, Found, Kind
from products.behind import IndexBehindError

MOST_LINES = 1000  # of the table, which is laid out as a whole
PLAIN_WIDTH = 160


class Command(BaseCommand):
    not_done, stopped = 2, "The audit is not done; what it had repaired is repaired. Run it again."
    help = "Hold the index and the object store against each other. Exit status 1 when something is wrong."

    def add_arguments(self, parser):
        parser.add_argument("--digests", action="store_true", help="read every byte and compare the SHA-256")
        parser.add_argument(
            "--repair", action="store_true", help="quarantine what is wrong, delete orphans older than the grace"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")

    def handle(self, *, digests, repair, **options):
        found = Found()
        try:
            (self._json if options["json"] else self._table)(Audit(digests, repair).faults(found), found)
        except IndexBehindError as error:
            raise CommandError(f"{error} {error.remedy}", returncode=self.not_done) from error
        except TransientError as error:
            raise CommandError(f"{error} The audit is not done.", returncode=self.not_done) from error
        if not found.sound:
            sys.exit(1)

    def _json(self, faults, found):
        """Written piece by piece: however much is wrong, none of it is kept in memory."""
        self.stdout.write(f'{{"checked_at": "{found.began.isoformat()}", "faults": [', ending="")
        for number, fault in enumerate(faults):
            self.stdout.write(("," if number else "") + "\n" + json.dumps(fault.told()), ending="")
        counts = {kind.value: found.counts[kind] for kind in Kind}
        ends = {"counts": counts, "young": found.young, "foreign": found.foreign, "sound": found.sound}
        self.stdout.write(f"], {json.dumps(ends)[1:]}")

    def _table(self, faults, found):
        table = Table("Class", "Row", "Key", "What is wrong")
        for number, fault in enumerate(faults):
            if number < MOST_LINES:
                mended = " Repaired." if fault.repaired else ""
                row = f"{fault.model.rpartition('.')[2]} {fault.row}".strip()
                table.add_row(fault.kind.value, row, escape(fault.key), escape(fault.sentence) + mended)
        if table.rows:
            Console(file=self.stdout._out, width=None if self.stdout.isatty() else PLAIN_WIDTH).print(table)
        for kind in Kind:
            self.stdout.write(f"{found.counts[kind]:10} {kind.value}")
        if found.young:
            self.stdout.write(f"{found.young:10} without a row, too young to be judged")
        if found.foreign:
            self.stdout.write(f"{found.foreign:10} without a row, put there by others: left alone")
