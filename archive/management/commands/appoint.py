"""`manage.py appoint PERSON ROLE --by NAME --reason TEXT`: give an account a role of archive staff."""

from archive import decide
from archive.management.deciding import Decision, person
from archive.staff import Role


class Command(Decision):
    help = f"Give an account a role of archive staff: {', '.join(Role.values)}."

    def add_names(self, parser):
        parser.add_argument("person", metavar="PERSON")
        parser.add_argument("role", metavar="ROLE")

    def decide(self, names, **why):
        made = decide.appoint(person(names["person"]), names["role"], **why)
        return f"{made.person} is {made.after}."
