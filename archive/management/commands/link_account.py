"""`manage.py link_account ALMA_NAME PERSON --by NAME --reason TEXT`: say whose an ALMA account is."""

from archive import accounts
from archive.management.deciding import Decision, person


class Command(Decision):
    help = "Link an ALMA account to an account here: who has it is PI of its projects from then on."

    def add_names(self, parser):
        parser.add_argument("alma_name", metavar="ALMA_NAME")
        parser.add_argument("person", metavar="PERSON", help="account here")

    def decide(self, names, **why):
        made = accounts.link(names["alma_name"], person(names["person"]), **why)
        return f"The ALMA account {made.name} is linked to {made.user}."
