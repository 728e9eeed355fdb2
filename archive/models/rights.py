"""Rights given to people by name: the PI's delegees and staff with an assignment.  Rows are ended, never deleted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from archive.models.observed import Project


class Delegation(models.Model):
    """The PI lets somebody have the data of her project."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="delegations")
    delegee = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["granted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "delegee"],
                condition=Q(revoked_at=None),
                name="one_active_delegation_per_person",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="a_revocation_has_an_author",
            ),
        ]

    def __str__(self):
        return f"{self.delegee} on {self.project}"


class StaffAssignment(models.Model):
    """Archive staff assigned to a project, for a written reason."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    reason = models.TextField()
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=timezone.now)
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
