"""`manage.py take_off_second_factor PERSON --by NAME --reason TEXT`: let in who has lost telephone and codes."""

from archive import accounts
from archive.management.deciding import Decision, person


class Command(Decision):
    help = "Take the second factor off an account: from then on its password alone opens it."

    def add_names(self, parser):
        parser.add_argument("person", metavar="PERSON", help="account here")

    def decide(self, names, **why):
        who = person(names["person"])
        accounts.take_off_second_factor(who, **why)
        return f"The account {who} has no second factor any more."
