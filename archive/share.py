"""A share as a form or a program asks for it, in texts: with whom, of what, in which role, until when, and why."""

from archive import delegations, find, invitations, terms
from archive.asked import BodyError, MissingParameterError
from archive.models import DelegationRole

WORDS = ("delegee", "address", "mous", "role", "expires_at", "reason")


class TwoGuestsError(BodyError):
    def __init__(self):
        super().__init__(
            "This names an account and an address.", "Write delegee or address, and share once more for the other."
        )


def share(code, sent, *, by, now):
    """The delegation of an account, or the invitation of an address; what `sent` leaves empty has its default."""
    project = find.project(code, by, now)
    mous = find.mous(sent["mous"], by, now) if sent.get("mous") else None
    return give(project, mous, sent, by=by, now=now)


def give(project, mous, sent, *, by, now):
    """The same for a project that the caller has found; `mous` None is all of it."""
    delegee, address = sent.get("delegee"), sent.get("address")
    if delegee and address:
        raise TwoGuestsError
    if not (delegee or address):
        raise MissingParameterError(["delegee or address"])
    asked = {
        "mous": mous,
        "role": sent.get("role") or DelegationRole.PROCESS,
        "expires_at": terms.end_of(sent.get("expires_at") or ""),
        "reason": sent.get("reason") or "",
    }
    if delegee:
        return delegations.grant(project, delegee, by=by, now=now, **asked)
    return invitations.invite(project, address, by=by, now=now, **asked)
