"""`manage.py end_share CODE (--delegation N | --invitation N) --by NAME --reason TEXT`: take access back for the PI."""

from archive import delegations, find, invitations
from archive.invited import UnknownInvitationError
from archive.management.deciding import Decision


class Command(Decision):
    help = "End a delegation of a project for its PI, or withdraw an invitation; she is told of it."

    def add_names(self, parser):
        parser.add_argument("code", metavar="CODE", help="of the project")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--delegation", type=int, metavar="N", help="its number")
        which.add_argument("--invitation", type=int, metavar="N", help="its number")

    def decide(self, names, **why):
        project = find.project_on_server(names["code"])
        if names["delegation"] is None:
            row = project.invitations.filter(pk=names["invitation"]).first()
            if row is None:
                raise UnknownInvitationError
            return f"The invitation to {invitations.withdraw(row, **why).address} is withdrawn."
        row = project.delegations.select_related("delegee").filter(pk=names["delegation"]).first()
        if row is None:
            raise delegations.UnknownDelegationError(names["delegation"])
        return f"{delegations.revoke(row, **why).delegee} has no more access by delegation {row.pk}."
