"""`manage.py unlink_account ALMA_NAME --by NAME --reason TEXT`: take an ALMA account from whoever has it."""

from archive import accounts
from archive.management.deciding import Decision


class Command(Decision):
    help = "Take the link of an ALMA account back: who had it is no longer PI of its projects."

    def add_names(self, parser):
        parser.add_argument("alma_name", metavar="ALMA_NAME")

    def decide(self, names, **why):
        made = accounts.unlink(names["alma_name"], **why)
        return f"The ALMA account {made.name} is linked to nobody."
