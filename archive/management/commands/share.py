"""`manage.py share CODE (--delegee NAME | --address ADDRESS) --by NAME --reason TEXT`: give access for the PI."""

from archive import find, share
from archive.management.deciding import Decision
from archive.models import Delegation, DelegationRole
from archive.terms import Terms


class Command(Decision):
    help = "Give an account access to a project for its PI, or invite an e-mail address; she is told of it."

    def add_names(self, parser):
        parser.add_argument("code", metavar="CODE", help="of the project")
        guest = parser.add_mutually_exclusive_group(required=True)
        guest.add_argument("--delegee", metavar="NAME", help="account, which has access at once")
        guest.add_argument("--address", metavar="ADDRESS", help="where a letter with an invitation is sent")
        parser.add_argument("--mous", metavar="UID", help="one MOUS instead of the whole project")
        parser.add_argument("--role", choices=DelegationRole.values, help="what it lets one do, else process")
        parser.add_argument("--until", dest="expires_at", metavar="DAY", help="last day (UTC), or a time with its zone")

    def decide(self, names, *, reason, **who):
        project = find.project_on_server(names["code"])
        mous = find.mous_on_server(names["mous"]) if names["mous"] else None
        made = share.give(project, mous, names | {"reason": reason}, **who)
        if isinstance(made, Delegation):
            return f"{made.delegee} has access to {project.code} (delegation {made.pk}): {Terms.of(made)}."
        return f"{made.address} is invited to {project.code} (invitation {made.pk}): {Terms.of(made)}."
