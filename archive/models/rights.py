"""Rights given to people by name: the PI's delegees, those she invites, and staff with an assignment.

Rows are ended, never deleted: they are the record of who could have what, since when, and by whose leave.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from archive.models.observed import MemberOUS, Project


class DelegationRole(models.TextChoices):
    """What a delegee may do before release."""

    DOWNLOAD = "download", "download"
    PROCESS = "process", "download, and request restores and images"


def _person(**changes):
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, **{"related_name": "+"} | changes)


class Invitation(models.Model):
    """An offer of a delegation to whoever proves that an e-mail address is hers.  Good once, and for a time.

    It is bound to the address, not to an account: an account that leaves the address takes nothing with it, and one
    that comes to it later has to prove it.  The letter holds the only copy of the secret; here lies its SHA-256.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="invitations")
    mous = models.ForeignKey(MemberOUS, models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=16, choices=DelegationRole, default=DelegationRole.PROCESS)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="end of the delegation it becomes")
    address = models.EmailField()
    secret_sha256 = models.CharField(max_length=64, unique=True)
    reason = models.TextField(blank=True)
    invited_by = _person()
    invited_at = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField()
    accepted_by = _person(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = _person(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["invited_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None), name="an_invitation_is_used_or_withdrawn"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="an_accepted_invitation_has_its_guest",
            ),
        ]

    def __str__(self):
        return f"invitation {self.pk} to {self.project}"


class Delegation(models.Model):
    """The PI lets somebody have the data of her project, or of one MOUS of it."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="delegations")
    mous = models.ForeignKey(MemberOUS, models.PROTECT, null=True, blank=True, related_name="delegations")
    role = models.CharField(max_length=16, choices=DelegationRole, default=DelegationRole.PROCESS)
    delegee = _person(related_name="delegations")
    granted_by = _person()
    granted_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="UTC; no access from this second on")
    reason = models.TextField(blank=True, help_text="why staff granted it for the PI")
    invitation = models.OneToOneField(Invitation, models.PROTECT, null=True, blank=True, related_name="delegation")
    revoked_by = _person(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["granted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "mous", "delegee"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="one_active_delegation_per_scope_and_person",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="a_revocation_has_an_author",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("granted_at")), name="a_delegation_lasts"
            ),
        ]

    def __str__(self):
        return f"{self.delegee} on {self.mous or self.project}"


class StaffAssignment(models.Model):
    """Archive staff assigned to a project, for a written reason."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="assignments")
    person = _person(related_name="assignments")
    reason = models.TextField()
    assigned_by = _person()
    assigned_at = models.DateTimeField(default=timezone.now)
    ended_by = _person(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["assigned_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"],
                condition=Q(ended_at=None),
                name="one_active_assignment_per_person",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="an_assignment_has_a_reason"),
        ]

    def __str__(self):
        return f"{self.person} on {self.project}"
