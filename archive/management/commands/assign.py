"""`manage.py assign CODE PERSON --by NAME --reason TEXT`: open the data of a project to one of the staff."""

from archive import decide, find
from archive.management.deciding import Decision, person


class Command(Decision):
    help = "Assign a data reducer or archive scientist to a project."

    def add_names(self, parser):
        parser.add_argument("code", metavar="CODE", help="of the project")
        parser.add_argument("person", metavar="PERSON", help="account of the staff member")

    def decide(self, names, **why):
        made = decide.assign(find.project_on_server(names["code"]), person(names["person"]), **why)
        return f"{made.person} is assigned to {made.project.code}."
