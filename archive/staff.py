"""The roles of archive staff: what each may decide.  No role gives anybody bytes; only an assignment does (access).

A role is a group of accounts; it counts while the account is active and marked as staff.  A superuser may decide
everything, and has no bytes either.
"""

from django.db.models import TextChoices

from archive.errors import ArchiveError


class Role(TextChoices):
    OPERATOR = "operator", "takes deliveries in and watches the queue"
    DATA_REDUCER = "data reducer", "works with the data of assigned projects"
    ARCHIVE_SCIENTIST = "archive scientist", "release times, assignments, QA, superseding"
    ADMINISTRATOR = "administrator", "accounts, roles and quotas"


# Who sees to what is wrong with the archive: findings of the check, and what readers report
SEE_FINDINGS = (Role.OPERATOR, Role.DATA_REDUCER, Role.ARCHIVE_SCIENTIST)
SEE_INGESTS = (Role.OPERATOR, Role.ARCHIVE_SCIENTIST)


class WrongRoleError(ArchiveError):
    status = 403
    code = "wrong-role"

    def __init__(self, *roles):
        super().__init__(
            f"Only staff with the role {' or '.join(roles)} may do this.", "Ask an administrator who has that role."
        )


def has_role(user, *roles) -> bool:
    """Whether `user` holds one of `roles` now."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        return False
    return user.is_superuser or user.groups.filter(name__in=roles).exists()


def require_role(user, *roles) -> None:
    """Pass, or raise `WrongRoleError`."""
    if not has_role(user, *roles):
        raise WrongRoleError(*roles)
