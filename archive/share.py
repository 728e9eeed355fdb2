"""A share as a form or a program asks for it, in texts: with whom, of what, in which role, until when, and why."""

from archive import delegations, find, invitations, terms
from archive.asked import BodyError
from archive.models import DelegationRole

WORDS = ("delegee", "address", "mous", "role", "expires_at", "reason")


class OneGuestError(BodyError):
    def __init__(self):
        super().__init__(
            "Say who is to have access, once.", "Write the account name as delegee, or an e-mail address as address."
        )


def share(code, sent, *, by, now):
    """The delegation of an account, or the invitation of an address; what `sent` leaves empty has its default."""
    project = find.project(code, by, now)
    delegee, address = sent.get("delegee"), sent.get("address")
    if bool(delegee) == bool(address):
        raise OneGuestError
    asked = {
        "mous": find.mous(sent["mous"], by, now) if sent.get("mous") else None,
        "role": sent.get("role") or DelegationRole.PROCESS,
        "expires_at": terms.end_of(sent.get("expires_at") or ""),
        "reason": sent.get("reason") or "",
    }
    if delegee:
        return delegations.grant(project, delegee, by=by, now=now, **asked)
    return invitations.invite(project, address, by=by, now=now, **asked)
