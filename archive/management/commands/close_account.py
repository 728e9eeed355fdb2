"""`manage.py close_account PERSON --by NAME --reason TEXT`: let nobody in by an account any more."""

from archive import accounts
from archive.management.deciding import Decision, person


class Command(Decision):
    help = "Close an account: nobody comes in by it, and what it was given stays written down."

    def add_names(self, parser):
        parser.add_argument("person", metavar="PERSON", help="account here")

    def decide(self, names, **why):
        who = person(names["person"])
        accounts.close(who, **why)
        return f"The account {who} is closed: nobody comes in by it."
