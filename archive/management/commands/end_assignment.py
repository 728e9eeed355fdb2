"""`manage.py end_assignment CODE PERSON --by NAME --reason TEXT`: close the data of a project to one of the staff."""

from archive import decide, find
from archive.management.deciding import Decision, person


class Command(Decision):
    help = "End the assignment of one of the staff to a project."

    def add_names(self, parser):
        parser.add_argument("code", metavar="CODE", help="of the project")
        parser.add_argument("person", metavar="PERSON", help="account of the staff member")

    def decide(self, names, **why):
        found = find.project_on_server(names["code"])
        decide.end_assignment(found, person(names["person"]), **why)
        return f"{names['person']} is no longer assigned to {found.code}."
