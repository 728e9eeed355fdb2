"""Decisions of staff that cannot be taken as they stand, and what would have to be different."""

from archive.errors import ArchiveError
from archive.staff import Role


class ReasonMissingError(ArchiveError):
    code = "reason-missing"

    def __init__(self):
        super().__init__("Nothing is decided without a reason.", "Say in a sentence why; it stays with the decision.")


class UnchangedError(ArchiveError):
    status = 409
    code = "unchanged"

    def __init__(self, what):
        super().__init__(f"{what} already, so nothing was decided.", "Look at the history of decisions.")


class UnusableTimeError(ArchiveError):
    code = "unusable-time"

    def __init__(self, text):
        super().__init__(
            f"{text!r} is not a time of release.",
            "Write date and time in UTC, as in 2025-05-02T10:00:00Z, no later than 3000-01-01.",
        )


class UnknownStateError(ArchiveError):
    code = "unknown-state"

    def __init__(self, state):
        super().__init__(f"{state!r} is not a QA2 state.", "Choose PASS, SEMIPASS or FAIL.")


class UnknownAlmaAccountError(ArchiveError):
    code = "unknown-alma-account"

    def __init__(self, name):
        super().__init__(
            f"There is no ALMA account {name} in this archive.", "Link the account first (link_account); case counts."
        )


class UnknownRoleError(ArchiveError):
    code = "unknown-role"

    def __init__(self, name):
        super().__init__(f"{name!r} is not a role of archive staff.", f"The roles are: {', '.join(Role.values)}.")


class NotAssignableError(ArchiveError):
    code = "not-assignable"

    def __init__(self, person):
        super().__init__(
            f"{person} is no data reducer or archive scientist, so an assignment would open nothing.",
            "Have an administrator appoint the person first.",
        )


class NotAssignedError(ArchiveError):
    status = 404
    code = "not-assigned"

    def __init__(self, project, person):
        super().__init__(f"{person} is not assigned to {project.code}.", "Look at who is on the page of decisions.")


class OwnProjectError(ArchiveError):
    status = 403
    code = "own-project"

    def __init__(self, project):
        super().__init__(f"Nobody makes herself PI of {project.code}.", "Ask another archive scientist.")


class OwnAssignmentError(ArchiveError):
    status = 403
    code = "own-assignment"

    def __init__(self, project):
        super().__init__(f"Nobody assigns herself to {project.code}.", "Ask another archive scientist.")


class OwnRoleError(ArchiveError):
    status = 403
    code = "own-role"

    def __init__(self):
        super().__init__("Nobody appoints or dismisses herself.", "Ask another administrator.")


class InactiveAccountError(ArchiveError):
    code = "inactive-account"

    def __init__(self, person):
        super().__init__(f"The account {person} is closed.", "Choose an account that is in use.")


class NoDecisionsForYouError(ArchiveError):
    status = 403
    code = "decisions-not-yours"

    def __init__(self, project):
        super().__init__(
            f"What was decided about {project.code} is told to its PI and to archive staff alone.",
            "Ask the PI of the project.",
        )


class UnknownDecisionError(ArchiveError):
    code = "unknown-decision"

    def __init__(self):
        super().__init__("The form does not say what is to be decided.", "Use one of the forms on this page.")


class UnknownPersonError(ArchiveError):
    code = "unknown-person"

    def __init__(self, name):
        super().__init__(f"There is no account {name!r} here.", "Write the exact name of the account; case counts.")
