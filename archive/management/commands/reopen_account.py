"""`manage.py reopen_account PERSON --by NAME --reason TEXT`: open a closed account again."""

from archive import accounts
from archive.management.deciding import Decision, person


class Command(Decision):
    help = "Open a closed account again, with the rights that have not ended since."

    def add_names(self, parser):
        parser.add_argument("person", metavar="PERSON", help="account here")

    def decide(self, names, **why):
        who = person(names["person"])
        accounts.reopen(who, **why)
        return f"The account {who} is open again."
