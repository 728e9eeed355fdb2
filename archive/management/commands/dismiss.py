"""`manage.py dismiss PERSON ROLE --by NAME --reason TEXT`: take a role of archive staff away."""

from archive import decide
from archive.management.deciding import Decision, person
from archive.staff import Role


class Command(Decision):
    help = f"Take a role of archive staff away: {', '.join(Role.values)}. Assignments end with the last reading role."

    def add_names(self, parser):
        parser.add_argument("person", metavar="PERSON")
        parser.add_argument("role", metavar="ROLE")

    def decide(self, names, **why):
        made = decide.dismiss(person(names["person"]), names["role"], **why)
        return f"{made.person} is {made.after or 'not of the archive staff'} now."
