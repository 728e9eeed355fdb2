"""`manage.py set_confidential CODE yes|no --by NAME --reason TEXT`: hide a project, or show it again."""

from archive import decide, find
from archive.management.deciding import Decision


class Command(Decision):
    help = "Hide a project with all that belongs to it from everyone without access, or show it again."

    def add_names(self, parser):
        parser.add_argument("code", metavar="CODE", help="of the project")
        parser.add_argument("confidential", choices=["yes", "no"])

    def decide(self, names, **why):
        made = decide.set_confidential(find.project_on_server(names["code"]), names["confidential"] == "yes", **why)
        return f"{made.project.code} is {made.after} now."
