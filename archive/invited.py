"""Why an invitation cannot be sent or accepted.  Before it is known who asks, no sentence names the project."""

from archive.errors import ArchiveError


class BadAddressError(ArchiveError):
    code = "bad-address"

    def __init__(self, address):
        super().__init__(
            f"{address} is not an e-mail address that we can write to.",
            "Write one like name@example.org, in plain letters.",
        )


class TooManyInvitationsError(ArchiveError):
    status = 429
    code = "too-many-invitations"

    def __init__(self, most):
        super().__init__(
            f"You have sent {most} invitations in the last 24 hours, and nobody may send more.",
            "Wait until tomorrow, or name those who have accounts by their account names.",
        )
        self.headers = {"Retry-After": "3600"}


class UnknownInvitationError(ArchiveError):
    status = 404
    code = "unknown-invitation"

    def __init__(self):
        super().__init__(
            "There is no such invitation.", "Open the whole link of the letter; it may be broken over two lines."
        )


class UsedInvitationError(ArchiveError):
    status = 410
    code = "invitation-used"

    def __init__(self):
        super().__init__(
            "This invitation has been accepted, and each is good once.",
            "If it was you, what you were given is on your page Shared with me.",
        )


class ExpiredInvitationError(ArchiveError):
    status = 410
    code = "invitation-expired"

    def __init__(self, valid_until):
        super().__init__(
            f"This invitation was good until {valid_until:%Y-%m-%d %H:%M} UTC.", "Ask whoever sent it for another."
        )


class EndedOfferError(ArchiveError):
    status = 410
    code = "offer-ended"

    def __init__(self, expires_at):
        super().__init__(
            f"The access that this invitation offers ended at {expires_at:%Y-%m-%d %H:%M} UTC.",
            "Ask whoever sent it for another.",
        )


class WithdrawnInvitationError(ArchiveError):
    status = 410
    code = "invitation-withdrawn"

    def __init__(self):
        super().__init__(
            "This invitation has been withdrawn, or a newer letter replaces it.",
            "Look for a newer letter, or ask whoever sent it.",
        )


class VoidInvitationError(ArchiveError):
    status = 410
    code = "invitation-void"

    def __init__(self):
        super().__init__(
            "Whoever sent this invitation may no longer give access to these data.",
            "Ask the PI of the project, who may have changed, for another.",
        )


class OtherAddressError(ArchiveError):
    """The link is in the hands of somebody who has not shown that the letter was for her; it stays good."""

    status = 403
    code = "other-address"

    def __init__(self, address, person):
        self.address = address
        who = f"the account {person.get_username()} has not" if person.is_authenticated else "you have not"
        super().__init__(
            f"This invitation is for {address}, an address that {who} proved to have.",
            f"Log in with the account that has {address}, or verify that address in yours; it stays good. Or "
            "ask whoever sent it to name your account instead.",
        )
