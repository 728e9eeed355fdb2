"""`manage.py change_pi CODE ALMA_NAME --by NAME --reason TEXT`: give a project to another PI."""

from archive import decide, find
from archive.management.deciding import Decision


class Command(Decision):
    help = "Change the PI of a project. The delegations of the former PI end with it."

    def add_names(self, parser):
        parser.add_argument("code", metavar="CODE", help="of the project")
        parser.add_argument("alma_name", metavar="ALMA_NAME", help="ALMA account of the new PI")

    def decide(self, names, **why):
        made = decide.change_pi(find.project_on_server(names["code"]), names["alma_name"], **why)
        return f"The PI of {made.project.code} is {made.after}; it was {made.before or 'not known'}."
