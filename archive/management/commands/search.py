"""`manage.py search [--target NAME] [--position POSITION --radius RADIUS] ...`: the index, as whoever you say you are.

Every parameter of a search is an option.  An operator sees what anybody sees; with `--as NAME` what NAME sees.
"""

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table
from rich.text import Text

from archive import exports
from archive.errors import ArchiveError
from archive.management.deciding import person
from archive.search import criteria, verbs
from archive.search.parameters import ORDERS, PAGES, PARAMETERS
from archive.search.reader import Reader
from archive.templatetags.search import day, figure, release_day, told, window

COLUMNS = ("Project", "Source", "Data", "MOUS", "RA", "Dec", "Band", "GHz", "Res.", "Observed", "Public from")

WIDE = 200  # characters of a line in a file or pipe, where nobody says how many fit


class Command(BaseCommand):
    help = "Search the index. Values that begin with - are written with =, as in --sort=-observed."

    def add_arguments(self, parser):
        for parameter in PARAMETERS:
            parser.add_argument(
                f"--{parameter.name}", action="append", default=[], metavar="VALUE", help=_help(parameter)
            )
        parser.add_argument(
            "--as", dest="reader", metavar="NAME", help="account in whose place you look, else nobody's"
        )
        told = parser.add_mutually_exclusive_group()
        told.add_argument("--format", choices=exports.FORMATS, help="write all rows in this format")
        told.add_argument("--count", action="store_true", help="write how many rows there are")
        told.add_argument("--facets", action="store_true", help="write how many rows there are of which kind")

    def handle(self, **options):
        given = {each.name: options[each.name] for each in PARAMETERS if options[each.name]}
        try:
            reader = Reader.of(person(options["reader"]) if options["reader"] else AnonymousUser(), timezone.now())
            without = PAGES if options["format"] else ORDERS if options["count"] or options["facets"] else ()
            self._answer(criteria.parse(given, without=without), reader, options)
        except ArchiveError as error:
            raise CommandError(f"{error} {error.remedy}".strip()) from error

    def _answer(self, wanted, reader, options):
        if options["format"]:
            form = exports.FORMATS[options["format"]]
            for piece in exports.pieces(verbs.stream(wanted, reader), form):
                self.stdout.write(piece.decode(), ending="")
        elif options["count"]:
            self.stdout.write(told(verbs.count(wanted, reader)))
        elif options["facets"]:
            self._tell_facets(verbs.facets(wanted, reader))
        else:
            self._tell_rows(verbs.page(wanted, reader))

    def _tell_facets(self, facets):
        for name, values in facets.items():
            for value, rows in values:
                self.stdout.write(f"{name}={value}\t{rows}")

    def _tell_rows(self, found):
        table = Table(*COLUMNS, title=None if found.rows else "Nothing is like that.")
        for row in found.rows:
            table.add_row(*(Text(str(cell)) for cell in _cells(row)))
        Console(file=self.stdout, width=None if self.stdout.isatty() else WIDE).print(table)
        if found.next:
            self.stdout.write(f"There are more: add --cursor={found.next}")


def _help(parameter):
    """Percent signs are argparse's own."""
    among = f" Any of {', '.join(parameter.choices)}." if parameter.choices else ""
    several = " May be given several times." if parameter.many else ""
    example = f" Example: {parameter.example}" if parameter.example else ""
    return f"{parameter.help}{among}{several}{example}".replace("%", "%%")


def _cells(row):
    return (
        row["proposal_id"],
        row["target_name"],
        "open" if row["readable"] else "proprietary",
        row["member_ous_uid"] or row["group_ous_uid"],
        "" if row["s_ra"] is None else f"{row['s_ra']:.5f}",
        "" if row["s_dec"] is None else f"{row['s_dec']:.5f}",
        row["band_list"],
        window(row),
        figure(row["s_resolution"]),
        day(row["t_min"]),
        release_day(row["obs_release_date"]),
    )
