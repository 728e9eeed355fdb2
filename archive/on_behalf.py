"""Who may give and end access to a project: its PI, and archive scientists for her.

What they do for her has a reason, is written down as a decision, and she is told of it.
"""

from archive import access, notices, staff
from archive.errors import ArchiveError
from archive.models import Decision
from archive.staff import Role


class NotPIError(ArchiveError):
    status = 403
    code = "not-the-pi"

    def __init__(self, project):
        super().__init__(
            f"Only the PI of {project.code} can give or take away access to its data.", "Ask the PI to do it."
        )


class ReasonNeededError(ArchiveError):
    code = "reason-needed"

    def __init__(self, project):
        super().__init__(
            f"You act for the PI of {project.code}, and give no reason.", "Write the reason; the PI is told of it."
        )


def require_entitled(project, by, reason) -> None:
    """Pass, or say who may give access to the data of `project`."""
    if access.may_delegate(by, project):
        return
    if not may_act_for_pi(by):
        raise NotPIError(project)
    if not reason.strip():
        raise ReasonNeededError(project)


def may_act_for_pi(user) -> bool:
    return staff.has_role(user, Role.ARCHIVE_SCIENTIST)


def tell(project, sentence, *, by, now, reason, **facts) -> None:
    """Write down what `by` did for the PI, who is told `sentence`; what she did herself needs neither."""
    if access.may_delegate(by, project):
        return
    about = Decision.About.DELEGATION
    decision = Decision.objects.create(about=about, project=project, by=by, at=now, reason=reason.strip(), **facts)
    notices.tell_pi(decision, sentence)
